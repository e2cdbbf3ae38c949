"""People at work in Tryton: done by Tryton's Python, a line of JSON on standard input after the other.

Each line is an array of a function's name and its arguments, is a transaction, and is answered with a line of JSON.
"""

import json
import sys
from decimal import Decimal

from trytond import config
from trytond.pool import Pool
from trytond.transaction import Transaction


def find(model, field, value):
    [record] = Pool().get(model).search([(field, "=", value)])
    return record


def line(item, quantity, from_code, to_code):
    product = find("product.product", "code", item)
    values = {
        "product": product.id,
        "unit": product.default_uom.id,
        "quantity": quantity,
        "from_location": find("stock.location", "code", from_code).id,
        "to_location": find("stock.location", "code", to_code).id,
    }
    if "SUP" in (from_code, to_code) or "CUS" in (from_code, to_code):
        values |= {"unit_price": Decimal(4), "currency": find("currency.currency", "code", "EUR").id}
    return values


def lot_of(item, number):
    """Return the id of a lot, which is made if it is new, or None."""
    if not number:
        return None
    Lot = Pool().get("stock.lot")
    product = find("product.product", "code", item)
    lots = Lot.search([("number", "=", number), ("product", "=", product.id)])
    return (lots or Lot.create([{"number": number, "product": product.id}]))[0].id


def receive(item, quantity, lot):
    """Receive a shipment of a supplier: two moves, into the input zone and from there into storage."""
    Shipment, Move = Pool().get("stock.shipment.in"), Pool().get("stock.move")
    warehouse = find("stock.location", "type", "warehouse")
    supplier = find("party.party", "code", "SUPPLIER").id
    zones = {"warehouse_input": warehouse.input_location.id, "warehouse_storage": warehouse.storage_location.id}
    [shipment] = Shipment.create([{"supplier": supplier, "warehouse": warehouse.id, **zones}])
    incoming = line(item, quantity, "SUP", "IN")
    Move.create([{**incoming, "shipment": str(shipment), "lot": lot_of(item, lot)}])
    Shipment.receive([shipment])
    Shipment.do([shipment])
    return [move.state for move in shipment.moves]


def ship(item, quantity, lot):
    """Send a customer a shipment: two moves, from storage into the output zone and out."""
    Shipment, Move = Pool().get("stock.shipment.out"), Pool().get("stock.move")
    customer = find("party.party", "code", "CUSTOMER")
    [address] = Pool().get("party.address").search([("party", "=", customer.id)]) or Pool().get("party.address").create(
        [{"party": customer.id}]
    )
    warehouse = find("stock.location", "type", "warehouse")
    zones = {"warehouse_storage": warehouse.storage_location.id, "warehouse_output": warehouse.output_location.id}
    shipped = {"customer": customer.id, "delivery_address": address.id, "warehouse": warehouse.id, **zones}
    [shipment] = Shipment.create([shipped])
    Move.create([{**line(item, quantity, "OUT", "CUS"), "shipment": str(shipment)}])
    Shipment.wait([shipment])
    Move.write(list(shipment.inventory_moves), {"lot": lot_of(item, lot)})
    Shipment.assign_force([shipment])
    for step in ("pick", "pack", "ship", "do"):
        getattr(Shipment, step)([shipment])
    return [move.state for move in Shipment(shipment.id).moves]


def transfer(item, quantity, lot, from_code, to_code):
    """Move stock from one storage location to another."""
    Move = Pool().get("stock.move")
    moves = Move.create([{**line(item, quantity, from_code, to_code), "lot": lot_of(item, lot)}])
    Move.do(moves)
    return [move.state for move in moves]


def assign(number):
    """Reserve what there is for a production, wherever it lies: its inputs are parted by location."""
    Production = Pool().get("production")
    production = find("production", "number", number)
    Production.assign_try([production])
    return production.state


def finish(number):
    """Finish a production, so that what it made is in stock."""
    Production = Pool().get("production")
    production = find("production", "number", number)
    Production.do([production])
    return [move.state for move in production.outputs]


def stock():
    """Return Tryton's own figures: location, product, lot and quantity."""
    Location, Product, Lot = (Pool().get(name) for name in ("stock.location", "product.product", "stock.lot"))
    places = Location.search([("type", "=", "storage"), ("parent.type", "in", ("warehouse", "storage"))])
    today = Pool().get("ir.date").today()
    with Transaction().set_context(stock_date_end=today):
        found = Product.products_by_location([place.id for place in places], grouping=("product", "lot"))
    return sorted(
        [Location(place).code, Product(product).code, Lot(lot).number if lot else None, str(quantity)]
        for (place, product, lot), quantity in found.items()
        if quantity
    )


def moves():
    """Return how many moves of others than productions are done, and how many states productions have."""
    Move, Production = Pool().get("stock.move"), Pool().get("production")
    done = Move.search_count([("state", "=", "done"), ("production_input", "=", None)])
    return done, {p.number: p.state for p in Production.search([])}


def cancel(number):
    """Cancel a production."""
    Pool().get("production").cancel([find("production", "number", number)])


def inputs(number):
    """Return the inputs of a production: product, quantity, unit, lot, location, state and date."""
    return sorted(
        [
            move.product.code,
            move.quantity,
            move.unit.name,
            move.lot.number if move.lot else "",
            move.from_location.code,
            move.state,
            str(move.effective_date),
        ]
        for move in find("production", "number", number).inputs
    )


FUNCTIONS = {
    function.__name__: function for function in (receive, ship, transfer, assign, finish, stock, moves, cancel, inputs)
}


def main():
    database = sys.argv[1]
    config.update_etc()
    with Transaction().start(database, 0):
        Pool(database).init()
        company = Pool().get("company.company").search([])[0].id
        user = find("res.user", "login", "admin").id
    for request in sys.stdin:
        name, *arguments = json.loads(request)
        context = {"company": company, "_skip_warnings": True}
        with Transaction().start(database, user, context=context):
            answer = FUNCTIONS[name](*arguments)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
