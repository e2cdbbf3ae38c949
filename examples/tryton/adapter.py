"""Applies runs of rilascio in Tryton, a line of JSON each.

The Python that runs it has trytond; the database has the modules production and stock_lot, and what is in state.sql and
views.sql.

    adapter.py DATABASE cursor                prints place and id of the last run that was applied, 0 at first
    adapter.py DATABASE cursor PLACE RUN_ID   takes all up to that run for applied, and prints the same
    adapter.py DATABASE apply                 applies the runs on standard input, a line of JSON each

A run is one transaction of Tryton, in which its place is kept too: so it is applied once, however often it is sent. A
release writes what was issued into the inputs of the productions and runs them; a restore brings their inputs back as
they were. Refused orders and runs of other kinds change nothing here.

Exit codes: 0 all are applied; 75 Tryton's database cannot be reached, or is busy: send them again; 1 one cannot be
applied, and those before it are.
"""

import argparse
import datetime as dt
import json
import os
import sys
from collections import defaultdict
from decimal import Decimal

import psycopg
from trytond import backend, config
from trytond.exceptions import TrytonException
from trytond.pool import Pool
from trytond.transaction import Transaction, TransactionError
from trytond.worker import run_task

TRY_AGAIN = 75
BUSY = (backend.DatabaseOperationalError, backend.DatabaseTimeoutError, psycopg.OperationalError)

READ_CURSOR = "select coalesce(max(place), 0), coalesce(max(run_id), 0) from rilascio.cursor"
SET_CURSOR = """
insert into rilascio.cursor as c (place, run_id) values (%s, %s)
on conflict (the_only) do update set (place, run_id, applied_at) = (excluded.place, excluded.run_id, now())
"""
PRODUCTIONS = """
select p.production, p.order_year, p.order_number, p.order_lot
from rilascio_base.production as p
inner join unnest(%s::integer[], %s::integer[], %s::integer[]) as o (order_year, order_number, order_lot)
    using (order_year, order_number, order_lot)
"""
KEEP_INPUTS = """
insert into rilascio.release_input
select production_input, product, from_location, lot, unit, quantity, internal_quantity
from stock_move
where production_input = %s and state in ('staging', 'draft', 'assigned')
"""
MOVED = """
select p.product, p.unit, l.location, t.id
from rilascio_base.product as p
inner join rilascio_base.location as l on l.warehouse_code = %s and l.location_code = %s
left join stock_lot as t on t.product = p.product and t.number = %s
where p.item_code = %s
"""


class CannotApply(Exception):
    """A run that does not fit what Tryton has."""


# --- runs ------------------------------------------------------------------------------------------------------------


def apply(run):
    """Apply a run, unless that was done."""
    [(place, _)] = execute(READ_CURSOR)
    if run["place"] <= place:
        return
    # Who applies beside us waits here, fails since the row was changed meanwhile, and is given its runs again.
    execute(SET_CURSOR, run["place"], run["run_id"])
    if run["kind"] == "release":
        release(run, productions(run, "released", "split"))
    elif run["kind"] == "restore":
        restore(productions(run, "restored"))


def productions(run, *outcomes):
    """Return the productions of the orders with these outcomes, by the keys of the orders."""
    [(company,)] = execute("select company_code from rilascio_base.company")
    if run["company"] != company:
        raise CannotApply(f"it is of company {run['company']}, and this is {company}")
    orders = [order for order in run["orders"] if order["outcome"] in outcomes]
    if any(order["outcome"] == "split" for order in orders):
        raise CannotApply("it split an order; Tryton has one production for both: restore it")
    keys = [order_key(order) for order in orders]
    columns = [[key[column] for key in keys] for column in range(3)]
    found = {tuple(key): production for production, *key in execute(PRODUCTIONS, *columns)}
    if missing := [key for key in keys if key not in found]:
        raise CannotApply(f"order {missing[0]} is no production that waits or runs")
    Production = Pool().get("production")
    return {key: Production(found[key]) for key in keys}


def release(run, orders):
    """Write what was issued into the inputs, and run the productions."""
    Production = Pool().get("production")
    issued = defaultdict(list)
    for movement in run["movements"]:
        issued[order_key(movement)].append(movement)
    check_state(orders.values(), "waiting", "assigned")
    Production.wait(list(orders.values()))  # what was assigned can be changed again
    for key, production in orders.items():
        execute(
            "insert into rilascio.release values (%s, %s, %s)",
            production.id, run["run_id"], production.effective_start_date,
        )  # fmt: skip
        execute(KEEP_INPUTS, production.id)
        issue(production, issued[key])
    running = Production.browse(list(orders.values()))
    Production.assign_force(running)
    Production.run(running)
    check_state(running, "running")


def issue(production, movements):
    """Let the inputs of a production be what was issued: a move for each movement."""
    Move = Pool().get("stock.move")
    planned = [move for move in production.inputs if move.state in ("staging", "draft")]
    replaced = set()
    for movement in movements:
        quantity = -Decimal(movement["quantity"])
        codes = movement["warehouse_code"], movement["location_code"], movement["lot_code"], movement["item_code"]
        [(product, unit, location, lot)] = execute(MOVED, *codes) or [(None,) * 4]
        pattern = next((move for move in planned if move.product.id == product), None)
        if pattern is None or quantity < 0 or (movement["lot_code"] and not lot):
            raise CannotApply(f"production {production.number} cannot issue {quantity} of {codes}")
        date = dt.date.fromisoformat(movement["record_date"])
        values = {"from_location": location, "lot": lot, "unit": unit, "quantity": float(quantity)}
        Move.copy([pattern], values | {"effective_date": date})
        replaced.add(product)
    # An input of which nothing was issued would be done as it was planned.
    Move.write([move for move in planned if move.product.id not in replaced], {"quantity": 0})
    Move.delete([move for move in planned if move.product.id in replaced])


