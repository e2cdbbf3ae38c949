"""A company moves from one shard to another: nothing is lost, whoever works meanwhile and wherever it is cut off."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg import errors as pg
from psycopg.rows import namedtuple_row, scalar_row

from rilascio import cluster, deployment
from rilascio.cli import main
from rilascio.cluster.company_rows import Table, contents
from rilascio.cluster.moving import APPLICATION
from rilascio.cluster.views import COMPANY, views_of
from rilascio.errors import HarnessError, NotAMember
from rilascio.queries import read_query
from rilascio.testing import World, build_world
from tests.cluster.conftest import MEMBERS, Cluster, Shard
from tests.sessions import Session

RELEASE = "select * from erp_api.release_production_orders(%s, %s, p_request_key => %s)"
RESTORE = "select outcome from erp_api.restore_production_orders(%s, %s)"
PREVIEW = "select outcome from erp_api.preview_release(%s, %s)"
FEED = "select place, run_id, kind, request_key from erp_api.next_runs(%s, %s)"


class Traveller:
    """A company that moves to and fro, of which anna is a member."""

    def __init__(self, factories: Cluster, world: World) -> None:
        self.factories = factories
        self.world = world
        self.shards = {"north": factories.north, "south": factories.south}

    @property
    def company_id(self) -> int:
        """The company's."""
        return self.world.company_id

    @property
    def home(self) -> str:
        """The shard that the directory names."""
        with psycopg.connect(self.factories.proxy.dsn()) as proxy:
            (name,) = proxy.execute(
                "select shard_name from erp_cluster.company where company_id = %s", [self.company_id]
            ).fetchone() or ("",)
        return str(name)

    @property
    def here(self) -> Shard:
        """Where it is."""
        return self.shards[self.home]

    @property
    def elsewhere(self) -> str:
        """The name of the other shard."""
        return "south" if self.home == "north" else "north"

    def order(self) -> int:
        """Make an order that stock covers."""
        self.world.connection = self.here.connection
        return self.world.order(quantity=10, materials={"SCREW": 4})

    def move(self, target: str, **arguments: Any) -> cluster.MoveReport:
        """Move it."""
        return cluster.move_company(self.factories.proxy.dsn(), self.company_id, target, **arguments)

    def remove(self) -> None:
        """Remove the copy that it left."""
        cluster.remove_copy(self.factories.proxy.dsn(), self.company_id, self.home)

    def in_force(self) -> list[str]:
        """The shards at which it is in force."""
        asked = "select active from erp.company where company_id = %s"
        return [
            name
            for name, shard in self.shards.items()
            if shard.connection.execute(asked, [self.company_id]).fetchone() == (True,)
        ]


@pytest.fixture(scope="module")
def traveller(factories: Cluster) -> Traveller:
    """Give a company that begins at north; south keeps its stock in partitions."""
    deployment.partition(factories.south.server.dsn(), months=0, progress=lambda _: None)
    world = build_world(factories.north.connection, "TRAVELLER", members=MEMBERS)
    world.stock("SCREW", 100_000)
    world.stock("GLUE", 5, lot="G1")
    cluster.refresh(factories.proxy.dsn())
    return Traveller(factories, world)


@pytest.fixture
def anna(factories: Cluster) -> Iterator[psycopg.Connection[Any]]:
    with factories.session() as connection:
        connection.row_factory = namedtuple_row
        yield connection


def at_step(step: str, act: Callable[[], object]) -> Callable[[str], None]:
    """Act when the move says that it comes to a step, for the first time."""
    waiting = [act]

    def progress(text: str) -> None:
        if text.startswith(step) and waiting:
            waiting.pop()()

    return progress


def tables_of(shard: Shard) -> list[Table]:
    return [Table(*row) for row in shard.connection.execute(read_query(cluster.moving.__file__, "moved_tables"))]


def everything(shard: Shard, company_id: int) -> dict[str, Any]:
    """Count the rows of a company, and add up their digests, by table."""
    with psycopg.connect(shard.server.dsn(), options="-c TimeZone=UTC") as connection:
        return {table.name: contents(connection, table, company_id) for table in tables_of(shard)}


