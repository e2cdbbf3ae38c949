"""A company that works with Tryton and releases with rilascio: whatever people do, both have the same stock."""

from __future__ import annotations

import json
import os
import random
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from rilascio.cli import main

from .conftest import EXAMPLE, PRODUCTIONS, Tryton

SEED = int(os.environ.get("RILASCIO_SEED", "1"))


class Link:
    """Both databases, and who works in them: an operator of rilascio, a writer who links, people in Tryton."""

    def __init__(self, tryton: Tryton, people: Callable[..., Any], database: str, logins: Any) -> None:
        self.tryton, self.people = tryton, people
        self.operator, self.writer = logins(), logins("erp_writer")
        self.host = make_conninfo(self.writer, dbname=tryton.database)
        operator, writer = (str(conninfo_to_dict(dsn)["user"]) for dsn in (self.operator, self.writer))
        with tryton.connect() as connection:
            for grant in ("usage on schema rilascio", "select on all tables in schema rilascio"):
                connection.execute(SQL("grant " + grant + " to {}").format(Identifier(writer)))
        members = ["--member", operator, "--member", writer]
        self.rilascio("pull", "--first", *members, dsn=database)

    def rilascio(self, *arguments: str, dsn: str | None = None, code: int = 0) -> Any:
        """Type a command as the one who links, and return what it answers in JSON."""
        typed = [*arguments, "--from", self.host, "--dsn", dsn or self.writer, "--format", "json"]
        answer = CliRunner().invoke(main, typed)
        assert answer.exit_code == code, answer.output
        return json.loads(answer.stdout)

    def pull(self) -> dict[str, dict[str, int]]:
        """Bring what Tryton has into rilascio; return the counts of each view."""
        return dict(self.rilascio("pull")["views"])

    def runs_after(self, place: int) -> list[str]:
        """Return the runs after a place, a line of JSON each."""
        answer = CliRunner().invoke(main, ["follow", "--once", "--after", str(place), "--dsn", self.writer])
        assert answer.exit_code == 0, answer.output
        return answer.stdout.splitlines()

    def cursor(self) -> int:
        """Return the place of the last run that was applied in Tryton."""
        return int(self.tryton.adapter("cursor").stdout.split()[0])

    def follow(self) -> None:
        """Apply in Tryton what was done in rilascio."""
        adapter = shlex.join(self.tryton.command(EXAMPLE / "adapter.py", self.tryton.database))
        typed = ["follow", "--once", "--cursor", "host", "--exec", adapter, "--dsn", self.writer]
        answer = CliRunner().invoke(main, typed, env=self.tryton.environment)
        assert answer.exit_code == 0, answer.output

    def answers(self, call: str, numbers: list[int]) -> list[str]:
        """Call a function of `erp_api` for orders, as the operator, and return the outcomes."""
        with psycopg.connect(self.operator, autocommit=True) as connection:
            return [
                outcome
                for (outcome,) in connection.execute(
                    f"select outcome from erp_api.{call}(%(company)s, array(select order_id"
                    " from erp_data.production_order where order_number = any (%(numbers)s) order by order_id))",
                    {"company": self.company, "numbers": numbers},
                )
            ]

    @property
    def company(self) -> int:
        [(company,)] = self.rows("select company_id from erp_data.company")
        return int(company)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what the operator selects."""
        with psycopg.connect(self.operator) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]

    def orders(self, status: str) -> list[int]:
        """Return the numbers of the orders with a status."""
        found = self.rows("select order_number, status from erp_data.production_order order by order_number")
        return [number for number, its in found if its == status]

    def release(self, *numbers: int) -> list[str]:
        return self.answers("release_production_orders", list(numbers))

    def restore(self, *numbers: int) -> list[str]:
        return self.answers("restore_production_orders", list(numbers))

    def stock_here(self) -> list[tuple[Any, ...]]:
        """Return the stock that rilascio has: location, item, lot, quantity."""
        return sorted(
            self.rows("select location_code, item_code, coalesce(lot_code, ''), quantity from erp_data.stock_balance")
        )

    def stock_there(self) -> list[tuple[Any, ...]]:
        """Return the stock that Tryton computes itself, which it does in floating point."""
        return sorted(
            (location, item, lot or "", Decimal(quantity).quantize(Decimal("0.01")))
            for location, item, lot, quantity in self.people("stock")
            if round(float(quantity), 2)
        )


@pytest.fixture
def link(tryton: Tryton, rilascio_database: str, rilascio_login: Any) -> Iterator[Link]:
    """Give both, after the first pull."""
    with tryton.people() as people:
        yield Link(tryton, people, rilascio_database, rilascio_login)


STATES = {"waiting": "launched", "assigned": "launched", "running": "executive", "done": "closed"}


def assert_same(link: Link) -> None:
    """Tryton and rilascio have the same stock of each product, location and lot, and the same state of each order."""
    assert link.stock_there() == link.stock_here()
    states = {int(number): STATES[state] for number, state in link.people("moves")[1].items()}
    assert states == dict(link.rows("select order_number, status from erp_data.production_order"))
    assert link.rilascio("compare")["equal"]


def work(link: Link, rng: random.Random) -> list[str]:
    """Let somebody do something, on either side; return the outcomes of orders."""

    def some(numbers: list[int]) -> list[int]:
        return rng.sample(numbers, min(len(numbers), rng.randint(1, 4)))

    def receipt() -> None:
        item = rng.choice(["BOLT", "WHEEL", "FRAME", "GLUE", "PAINT", "CHAIN", "TUBE"])
        lot = f"{item}-{rng.randint(1, 5)}" if item in ("GLUE", "PAINT", "CHAIN") else None
        link.people("receive", item, rng.randint(1, 5), lot)

    def goods_out() -> None:
        # What is sent away is there: Tryton is told first what was issued, and rilascio next what was sent.
        link.follow()
        location, item, lot, quantity = rng.choice(link.people("stock"))
        part = float(quantity) if rng.random() < 0.1 else round(float(quantity) / 4)
        if part and location == "STO" and rng.random() < 0.5:
            link.people("ship", item, part, lot)
        elif part:
            link.people("transfer", item, part, lot, location, "STO" if location == "SHELF" else "SHELF")
        link.pull()

    def reservation() -> None:
        link.follow()
        if waiting := link.orders("launched"):
            link.people("assign", str(rng.choice(waiting)))
        link.pull()

    kind = rng.choices(["release", "restore", "receipt", "goods_out", "reservation", "follow"], [6, 3, 3, 2, 1, 2])[0]
    if kind == "release":
        return link.release(*some(link.orders("launched")))
    if kind == "restore" and link.orders("executive"):
        return link.restore(*some(link.orders("executive"))[:2])
    {"receipt": receipt, "goods_out": goods_out, "reservation": reservation}.get(kind, link.follow)()
    return []


def test_whatever_is_released_restored_received_and_shipped_tryton_and_rilascio_have_the_same_stock(link: Link) -> None:
    own_before = link.people("moves")[0]
    rng = random.Random(SEED)
    outcomes = []
    for _ in range(PRODUCTIONS + 12):
        outcomes += work(link, rng)
    link.follow()
    link.pull()

    assert {"released", "restored", "refused"} <= set(outcomes)
    assert_same(link)
    # What rilascio did has not come back: each document is a move of Tryton's own, and each of those is a document.
    [(documents,)] = link.rows("select count(distinct document_key) from erp_data.stock_movement")
    assert documents == link.people("moves")[0] - own_before > 0
    # All is there, so that another pull changes nothing.
    for counts in link.pull().values():
        assert not any(counts[what] for what in ("created", "changed", "deleted", "refused"))


@pytest.fixture
def released(link: Link) -> int:
    """Give the number of an order that rilascio has released, and Tryton has not run."""
    for number in link.orders("launched"):
        if link.release(number) == ["released"]:
            return number
    raise AssertionError("no order can be released")


def issued(link: Link) -> list[tuple[Any, ...]]:
    """Return the inputs that are done in Tryton: of which production, and how much."""
    with link.tryton.connect() as connection:
        return connection.execute(
            "select production_input, product, lot, internal_quantity from stock_move"
            " where production_input is not null and state = 'done' order by id"
        ).fetchall()


def test_a_run_that_is_sent_again_is_not_done_twice(link: Link, released: int) -> None:
    runs = "\n".join(link.runs_after(0))
    assert link.tryton.adapter("apply", stdin=runs).returncode == 0
    place, inputs = link.cursor(), issued(link)
    assert inputs

    assert link.tryton.adapter("apply", stdin=runs).returncode == 0

    assert (link.cursor(), issued(link)) == (place, inputs)
    assert_same(link)


def test_an_adapter_that_was_killed_goes_on_where_it_was(link: Link, released: int) -> None:
    link.restore(released)
    link.release(released)
    runs = link.runs_after(0)
    last = json.loads(runs[-1])["place"]
    command = link.tryton.command(EXAMPLE / "adapter.py", link.tryton.database, "apply")
    with subprocess.Popen(command, env=link.tryton.environment, stdin=subprocess.PIPE, text=True) as adapter:
        assert adapter.stdin
        adapter.stdin.write("\n".join(runs[:-2]) + "\n")  # the first release, after which it waits for more
        adapter.stdin.flush()
        while link.cursor() < last - 2:
            assert adapter.poll() is None
        assert issued(link)
        adapter.send_signal(signal.SIGKILL)

    assert link.tryton.adapter("apply", stdin="\n".join(runs)).returncode == 0

    assert link.cursor() == last
    assert_same(link)


def test_a_restore_brings_the_inputs_back_as_they_were(link: Link, released: int) -> None:
    before = link.people("inputs", str(released))
    link.follow()
    assert {state for *_, state, _ in link.people("inputs", str(released))} == {"done"}

    link.restore(released)
    link.follow()

    assert link.people("inputs", str(released)) == before
    assert_same(link)


def test_what_tryton_made_of_a_production_comes_as_a_document(link: Link, released: int) -> None:
    link.follow()
    link.people("finish", str(released))

    link.pull()
    assert link.answers("close_production_orders", [released]) == ["closed"]
    link.follow()

    assert_same(link)


def test_what_does_not_fit_stops_the_adapter_and_nothing_of_it_is_done(link: Link, released: int) -> None:
    link.people("cancel", str(released))

    [*before, _] = runs = link.runs_after(0)
    answer = link.tryton.adapter("apply", stdin="\n".join(runs))

    assert answer.returncode == 1
    assert "(release) cannot be applied: order" in answer.stderr
    assert (link.cursor(), issued(link)) == (json.loads(before[-1])["place"], [])


def test_who_put_things_right_by_hand_sets_the_cursor(tryton: Tryton) -> None:
    assert tryton.adapter("cursor").stdout.split() == ["0", "0"]

    assert tryton.adapter("cursor", "7", "70").stdout.split() == ["7", "70"]

    assert tryton.adapter("cursor").stdout.split() == ["7", "70"]


def test_while_tryton_cannot_be_reached_runs_are_to_be_sent_again(tryton: Tryton) -> None:
    nowhere = tryton.environment | {"TRYTOND_DATABASE_URI": "postgresql://nobody@127.0.0.1:1/"}
    command = tryton.command(EXAMPLE / "adapter.py", tryton.database, "apply")
    answer = subprocess.run(command, env=nowhere, input="", capture_output=True, text=True)

    assert answer.returncode == 75
    assert answer.stderr.startswith("Tryton cannot be reached")
