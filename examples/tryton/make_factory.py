"""Makes a factory in a new database of Tryton: a company, products, stock, and productions that wait.

    make_factory.py [-c TRYTOND.CONF] [--productions 12] [--seed 1] DATABASE

The Python that runs it has trytond; the database has the modules production and stock_lot, and nothing else yet. The
same seed makes the same factory. Stock covers about two thirds of what the productions need.
"""

import argparse
import datetime as dt
import os
import random
from decimal import Decimal

from trytond import config
from trytond.pool import Pool
from trytond.transaction import Transaction

# code, unit of stock, whether it lies in lots
MATERIALS = (
    ("TUBE", "Meter", False),
    ("PAINT", "Kilogram", True),
    ("WHEEL", "Unit", False),
    ("BOLT", "Unit", False),
    ("GLUE", "Kilogram", True),
    ("CHAIN", "Unit", True),
)
# what one of it takes: the code, how much, and in which unit, if not that of stock
BILLS = {
    "FRAME": (("TUBE", 325, "Centimeter"), ("PAINT", 0.35, None)),
    "BIKE": (("FRAME", 1, None), ("WHEEL", 2, None), ("BOLT", 14, None), ("CHAIN", 1, None), ("GLUE", 0.15, None)),
    "TRIKE": (("WHEEL", 3, None), ("BOLT", 17, None), ("TUBE", 1.75, None), ("GLUE", 0.07, None)),
}
LOTS = 3
BY_TRYTON = 500
TODAY = dt.date.today()

COPY_PRODUCTIONS = """
create temporary table copied on commit drop as
select
    p.id,
    (row_number() over (order by c.turn, p.id) + t.productions)::integer as number,
    (select max(o.id) from production as o) * c.turn as shift,
    (select max(m.id) from stock_move as m) * c.turn as move_shift
from production as p
cross join (select count(*) as productions from production) as t
cross join lateral generate_series(1, %(count)s / t.productions) as c (turn);

delete from copied where number > %(count)s;

insert into production
select (jsonb_populate_record(p, jsonb_build_object('id', c.id + c.shift, 'number', c.number::text))).*
from copied as c
inner join production as p on p.id = c.id;

insert into stock_move
select (
    jsonb_populate_record(m, jsonb_build_object(
        'id', m.id + c.move_shift,
        'production_input', m.production_input + c.shift,
        'production_output', m.production_output + c.shift
    ))
).*
from copied as c
inner join stock_move as m on c.id in (m.production_input, m.production_output);

select
    setval(pg_get_serial_sequence('production', 'id'), (select max(p.id) from production as p)),
    setval(pg_get_serial_sequence('stock_move', 'id'), (select max(m.id) from stock_move as m));

analyze production, stock_move
"""


def find(model, field, value):
    """Return the one record of a model with this value."""
    [record] = Pool().get(model).search([(field, "=", value)])
    return record


def create(model, *values):
    """Create records."""
    return Pool().get(model).create(list(values))


def make_company():
    """Make the company, and let the administrator work in it; returns its id."""
    [currency] = create("currency.currency", {"name": "Euro", "code": "EUR", "symbol": "€"})
    [party] = create("party.party", {"name": "Nord Cycles", "code": "NORD"})
    [company] = create("company.company", {"party": party, "currency": currency, "timezone": "Europe/Rome"})
    User = Pool().get("res.user")
    User.write([find("res.user", "login", "admin")], {"companies": [("add", [company])], "company": company})
    create("party.party", {"name": "Supplier", "code": "SUPPLIER"}, {"name": "Customer", "code": "CUSTOMER"})
    return company.id


def make_products():
    """Make the materials and what is produced, with a bill each; returns the products by code."""
    templates = [
        {
            "name": code.capitalize(),
            "code": code,
            "type": "goods",
            "default_uom": find("product.uom", "name", unit).id,
            "list_price": Decimal(10),
            "producible": code in BILLS,
            "lot_required": ["storage"] if has_lots else [],
            "products": [("create", [{"cost_price": Decimal(4)}])],
        }
        for code, unit, has_lots in (*MATERIALS, *((code, "Unit", False) for code in BILLS))
    ]
    products = {template.code: template.products[0] for template in create("product.template", *templates)}
    for code, rows in BILLS.items():
        inputs = [
            {
                "product": products[item].id,
                "quantity": quantity,
                "unit": find("product.uom", "name", unit).id if unit else products[item].default_uom.id,
            }
            for item, quantity, unit in rows
        ]
        output = {"product": products[code].id, "quantity": 1, "unit": products[code].default_uom.id}
        [bill] = create(
            "production.bom",
            {"name": code, "inputs": [("create", inputs)], "outputs": [("create", [output])]},
        )
        create("product.product-production.bom", {"product": products[code].id, "bom": bill.id})
    return products


