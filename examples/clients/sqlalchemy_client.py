"""A day of a client in Python, with SQLAlchemy 2 over psycopg 3: pip install sqlalchemy 'psycopg[binary]'.

Connects as libpq does: PGHOST, PGPORT, PGDATABASE, and PGUSER and PGPASSWORD of a member of erp_operator; ERP_USER and
ERP_PASSWORD are those of a member of erp_writer.
"""

import os
import uuid
from datetime import date

from psycopg.types.json import Jsonb
from sqlalchemy import MetaData, Table, create_engine, select, text
from sqlalchemy.exc import DBAPIError

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

RELEASE = text("""
    select order_year, order_number, outcome, movement_count, reasons
    from erp_api.release_production_orders(:company, :orders, p_record_date => :day, p_request_key => :key)
""")
PUT = text("select order_year, order_number, outcome from erp_api.put_production_orders(:company, :sent)")


def engine(**login):
    """Make an engine. Statements are not prepared, so that a pooler may stand in between."""
    return create_engine("postgresql+psycopg://", connect_args={"prepare_threshold": None, **login})


def call(engine, statement, attempts=5, **arguments):
    """Run a call in a transaction of its own, and send it again where another one was faster."""
    for attempt in range(1, attempts + 1):
        try:
            with engine.begin() as connection:
                connection.execute(text("select set_config('erp.actor', 'anna', true)"))
                return connection.execute(statement, arguments).all()
        except DBAPIError as error:
            if error.orig.sqlstate not in ("40001", "40P01") or attempt == attempts:
                raise


def sqlstate(engine, statement, **arguments):
    """Return the SQLSTATE with which a call fails."""
    try:
        call(engine, statement, **arguments)
    except DBAPIError as error:
        return error.orig.sqlstate


def follow(engine, company, place):
    """Give the runs of the feed behind a place. It ends where two answers, of two transactions, are empty."""
    statement = text("""
        select f.place, f.kind, h.actor, h.refused_count
        from erp_api.next_runs(:company, :place) as f
        inner join erp_api.run_history as h on h.company_id = :company and h.run_id = f.run_id
        order by f.place
    """)
    empty = 0
    while empty < 2:
        runs = call(engine, statement, company=company, place=place)
        yield from runs
        place = runs[-1].place if runs else place
        empty = 0 if runs else empty + 1


operator = engine()
erp = engine(user=os.environ["ERP_USER"], password=os.environ["ERP_PASSWORD"])

# Views are tables to SQLAlchemy, which reads their columns from the database.
views = MetaData(schema="erp_api")
companies, grid = (Table(name, views, autoload_with=operator).c for name in ("my_companies", "release_grid"))
[[company]] = call(operator, select(companies.company_id).where(companies.company_code == "DEMO"))
place = max((run.place for run in follow(operator, company, 0)), default=0)

# The ERP puts an order, and posts what came in for it.
for row in call(erp, PUT, company=company, sent=Jsonb([ORDER])):
    print(f"order {row.order_year}/{row.order_number}: {row.outcome}")
post = text("select document_key, outcome, movement_count from erp_api.post_stock(:company, :sent)")
for row in call(erp, post, company=company, sent=Jsonb([RECEIPT])):
    print(f"receipt {row.document_key}: {row.outcome}, {row.movement_count} movements")

# The operator filters the grid of launched orders, and previews two of them.
december = (
    select(grid.order_year, grid.order_number, grid.item_code, grid.quantity, grid.uom, grid.end_date)
    .where(grid.company_id == company, grid.item_code == "PF-5700")
    .where(grid.end_date.between(date(2026, 12, 1), date(2026, 12, 31)))
    .order_by(grid.end_date, grid.order_year, grid.order_number, grid.order_lot)
)
for row in call(operator, december):
    print(f"{row.order_year}/{row.order_number}: {row.quantity} {row.uom} {row.item_code} until {row.end_date}")

find = text("select order_id from erp_api.order_ids(:company, :numbers) order by ordinal")
orders = [row.order_id for row in call(operator, find, company=company, numbers=["2026/901", "2026/126"])]
preview = text("""
    select ordinal, outcome, quantity, item_code, lot_code
    from erp_api.preview_release(:company, :orders, p_record_date => :day)
""")
for row in call(operator, preview, company=company, orders=orders, day=TODAY):
    issue = f", {row.quantity} {row.item_code} {row.lot_code or 'without lot'}" if row.item_code else ""
    print(f"preview of order {row.ordinal}: {row.outcome}{issue}")

# It releases them. Whoever keeps the key before the call is sent may send it again, whatever became of it.
key = uuid.uuid4()
released = call(operator, RELEASE, company=company, orders=orders, day=TODAY, key=key)
for row in released:
    print(f"release {row.order_year}/{row.order_number}: {row.outcome}, {row.movement_count} movements")
    for reason in row.reasons:
        print(f"  {reason['code']}: {reason['message']}")
again = call(operator, RELEASE, company=company, orders=orders, day=TODAY, key=key)
print("sent again:", "the same answer" if again == released else "another answer")

# A wrong call is an error with an SQLSTATE.
wrong = sqlstate(operator, RELEASE, company=company, orders=orders[:1], day=TODAY, key=key)
print("the key of another call:", wrong)
print("an unknown company:", sqlstate(operator, RELEASE, company=0, orders=orders, day=TODAY, key=None))
print("an operator puts an order:", sqlstate(operator, PUT, company=company, sent=Jsonb([ORDER])))

# It takes the release back.
restore = text("""
    select order_year, order_number, outcome, movement_count
    from erp_api.restore_production_orders(:company, :orders)
""")
for row in call(operator, restore, company=company, orders=orders[:1]):
    print(f"restore {row.order_year}/{row.order_number}: {row.outcome}, {row.movement_count} movements")

# The feed tells what was done since.
for run in follow(operator, company, place):
    print(f"run: {run.kind} by {run.actor}, {run.refused_count} refused")
