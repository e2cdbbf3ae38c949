"""A day of a client in Python, with asyncpg: pip install asyncpg.

Connects by PGHOST, PGPORT, PGDATABASE, and PGUSER and PGPASSWORD of a member of erp_operator; ERP_USER and ERP_PASSWORD
are those of a member of erp_writer.
"""

import asyncio
import json
import os
import uuid
from datetime import date

import asyncpg

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
    from erp_api.release_production_orders($1, $2, p_record_date => $3, p_request_key => $4)
"""
PUT = "select order_year, order_number, outcome from erp_api.put_production_orders($1, $2)"


async def connect(**login):
    """Connect. No statement is kept prepared, so that a pooler may stand in between; jsonb is what json makes of it."""
    connection = await asyncpg.connect(statement_cache_size=0, **login)
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
    return connection


async def call(connection, statement, *arguments, attempts=5):
    """Run a call in a transaction of its own, and send it again where another one was faster."""
    for attempt in range(1, attempts + 1):
        try:
            async with connection.transaction():
                await connection.execute("select set_config('erp.actor', 'anna', true)")
                return await connection.fetch(statement, *arguments)
        except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
            if attempt == attempts:
                raise


async def sqlstate(connection, statement, *arguments):
    """Return the SQLSTATE with which a call fails."""
    try:
        await call(connection, statement, *arguments)
    except asyncpg.PostgresError as error:
        return error.sqlstate


async def follow(connection, company, place):
    """Give the runs of the feed behind a place. It ends where two answers, of two transactions, are empty."""
    statement = """
        select f.place, f.kind, h.actor, h.refused_count
        from erp_api.next_runs($1, $2) as f
        inner join erp_api.run_history as h on h.company_id = $1 and h.run_id = f.run_id
        order by f.place
    """
    empty = 0
    while empty < 2:
        runs = await call(connection, statement, company, place)
        for run in runs:
            yield run
            place = run["place"]
        empty = 0 if runs else empty + 1


async def work(operator, erp):
    company = await operator.fetchval("select company_id from erp_api.my_companies where company_code = 'DEMO'")
    place = max([run["place"] async for run in follow(operator, company, 0)], default=0)

    # The ERP puts an order, and posts what came in for it.
    for row in await call(erp, PUT, company, [ORDER]):
        print(f"order {row['order_year']}/{row['order_number']}: {row['outcome']}")
    post = "select document_key, outcome, movement_count from erp_api.post_stock($1, $2)"
    for row in await call(erp, post, company, [RECEIPT]):
        print(f"receipt {row['document_key']}: {row['outcome']}, {row['movement_count']} movements")

    # The operator filters the grid of launched orders, and previews two of them.
    grid = """
        select order_year || '/' || order_number as number, quantity, uom, item_code, end_date
        from erp_api.release_grid
        where company_id = $1 and item_code = $2 and end_date between $3 and $4
        order by end_date, order_year, order_number, order_lot
    """
    for number, quantity, uom, item, end in await operator.fetch(
        grid, company, "PF-5700", date(2026, 12, 1), date(2026, 12, 31)
    ):
        print(f"{number}: {quantity} {uom} {item} until {end}")

    find = "select order_id from erp_api.order_ids($1, $2) order by ordinal"
    orders = [row["order_id"] for row in await operator.fetch(find, company, ["2026/901", "2026/126"])]
    preview = """
        select ordinal, outcome, quantity, item_code, lot_code
        from erp_api.preview_release($1, $2, p_record_date => $3)
    """
    for ordinal, outcome, quantity, item, lot in await operator.fetch(preview, company, orders, TODAY):
        issue = f", {quantity} {item} {lot or 'without lot'}" if item else ""
        print(f"preview of order {ordinal}: {outcome}{issue}")

    # It releases them. Whoever keeps the key before the call is sent may send it again, whatever became of it.
    key = uuid.uuid4()
    released = await call(operator, RELEASE, company, orders, TODAY, key)
    for year, number, outcome, movements, reasons in released:
        print(f"release {year}/{number}: {outcome}, {movements} movements")
        for reason in reasons:
            print(f"  {reason['code']}: {reason['message']}")
    again = await call(operator, RELEASE, company, orders, TODAY, key)
    print("sent again:", "the same answer" if again == released else "another answer")

    # A wrong call is an error with an SQLSTATE.
    print("the key of another call:", await sqlstate(operator, RELEASE, company, orders[:1], TODAY, key))
    print("an unknown company:", await sqlstate(operator, RELEASE, 0, orders, TODAY, None))
    print("an operator puts an order:", await sqlstate(operator, PUT, company, [ORDER]))

    # It takes the release back.
    restore = "select order_year, order_number, outcome, movement_count from erp_api.restore_production_orders($1, $2)"
    for year, number, outcome, movements in await call(operator, restore, company, orders[:1]):
        print(f"restore {year}/{number}: {outcome}, {movements} movements")

    # The feed tells what was done since.
    async for run in follow(operator, company, place):
        print(f"run: {run['kind']} by {run['actor']}, {run['refused_count']} refused")


async def main():
    operator = await connect()
    erp = await connect(user=os.environ["ERP_USER"], password=os.environ["ERP_PASSWORD"])
    try:
        await work(operator, erp)
    finally:
        await operator.close()
        await erp.close()


asyncio.run(main())