def shown(anna: psycopg.Connection[Any], company_id: int) -> dict[str, list[Any]]:
    """Return what all grids and lists of a company show."""
    return {
        f"{view.schema}.{view.name}": sorted(
            anna.execute(
                f"select to_jsonb(v)::text as row from {view.schema}.{view.name} as v where company_id = %s".encode(),
                [company_id],
            ).fetchall()
        )
        for view in views_of(anna)
        if COMPANY in view.column_names
    }


# --- what is moved ---------------------------------------------------------------------------------------------------


def test_every_table_is_moved_and_no_key_is_taken_by_another_company(factories: Cluster) -> None:
    north = factories.north.connection
    with north.cursor(row_factory=scalar_row) as cursor:
        all_tables = cursor.execute(
            "select oid::regclass::text from pg_class where relnamespace = 'erp'::regnamespace"
            " and relkind in ('r', 'p') and not relispartition"
        ).fetchall()
        keys_of_all_companies = cursor.execute(
            "select i.indexrelid::regclass::text from pg_index as i"
            " inner join pg_class as c on c.oid = i.indrelid"
            " inner join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]"
            " where c.relnamespace = 'erp'::regnamespace and i.indisunique and a.attname <> 'company_id'"
        ).fetchall()
        of_a_server = cursor.execute(
            "select format('%s.%s', attrelid::regclass, attname) from pg_attribute"
            " inner join pg_class as c on c.oid = attrelid"
            " where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and attnum > 0"
            " and (atttypid::regtype::text ~ '^(oid|reg|xid|tid|cid|pg_|txid)')"
        ).fetchall()
    assert {table.name for table in tables_of(factories.north)} == set(all_tables)
    assert keys_of_all_companies == ["erp.company_code_key"]
    assert of_a_server == ["erp.run_place_counter.numbered_by"]  # told as null


def test_a_company_that_moved_answers_as_before_and_nobody_else_notices(
    traveller: Traveller, anna: psycopg.Connection[Any]
) -> None:
    factories, company_id, source = traveller.factories, traveller.company_id, traveller.here
    target = traveller.elsewhere
    key, released, launched = uuid.uuid4(), traveller.order(), traveller.order()
    answer = anna.execute(RELEASE, [company_id, [released], key]).fetchall()
    anna.execute(FEED, [company_id, 0])
    feed = anna.execute(FEED, [company_id, 0]).fetchall()
    stay, finished, met, done = factories.south, Event(), [], {}
    stays = stay.world.order(quantity=10, materials={"SCREW": 4})
    to_release = [traveller.order() for _ in range(10)]

    def work_elsewhere() -> None:
        with factories.session() as neighbour:
            while not finished.is_set():
                met.append(neighbour.execute(PREVIEW, [stay.company_id, [stays]]).fetchall())

    def work_on() -> None:
        with factories.session() as clerk:
            for order in to_release:
                done[order] = uuid.uuid4()
                while True:
                    try:
                        clerk.execute(RELEASE, [company_id, [order], done[order]])
                        break
                    except pg.SerializationFailure as error:
                        assert "just being moved to another shard" in str(error)  # noqa: PT017

    workers = [Thread(target=work_elsewhere), Thread(target=work_on)]
    for worker in workers:
        worker.start()
    try:
        report = traveller.move(target)
    finally:
        finished.set()
        for worker in workers:
            worker.join()
    assert (report.outcome, traveller.home, traveller.in_force()) == ("moved", target, [target])
    assert met
    assert all(rows == [("released",)] for rows in met)
    # what was done while it moved was done once
    runs = traveller.here.connection.execute(
        "select request_key, count(*) from erp.run where company_id = %s and request_key = any(%s) group by 1",
        [company_id, list(done.values())],
    ).fetchall()
    assert dict(runs) == dict.fromkeys(done.values(), 1)

    assert anna.execute(RELEASE, [company_id, [released], key]).fetchall() == answer
    assert anna.execute(FEED, [company_id, 0]).fetchall()[: len(feed)] == feed
    after = anna.execute(FEED, [company_id, feed[-1].place]).fetchall()
    assert [row.place for row in after] == list(range(feed[-1].place + 1, feed[-1].place + 1 + len(after)))
    assert anna.execute(RESTORE, [company_id, [released]]).fetchall() == [("restored",)]
    assert anna.execute(RELEASE, [company_id, [launched, *to_release], None]).fetchall()[0].outcome == "released"
    assert anna.execute("select * from erp_api.check_integrity(%s)", [company_id]).fetchall() == []
    codes = [row.company_code for row in anna.execute("select company_code from erp_api.list_companies()")]
    assert codes.count("TRAVELLER") == 1

    # the copy: nobody reads it, nobody writes to it, and it goes when it is told to
    with psycopg.connect(source.server.dsn(user="anna")) as at_the_source, pytest.raises(NotAMember):
        at_the_source.execute(PREVIEW, [company_id, [launched]])
    assert [one.remarks for one in cluster.status(factories.proxy.dsn()) if one.remarks] == [
        (
            f"a copy of company {company_id}, which moved to {target}, is left: rilascio cluster move {company_id}"
            f" {target} --remove",
        )
    ]
    traveller.remove()
    assert {one.rows for one in everything(source, company_id).values()} == {0}
    assert all(one.current for one in cluster.status(factories.proxy.dsn()))


