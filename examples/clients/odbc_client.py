"""A day of a client over ODBC, here from Python: pip install pyodbc, and the driver (Debian: odbc-postgresql).

Connects by PGHOST, PGPORT, PGDATABASE, and PGUSER and PGPASSWORD of a member of erp_operator; ERP_USER and ERP_PASSWORD
are those of a member of erp_writer.
"""

import json
import os
import uuid
from datetime import date

import pyodbc

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

# ODBC knows neither arrays nor jsonb: both go and come as text, and a cast says what it is.
RELEASE = """
    select order_year, order_number, outcome, movement_count, reasons
    from erp_api.release_production_orders(?, ?::bigint[], p_record_date => ?, p_request_key => ?::uuid)
"""
PUT = "select order_year, order_number, outcome from erp_api.put_production_orders(?, ?::jsonb)"


def connect(user, password):
    """Connect. Statements are not prepared at the server, so that a pooler may stand in between."""
    server = "Servername={PGHOST};Port={PGPORT};Database={PGDATABASE}".format_map(os.environ)
    return pyodbc.connect(f"Driver={{PostgreSQL Unicode}};{server};UID={user};PWD={password};UseServerSidePrepare=0")


def call(connection, statement, *values, attempts=5):
    """Run a call in a transaction of its own, and send it again where another one was faster."""
    for attempt in range(1, attempts + 1):
        try:
            connection.execute("select set_config('erp.actor', 'anna', true)")
            rows = connection.execute(statement, *values).fetchall()
            connection.commit()
            return rows
        except pyodbc.Error as error:
            connection.rollback()
            if error.args[0] not in ("40001", "40P01") or attempt == attempts:
                raise


def sqlstate(connection, statement, *values):
    """Return the SQLSTATE with which a call fails."""
    try:
        call(connection, statement, *values)
    except pyodbc.Error as error:
        return error.args[0]


def follow(connection, company, place):
    """Give the runs of the feed behind a place. It ends where two answers, of two transactions, are empty."""
    statement = """
        select f.place, f.kind, h.actor, h.refused_count
        from erp_api.next_runs(?, ?) as f
        inner join erp_api.run_history as h on h.company_id = ? and h.run_id = f.run_id
        order by f.place
    """
    empty = 0
    while empty < 2:
        runs = call(connection, statement, company, place, company)
        yield from runs
        place = runs[-1].place if runs else place
        empty = 0 if runs else empty + 1


def pg_array(values):
    """Write an array as PostgreSQL reads it: of numbers, or of texts without commas, quotes and braces."""
    return "{" + ",".join(map(str, values)) + "}"


operator = connect(os.environ["PGUSER"], os.environ["PGPASSWORD"])
erp = connect(os.environ["ERP_USER"], os.environ["ERP_PASSWORD"])

[[company]] = call(operator, "select company_id from erp_api.my_companies where company_code = 'DEMO'")
place = max((run.place for run in follow(operator, company, 0)), default=0)

# The ERP puts an order, and posts what came in for it.
for row in call(erp, PUT, company, json.dumps([ORDER])):
    print(f"order {row.order_year}/{row.order_number}: {row.outcome}")
post = "select document_key, outcome, movement_count from erp_api.post_stock(?, ?::jsonb)"
for row in call(erp, post, company, json.dumps([RECEIPT])):
    print(f"receipt {row.document_key}: {row.outcome}, {row.movement_count} movements")

# The operator filters the grid of launched orders, and previews two of them.
grid = """
    select order_year, order_number, item_code, quantity, uom, end_date
    from erp_api.release_grid
    where company_id = ? and item_code = ? and end_date between ? and ?
    order by end_date, order_year, order_number, order_lot
"""
for row in call(operator, grid, company, "PF-5700", date(2026, 12, 1), date(2026, 12, 31)):
    print(f"{row.order_year}/{row.order_number}: {row.quantity} {row.uom} {row.item_code} until {row.end_date}")

find = "select order_id from erp_api.order_ids(?, ?::text[]) order by ordinal"
orders = [row.order_id for row in call(operator, find, company, pg_array(["2026/901", "2026/126"]))]
preview = """
    select ordinal, outcome, quantity, item_code, lot_code
    from erp_api.preview_release(?, ?::bigint[], p_record_date => ?)
"""
for row in call(operator, preview, company, pg_array(orders), TODAY):
    issue = f", {row.quantity} {row.item_code} {row.lot_code or 'without lot'}" if row.item_code else ""
    print(f"preview of order {row.ordinal}: {row.outcome}{issue}")

# It releases them. Whoever keeps the key before the call is sent may send it again, whatever became of it.
key = str(uuid.uuid4())
released = call(operator, RELEASE, company, pg_array(orders), TODAY, key)
for row in released:
    print(f"release {row.order_year}/{row.order_number}: {row.outcome}, {row.movement_count} movements")
    for reason in json.loads(row.reasons):
        print(f"  {reason['code']}: {reason['message']}")
again = call(operator, RELEASE, company, pg_array(orders), TODAY, key)
print("sent again:", "the same answer" if again == released else "another answer")

# A wrong call is an error with an SQLSTATE.
first = pg_array(orders[:1])
print("the key of another call:", sqlstate(operator, RELEASE, company, first, TODAY, key))
print("an unknown company:", sqlstate(operator, RELEASE, 0, first, TODAY, None))
print("an operator puts an order:", sqlstate(operator, PUT, company, json.dumps([ORDER])))

# It takes the release back.
restore = """
    select order_year, order_number, outcome, movement_count
    from erp_api.restore_production_orders(?, ?::bigint[])
"""
for row in call(operator, restore, company, first):
    print(f"restore {row.order_year}/{row.order_number}: {row.outcome}, {row.movement_count} movements")

# The feed tells what was done since.
for run in follow(operator, company, place):
    print(f"run: {run.kind} by {run.actor}, {run.refused_count} refused")