def make_productions(products, count, rng):
    """Make productions that wait; every fifth names a lot for an input of a lot item."""
    Production, Move, Lot = (Pool().get(name) for name in ("production", "stock.move", "stock.lot"))
    Bill = Pool().get("product.product-production.bom")
    warehouse = find("stock.location", "type", "warehouse")
    bills = {row.product.id: row.bom.id for row in Bill.search([])}
    has_lots = [code for code, _, has_lots in MATERIALS if has_lots]
    lots = [{"number": f"{code}-{n}", "product": products[code].id} for code in has_lots for n in range(1, LOTS + 1)]
    lots = Lot.create(lots)
    rows = []
    for _ in range(min(count, BY_TRYTON)):
        product = products[rng.choice(list(BILLS))]
        start = TODAY + dt.timedelta(days=rng.randint(0, 60))
        rows.append(
            {
                "product": product.id,
                "unit": product.default_uom.id,
                "bom": bills[product.id],
                "quantity": rng.randint(1, 9),
                "warehouse": warehouse.id,
                "location": warehouse.production_location.id,
                "planned_start_date": start,
                "planned_date": start + dt.timedelta(days=rng.randint(1, 9)),
            }
        )
    productions = Production.create(rows)
    Production.set_moves(productions)
    Production.wait(productions)
    for production in productions[::5]:
        for move in production.inputs:
            if of_product := [lot for lot in lots if lot.product == move.product]:
                Move.write([move], {"lot": rng.choice(of_product).id})
                break
    if count > BY_TRYTON:
        copy_productions(count)


def copy_productions(count):
    """Copy the productions, with their moves, until there are so many: Tryton itself makes a few a second."""
    cursor = Transaction().connection.cursor()
    for statement in COPY_PRODUCTIONS.split(";\n"):
        cursor.execute(statement, {"count": count})
    sequence = Pool().get("production.configuration")(1).get_multivalue("production_sequence")
    Pool().get("ir.sequence").write([sequence], {"number_next": count + 1})


def make_stock(products, rng):
    """Receive about two thirds of what the productions need, what lies in lots in several of them."""
    Move, Lot = Pool().get("stock.move"), Pool().get("stock.lot")
    supplier = find("stock.location", "code", "SUP").id
    storage = find("stock.location", "code", "STO")
    shelf = create("stock.location", {"name": "Shelf", "code": "SHELF", "type": "storage", "parent": storage.id})[0]
    cursor = Transaction().connection.cursor()
    cursor.execute(
        "select product, sum(internal_quantity) from stock_move where production_input is not null group by product"
    )
    needed = dict(cursor.fetchall())
    rows = []
    for product in products.values():
        lots = [lot.id for lot in Lot.search([("product", "=", product.id)])] or [None]
        for lot in lots:
            for location, share in ((storage, 0.6), (shelf, 0.2)):
                quantity = product.default_uom.ceil(
                    needed.get(product.id, 0) * share * rng.uniform(0.8, 1.4) / len(lots)
                )
                if quantity:
                    rows.append(
                        {
                            "product": product.id,
                            "unit": product.default_uom.id,
                            "quantity": quantity,
                            "lot": lot,
                            "from_location": supplier,
                            "to_location": location.id,
                            "unit_price": Decimal(4),
                            "currency": find("currency.currency", "code", "EUR").id,
                            "effective_date": TODAY - dt.timedelta(days=rng.randint(1, 20)),
                        }
                    )
    Move.do(Move.create(rows))


def main():
    """Make the factory that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "-c", "--config", default=os.environ.get("TRYTOND_CONFIG"), help="of trytond; or TRYTOND_CONFIG"
    )
    parser.add_argument("--productions", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("database")
    options = parser.parse_args()
    config.update_etc(options.config)
    rng = random.Random(options.seed)
    pool = Pool(options.database)
    with Transaction().start(options.database, 0):
        pool.init()
    with Transaction().start(options.database, 0):
        company = make_company()
    with Transaction().start(options.database, 0, context={"company": company}):
        products = make_products()
        make_productions(products, options.productions, rng)
        make_stock(products, rng)


if __name__ == "__main__":
    main()