def test_every_row_and_every_id_is_the_same_after_a_move(traveller: Traveller, anna: psycopg.Connection[Any]) -> None:
    company_id, source, target = traveller.company_id, traveller.here, traveller.elsewhere
    anna.execute(RELEASE, [company_id, [traveller.order(), traveller.order()], uuid.uuid4()])
    for _ in range(2):
        anna.execute(FEED, [company_id, 0])
    drawn = "select sequencename, last_value from pg_sequences where schemaname = 'erp' and last_value is not null"
    grids, rows = shown(anna, company_id), everything(source, company_id)
    ids = dict(source.connection.execute(drawn).fetchall())
    traveller.move(target)
    assert everything(traveller.here, company_id) == rows == everything(source, company_id)
    assert shown(anna, company_id) == grids
    goes_on = dict(traveller.here.connection.execute(drawn).fetchall())
    assert [name for name, last in ids.items() if name != "company_company_id_seq" and goes_on[name] < last] == []
    assert set(grids) > {"erp_api.release_grid", "erp_api.run_history", "erp_data.production_order"}
    traveller.remove()


def test_rows_at_the_ends_of_chunks_that_change_while_they_are_copied_are_the_same_after_a_move(
    traveller: Traveller,
) -> None:
    """Rows are compared by chunks of 64 ids: some of a chunk change, all of one go, and all of one are new."""
    company_id, source = traveller.company_id, traveller.here
    add = "insert into erp.item (company_id, item_code) select %s, 'ROW' || s from generate_series(%s::int, %s) as s"
    source.connection.execute(add, [company_id, 1, 200])

    def change() -> None:
        last = "(select max(item_id) / 64 from erp.item where item_code = 'ROW200')"
        rows = "company_id = %s and item_code like 'ROW%%' and item_id"
        source.connection.execute(f"delete from erp.item where {rows} / 64 = {last} - 1".encode(), [company_id])
        changed = f"update erp.item set description = 'edge' where {rows} %% 64 in (0, 63)"
        assert source.connection.execute(changed.encode(), [company_id]).rowcount in (3, 4, 5)
        source.connection.execute(add, [company_id, 201, 330])

    traveller.move(traveller.elsewhere, progress=at_step("Gathering", change))
    items = "select i::text from erp.item as i where company_id = %s order by item_id"
    here, there = (one.connection.execute(items, [company_id]).fetchall() for one in (source, traveller.here))
    assert (here == there, len(there) > 200) == (True, True)
    traveller.remove()


# --- where it is cut off ---------------------------------------------------------------------------------------------


def cut_off(traveller: Traveller) -> None:
    """End all sessions of the move, as when its machine loses its power."""
    for server in (traveller.factories.proxy, *(shard.server for shard in traveller.shards.values())):
        with psycopg.connect(server.dsn(), autocommit=True) as superuser:
            superuser.execute(
                "select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = %s",
                [APPLICATION],
            )


WORK_GOES_ON = ("erp.item", "Gathering", "Bringing")
CALLS_WAIT = ("Closing", "Opening", "Sending")
"""How a move says what it is about to do: before the company is closed at the source, and after."""


