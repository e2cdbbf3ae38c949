"""A day of a client in Python, with psycopg 3: pip install 'psycopg[binary]'.

Connects as libpq does: PGHOST, PGPORT, PGDATABASE, and PGUSER and PGPASSWORD of a member of erp_operator; ERP_USER and
ERP_PASSWORD are those of a member of erp_writer.
"""

import os
import uuid
from datetime import date

import psycopg
from psycopg.errors import DeadlockDetected, SerializationFailure
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb

TODAY = date(2026, 11, 23)

ORDER = {
    "order_year": 2026,
    "order_number": 901,
    "item_code": "PF-5700",
    "quantity": 100,
    "end_date": "2026-12-18",
    "phases": [{"phase": 10, "machine": "BC-02", "machine_site_code": "BS"}],
    "materials": [
        {"line": 1, "item_code": "BR-0510", "unit_quantity": "0.75", "scrap_percent": 2, "phase": 10},
        {"line": 2, "item_code": "SP-5800", "unit_quantity": 1, "phase": 10},
    ],
}
WHERE = {"warehouse_code": "BS-RM", "reason_code": "CAR"}
RECEIPT = {
    "document_key": "GR-4711",
    "record_date": "2026-11-23",
    "lines": [
        {**WHERE, "item_code": "BR-0510", "lot_code": "H-2612", "quantity": "250"},
        {**WHERE, "item_code": "SP-5800", "quantity": 500},
    ],
}

RELEASE = """
    select order_year, order_number, outcome, movement_count, reasons
    from erp_api.release_production_orders(%s, %s, p_record_date => %s, p_request_key => %s)
"""
PUT = "select order_year, order_number, outcome from erp_api.put_production_orders(%s, %s)"


def connect(**login):
    """Connect. Statements are not prepared, so that a pooler may stand in between."""
    return psycopg.connect(autocommit=True, prepare_threshold=None, row_factory=namedtuple_row, **login)


def call(connection, statement, arguments, attempts=5):
    """Run a call in a transaction of its own, and send it again where another one was faster."""
    for attempt in range(1, attempts + 1):
        try:
            with connection.transaction():
                connection.execute("select set_config('erp.actor', 'anna', true)")
                return connection.execute(statement, arguments).fetchall()
        except (SerializationFailure, DeadlockDetected):
            if attempt == attempts:
                raise


def sqlstate(connection, statement, arguments):
    """Return the SQLSTATE with which a call fails."""
    try:
        call(connection, statement, arguments)
    except psycopg.Error as error:
        return error.sqlstate


def follow(connection, company, place):
    """Give the runs of the feed behind a place. It ends where two answers, of two transactions, are empty."""
    statement = """
        select f.place, f.kind, h.actor, h.refused_count
        from erp_api.next_runs(%s, %s) as f
        inner join erp_api.run_history as h on h.company_id = %s and h.run_id = f.run_id
        order by f.place
    """
    empty = 0
    while empty < 2:
        runs = call(connection, statement, [company, place, company])
        yield from runs
        place = runs[-1].place if runs else place
        empty = 0 if runs else empty + 1


with connect() as operator, connect(user=os.environ["ERP_USER"], password=os.environ["ERP_PASSWORD"]) as erp:
    [company] = operator.execute("select company_id from erp_api.my_companies where company_code = 'DEMO'").fetchone()
    place = max((run.place for run in follow(operator, company, 0)), default=0)

    # The ERP puts an order, and posts what came in for it.
    for row in call(erp, PUT, [company, Jsonb([ORDER])]):
        print(f"order {row.order_year}/{row.order_number}: {row.outcome}")
    post = "select document_key, outcome, movement_count from erp_api.post_stock(%s, %s)"
    for row in call(erp, post, [company, Jsonb([RECEIPT])]):
        print(f"receipt {row.document_key}: {row.outcome}, {row.movement_count} movements")

    # The operator filters the grid of launched orders, and previews two of them.
    grid = """
        select order_year, order_number, item_code, quantity, uom, end_date
        from erp_api.release_grid
        where company_id = %s and item_code = %s and end_date between %s and %s
        order by end_date, order_year, order_number, order_lot
    """
    for row in operator.execute(grid, [company, "PF-5700", date(2026, 12, 1), date(2026, 12, 31)]):
        print(f"{row.order_year}/{row.order_number}: {row.quantity} {row.uom} {row.item_code} until {row.end_date}")

    find = "select order_id from erp_api.order_ids(%s, %s) order by ordinal"
    orders = [row.order_id for row in operator.execute(find, [company, ["2026/901", "2026/126"]])]
    preview = """
        select ordinal, outcome, quantity, item_code, lot_code
        from erp_api.preview_release(%s, %s, p_record_date => %s)
    """
    for row in operator.execute(preview, [company, orders, TODAY]):
        issue = f", {row.quantity} {row.item_code} {row.lot_code or 'without lot'}" if row.item_code else ""
        print(f"preview of order {row.ordinal}: {row.outcome}{issue}")

    # It releases them. Whoever keeps the key before the call is sent may send it again, whatever became of it.
    key = uuid.uuid4()
    released = call(operator, RELEASE, [company, orders, TODAY, key])
    for row in released:
        print(f"release {row.order_year}/{row.order_number}: {row.outcome}, {row.movement_count} movements")
        for reason in row.reasons:
            print(f"  {reason['code']}: {reason['message']}")
    again = call(operator, RELEASE, [company, orders, TODAY, key])
    print("sent again:", "the same answer" if again == released else "another answer")

    # A wrong call is an error with an SQLSTATE.
    print("the key of another call:", sqlstate(operator, RELEASE, [company, orders[:1], TODAY, key]))
    print("an unknown company:", sqlstate(operator, RELEASE, [0, orders, TODAY, None]))
    print("an operator puts an order:", sqlstate(operator, PUT, [company, Jsonb([ORDER])]))

    # It takes the release back.
    restore = "select order_year, order_number, outcome, movement_count from erp_api.restore_production_orders(%s, %s)"
    for row in call(operator, restore, [company, orders[:1]]):
        print(f"restore {row.order_year}/{row.order_number}: {row.outcome}, {row.movement_count} movements")

    # The feed tells what was done since.
    for run in follow(operator, company, place):
        print(f"run: {run.kind} by {run.actor}, {run.refused_count} refused")