def restore(orders):
    """Let the productions wait again, with the inputs that they had."""
    Production, Move = Pool().get("production"), Pool().get("stock.move")
    check_state(orders.values(), "running", "assigned", "waiting")
    Production.wait(list(orders.values()))  # which leaves the inputs done: stock would stay as it is
    for production in Production.browse(list(orders.values())):
        kept = execute("select effective_start_date from rilascio.release where production = %s", production.id)
        if not kept:
            raise CannotApply(f"production {production.number} does not run because of a release")
        moves = list(production.inputs)
        Move.cancel([move for move in moves if move.state == "done"])
        bring_back(production, moves)
        Move.delete(moves)
        Production.write([production], {"effective_start_date": kept[0][0]})
        execute("delete from rilascio.release where production = %s", production.id)


def bring_back(production, moves):
    """Make the inputs that a production had before its release, copied from those that it has."""
    Move = Pool().get("stock.move")
    for product, location, lot, unit, quantity in execute(
        "select product, from_location, lot, unit, quantity from rilascio.release_input where production = %s",
        production.id,
    ):
        pattern = next((move for move in moves if move.product.id == product), None)
        if pattern is None:
            raise CannotApply(f"production {production.number} lost its input of product {product}")
        values = {"from_location": location, "lot": lot, "unit": unit, "quantity": quantity, "effective_date": None}
        Move.copy([pattern], values)


def order_key(row):
    """Return the key of an order, or of the order that a movement was made for."""
    return row["order_year"], row["order_number"], row["order_lot"]


def check_state(checked, *states):
    """Raise if a production is in another state: a transition of Tryton would pass it over without a word."""
    for production in checked:
        if production.state not in states:
            raise CannotApply(f"production {production.number} is {production.state}, and not {' or '.join(states)}")


# --- Tryton ----------------------------------------------------------------------------------------------------------


def execute(query, *parameters):
    """Execute a statement in Tryton's transaction, and return its rows."""
    cursor = Transaction().connection.cursor()
    cursor.execute(query, parameters)
    return cursor.fetchall() if cursor.description else []


def in_transaction(database, user, action, context=None):
    """Do something in a transaction of its own; with the locks that Tryton asks for, where it does."""
    locks = {}
    while True:
        try:
            with Transaction().start(database, user, context=context, **locks) as transaction:
                answer = action()
        except TransactionError as error:
            error.fix(locks)
            continue
        while transaction.tasks:
            run_task(Pool(database), transaction.tasks.pop())
        return answer


def user_of(login):
    """Return the id of a user, and the context that Tryton gives to what this user does in the company of the link."""
    User = Pool().get("res.user")
    users = User.search([("login", "=", login)])
    if not users:
        raise CannotApply(f"Tryton has no user {login}")
    [(company,)] = execute("select company from rilascio_base.company")
    with Transaction().set_user(users[0].id):
        preferences = User.get_preferences(context_only=True)
    return users[0].id, {**preferences, "company": company, "_skip_warnings": True}


def apply_all(database, login, lines):
    """Apply runs in their order, each in its own transaction."""
    in_transaction(database, 0, Pool(database).init)
    user, context = in_transaction(database, 0, lambda: user_of(login))
    for line in lines:
        run = json.loads(line, parse_float=Decimal)
        try:
            in_transaction(database, user, lambda run=run: apply(run), context)
        except (CannotApply, TrytonException) as error:
            raise CannotApply(f"Run {run['run_id']} ({run['kind']}) cannot be applied: {error}.") from error


def main():
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "-c", "--config", default=os.environ.get("TRYTOND_CONFIG"), help="of trytond; or TRYTOND_CONFIG"
    )
    parser.add_argument("-u", "--user", default="admin", help="the login of who runs productions, by default admin")
    parser.add_argument("database")
    parser.add_argument("action", choices=("cursor", "apply"))
    parser.add_argument("position", nargs="*", type=int, metavar="PLACE RUN_ID")
    options = parser.parse_args()
    if len(options.position) not in (0, 2) or (options.position and options.action != "cursor"):
        parser.error("cursor takes a place and the id of its run, or nothing; apply takes nothing")
    config.update_etc(options.config)
    uri = config.parse_uri(config.get("database", "uri"))
    try:
        # Asked first: who cannot be reached is known at once, while Tryton's pool would go on trying.
        with psycopg.connect(uri._replace(scheme="postgresql", path=f"/{options.database}").geturl()) as connection:
            if options.position:
                connection.execute(SET_CURSOR, options.position)
            [position] = connection.execute(READ_CURSOR)
        if options.action == "cursor":
            print(*position)
        else:
            apply_all(options.database, options.user, sys.stdin)
    except BUSY as error:
        print(f"Tryton cannot be reached, or is busy: {error}", file=sys.stderr)
        sys.exit(TRY_AGAIN)
    except CannotApply as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