def test_a_move_that_is_cut_off_anywhere_goes_on_and_loses_nothing(
    traveller: Traveller, anna: psycopg.Connection[Any]
) -> None:
    company_id, source, target = traveller.company_id, traveller.here, traveller.elsewhere
    name, released = traveller.home, {}
    for step in (*WORK_GOES_ON, *CALLS_WAIT):
        if step not in CALLS_WAIT:
            order = traveller.order()
        with pytest.raises(HarnessError):
            traveller.move(target, progress=at_step(step, lambda: cut_off(traveller)))
        assert traveller.home == name
        assert traveller.in_force() == {"Opening": [], "Sending": [target]}.get(step, [name]), step
        if step in CALLS_WAIT:
            with pytest.raises(pg.SerializationFailure, match="just being moved to another shard"):
                anna.execute(RELEASE, [company_id, [order], uuid.uuid4()])
        else:
            released[order] = uuid.uuid4()
            assert anna.execute(RELEASE, [company_id, [order], released[order]]).fetchall()[0].outcome == "released"
    rows = everything(source, company_id)
    assert traveller.move(target).outcome == "moved"
    assert traveller.home == target
    assert everything(traveller.here, company_id) == rows
    for order, key in released.items():
        assert anna.execute(RELEASE, [company_id, [order], key]).fetchall()[0].outcome == "released"
    runs = traveller.here.connection.execute(
        "select count(*) from erp.run where company_id = %s and request_key = any(%s)",
        [company_id, list(released.values())],
    )
    assert runs.fetchone() == (len(released),)
    assert traveller.move(target).outcome == "unchanged"
    traveller.remove()


@pytest.mark.parametrize("step", ["erp.item", "Closing", "Opening"])
def test_a_move_that_was_cut_off_is_taken_back(traveller: Traveller, anna: psycopg.Connection[Any], step: str) -> None:
    company_id, name, target = traveller.company_id, traveller.home, traveller.elsewhere
    order = traveller.order()
    rows = everything(traveller.here, company_id)
    with pytest.raises(HarnessError):
        traveller.move(target, progress=at_step(step, lambda: cut_off(traveller)))
    undone = rilascio(traveller, "move", str(company_id), target, "--undo")
    assert (undone.exit_code, undone.stdout) == (0, f"Company {company_id} stays at {name}.\n")
    assert traveller.in_force() == [name]
    assert everything(traveller.here, company_id) == rows
    assert {one.rows for one in everything(traveller.shards[target], company_id).values()} == {0}
    assert anna.execute(PREVIEW, [company_id, [order]]).fetchall() == [("released",)]
    again = rilascio(traveller, "move", str(company_id), target, "--undo")
    assert (again.exit_code, again.stdout) == (0, f"Nothing to do: company {company_id} is at {name}.\n")


# --- who works meanwhile ---------------------------------------------------------------------------------------------


def test_whoever_writes_at_the_source_is_waited_for_or_sent_away(
    traveller: Traveller, anna: psycopg.Connection[Any]
) -> None:
    company_id, source, target = traveller.company_id, traveller.here, traveller.elsewhere
    made, keys = traveller.order(), [uuid.uuid4() for _ in range(3)]
    # a transaction with a call of the company, at the proxy or at the shard: the move waits, and then leaves all as is
    for key, server in zip(keys, (traveller.factories.proxy, source.server), strict=False):
        order = traveller.order()
        with psycopg.connect(server.dsn(user="anna")) as under_way:
            under_way.execute(RELEASE, [company_id, [order], key])
            with pytest.raises(HarnessError, match="The move waited too long for a lock"):
                traveller.move(target, lock_timeout="100ms")
        assert anna.execute(PREVIEW, [company_id, [made]]).fetchall() == [("released",)]

    # whoever comes while it moves
    late, by_hand = (Session(source.server.dsn(user=user)) for user in ("anna", "postgres"))
    sent: list[Any] = []

    def come() -> None:
        sent.append(late.send(RELEASE, [company_id, [made], keys[2]]))
        change = "update erp.production_order set quantity = 7 where production_order_id = %s returning 1"
        sent.append(by_hand.send(change, [made]))
        for session in (late, by_hand):
            wait_until_it_waits(source, session)

    traveller.move(target, progress=at_step("Bringing", come))
    for one in sent:
        with pytest.raises(pg.SerializationFailure, match="was moved to another database while the call waited"):
            one.result(30)
    late.close()
    by_hand.close()
    assert anna.execute(RELEASE, [company_id, [made], keys[2]]).fetchall()[0].outcome == "released"

    # whoever writes to the copy by hand is found
    source.connection.execute("update erp.item set description = 'by hand' where company_id = %s", [company_id])
    refused = rilascio(traveller, "move", str(company_id), target, "--remove")
    assert (refused.exit_code, refused.stderr.splitlines()[0]) == (
        1,
        f"Error: Somebody has changed the copy of company {company_id} at"
        f" {'north' if target == 'south' else 'south'}, in erp.item, since it was closed there.",
    )
    removed = rilascio(traveller, "move", str(company_id), target, "--remove", "--discard-changes")
    assert removed.exit_code == 0, removed.output
    assert "erp.item" not in [name for name, one in everything(source, company_id).items() if one.rows]


def wait_until_it_waits(shard: Shard, session: Session) -> None:
    for _ in range(3000):
        if shard.connection.execute(
            "select cardinality(pg_blocking_pids(%s)) > 0 from pg_sleep(0.01)", [session.connection.info.backend_pid]
        ).fetchone() == (True,):
            return
    pytest.fail("the session never waited")


def test_two_who_move_a_company_do_it_once(traveller: Traveller) -> None:
    target, heard, outcomes = traveller.elsewhere, Event(), []

    def second() -> None:
        outcomes.append(traveller.move(target, progress=lambda _: heard.set()).outcome)

    mover = Thread(target=second)

    def begin_second() -> None:
        mover.start()
        assert heard.wait(60)

    outcomes.append(traveller.move(target, progress=at_step("Bringing", begin_second)).outcome)
    mover.join()
    assert outcomes == ["moved", "unchanged"]
    traveller.remove()


# --- the command -----------------------------------------------------------------------------------------------------


def rilascio(traveller: Traveller, *arguments: str) -> Result:
    dsn = traveller.factories.proxy.dsn()
    return CliRunner().invoke(main, ["cluster", *arguments, "--dsn", dsn], prog_name="rilascio")


def test_a_dry_run_says_what_would_be_copied_and_changes_nothing(traveller: Traveller) -> None:
    company, home, target = str(traveller.company_id), traveller.home, traveller.elsewhere
    planned = rilascio(traveller, "move", company, target, "--dry-run", "--format", "json")
    report = json.loads(planned.stdout)
    assert (report["outcome"], report["source"], report["target"]) == ("planned", home, target)
    assert {table["name"]: table["rows"] > 0 and table["size"] > 0 for table in report["tables"]}["erp.stock_movement"]
    assert (traveller.home, everything(traveller.shards[target], traveller.company_id)["erp.company"].rows) == (home, 0)
    assert rilascio(traveller, "move", company, home).stdout == f"Nothing to do: company {company} is at {home}.\n"


def test_what_cannot_be_moved_is_refused_with_the_next_step(traveller: Traveller) -> None:
    company, target = str(traveller.company_id), traveller.elsewhere

    def refusal(*arguments: str) -> tuple[int, str]:
        result = rilascio(traveller, "move", *arguments)
        return result.exit_code, result.stderr

    assert refusal(company, "west") == (2, "Error: There is no shard west.\nHint: The shards are: north, south.\n")
    assert refusal("77", target)[0] == 2
    assert refusal(company, target, "--remove") == (1, f"Error: There is no copy of company {company} to be removed.\n")
    assert refusal(company, target, "--undo", "--remove")[0] == 2
    assert refusal(company, target, "--discard-changes")[0] == 2
    there = traveller.shards[target].connection
    (taken,) = there.execute("insert into erp.company (company_code) values ('TRAVELLER') returning 1").fetchone() or ()
    assert taken
    try:
        assert refusal(company, target)[1].startswith(
            f"Error: Shard {target} has another company with the code TRAVELLER"
        )
    finally:
        there.execute("delete from erp.company where company_code = 'TRAVELLER'")
    traveller.here.connection.execute("create role dora in role erp_operator")
    traveller.here.connection.execute("insert into erp.company_member values (%s, 'dora')", [traveller.company_id])
    code, said = refusal(company, target)
    assert (code, "lacks roles that are members of the company: dora" in said) == (1, True)
    cluster.refresh(traveller.factories.proxy.dsn())
