"""Companies on two servers behind a proxy: calls, membership, repeated calls, a shard that is down, deployment."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg import errors as pg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import namedtuple_row

from harness.dev.bench.shards import added_by_proxy, launched_of, speed
from rilascio import cluster, postgres
from rilascio.cli import main
from rilascio.cluster.functions import functions_of
from rilascio.cluster.views import make_views, views_of
from rilascio.errors import HarnessError, NotAMember, RequestKeyReused
from rilascio.postgres.account import choose_account
from rilascio.postgres.process import kill, launch
from rilascio.testing import build_world
from tests.cluster.conftest import Cluster, Shard
from tests.sessions import Session

RELEASE = "select * from erp_api.release_production_orders(%s, %s, p_request_key => %s)"
GRID = "select order_id from erp_api.release_grid where company_id = %s"
PREVIEW = "select outcome from erp_api.preview_release(%s, %s)"


@pytest.fixture
def anna(factories: Cluster) -> Iterator[psycopg.Connection[Any]]:
    with factories.session() as connection:
        connection.row_factory = namedtuple_row
        yield connection


def an_order(shard: Shard) -> int:
    return shard.world.order(quantity=10, materials={"SCREW": 4})


def run_count(shard: Shard, key: uuid.UUID) -> int:
    (count,) = shard.connection.execute("select count(*) from erp.run where request_key = %s", [key]).fetchone() or ()
    return int(count)


def rilascio(factories: Cluster, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--dsn", factories.proxy.dsn()], prog_name="rilascio")


# --- calls -----------------------------------------------------------------------------------------------------------


def test_the_proxy_has_the_functions_of_the_shards_with_their_arguments_answers_words_and_callers(
    factories: Cluster,
) -> None:
    with psycopg.connect(factories.proxy.dsn()) as proxy:
        here = functions_of(proxy)
    there = functions_of(factories.north.connection)
    assert [(one.signature, one.description, one.grantees) for one in here] == [
        (one.signature, one.description, one.grantees) for one in there
    ]


def test_a_call_runs_at_the_shard_of_its_company_as_the_role_that_calls(
    factories: Cluster, anna: psycopg.Connection[Any]
) -> None:
    for shard in (factories.north, factories.south):
        anna.execute("select set_config('erp.actor', %s, false)", [f"clerk of {shard.company_id}"])
        key, order = uuid.uuid4(), an_order(shard)
        (answer,) = anna.execute(RELEASE, [shard.company_id, [order], key]).fetchall()
        assert (answer.outcome, answer.movement_count) == ("released", 1)
        runs = shard.connection.execute(
            "select company_id, session_role, actor from erp.run where request_key = %s", [key]
        )
        assert runs.fetchall() == [(shard.company_id, "anna", f"clerk of {shard.company_id}")]
    assert anna.execute("select company_code from erp_api.list_companies() order by 1").fetchall() == [
        ("NORTH",),
        ("SOUTH",),
    ]


def test_R63_messages_come_in_the_language_of_the_session_at_the_proxy(
    factories: Cluster, anna: psycopg.Connection[Any]
) -> None:
    def message() -> str:
        (row,) = anna.execute(
            "select reasons -> 0 ->> 'message' as message from erp_api.preview_release(%s, array[0])",
            [factories.north.company_id],
        ).fetchall()
        return str(row.message)

    english = message()
    anna.execute("set erp.language = 'it'")
    assert (english, message()) == ("Order 0 does not exist.", "L'ordine 0 non esiste.")
    anna.execute("reset erp.language")
    assert message() == english


def test_an_error_of_a_shard_comes_as_the_shard_raised_it(factories: Cluster, anna: psycopg.Connection[Any]) -> None:
    key, orders = uuid.uuid4(), [an_order(factories.north), an_order(factories.north)]
    anna.execute(RELEASE, [factories.north.company_id, orders[:1], key])
    raised = []
    with psycopg.connect(factories.north.server.dsn(user="anna")) as shard:
        for connection in (anna, shard):
            with pytest.raises(RequestKeyReused) as caught:
                connection.execute(RELEASE, [factories.north.company_id, orders[1:], key])
            raised.append((caught.value.diag.message_primary, caught.value.diag.message_hint))
    assert raised[0] == raised[1]


def test_a_function_that_holds_for_its_callers_transaction_says_that_the_proxy_cannot(factories: Cluster) -> None:
    with (
        psycopg.connect(factories.proxy.dsn()) as superuser,
        pytest.raises(pg.FeatureNotSupported, match="transaction"),
    ):
        superuser.execute("select erp_api.claim_configuration(%s)", [factories.north.company_id])


def test_R75_the_feed_of_a_company_comes_from_its_shard(factories: Cluster, anna: psycopg.Connection[Any]) -> None:
    key = uuid.uuid4()
    anna.execute(RELEASE, [factories.south.company_id, [an_order(factories.south)], key])
    feed = "select request_key from erp_api.next_runs(%s)"
    for shard in (factories.north, factories.south):
        anna.execute(feed, [shard.company_id])  # the call after which runs have places
    places = {
        shard.company_id: anna.execute(feed, [shard.company_id]).fetchall()
        for shard in (factories.north, factories.south)
    }
    assert (key,) in places[factories.south.company_id]
    assert (key,) not in places[factories.north.company_id]


# --- who may ---------------------------------------------------------------------------------------------------------


def test_membership_is_judged_at_the_shard_by_the_role_that_logged_in(factories: Cluster) -> None:
    for shard in (factories.north, factories.south):
        shard.connection.execute("create role bruno login in role erp_operator")
    south = factories.south
    south.connection.execute("insert into erp.company_member values (%s, 'bruno')", [south.company_id])
    cluster.refresh(factories.proxy.dsn())
    order = an_order(south)
    with factories.session("bruno") as bruno:
        assert bruno.execute(PREVIEW, [south.company_id, [order]]).fetchall() == [("released",)]
        with pytest.raises(NotAMember, match="role bruno is not a member"):
            bruno.execute(PREVIEW, [factories.north.company_id, [order]])
        with pytest.raises(NotAMember, match="Company 77 is unknown, or role bruno"):
            bruno.execute(PREVIEW, [77, [order]])
        south.connection.execute("delete from erp.company_member where member_role = 'bruno'")
        with pytest.raises(NotAMember):
            bruno.execute(PREVIEW, [south.company_id, [order]])


def test_a_role_that_is_set_does_not_get_to_a_shard_as_somebody_else(
    factories: Cluster, anna: psycopg.Connection[Any]
) -> None:
    anna.execute("set role erp_operator")
    with pytest.raises(pg.ConnectionFailure, match='role "erp_operator" is not permitted to log in'):
        anna.execute(PREVIEW, [factories.north.company_id, [1]])


def test_whoever_may_not_call_at_the_shards_may_not_at_the_proxy(factories: Cluster) -> None:
    with psycopg.connect(factories.proxy.dsn(), autocommit=True) as superuser:
        superuser.execute("create role stranger login")
        superuser.execute("create role rita login in role erp_reader")
    cluster.refresh(factories.proxy.dsn())
    for role in ("stranger", "rita"):
        with factories.session(role) as connection, pytest.raises(pg.InsufficientPrivilege):
            connection.execute(RELEASE, [factories.north.company_id, [1], None])


# --- what breaks -----------------------------------------------------------------------------------------------------


def test_R60_a_call_that_was_cut_off_is_repeated_by_its_request_key(factories: Cluster) -> None:
    north, key = factories.north, uuid.uuid4()
    order = an_order(north)
    call = [north.company_id, [order], key]
    with psycopg.connect(north.server.dsn()) as holder:
        holder.execute("select from erp.production_order where production_order_id = %s for update", [order])
        cut_off = Session(factories.proxy.dsn(user="anna"))
        sent = cut_off.send(RELEASE, call)
        wait_until_somebody_waits(north.connection)
        with psycopg.connect(factories.proxy.dsn()) as superuser:
            superuser.execute("select pg_terminate_backend(%s)", [cut_off.connection.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            sent.result(30)
        cut_off.close()
    with factories.session() as anna:
        answers = [anna.execute(RELEASE, call).fetchall() for _ in range(2)]
    assert answers[0] == answers[1]
    assert run_count(north, key) == 1


def wait_until_somebody_waits(observer: psycopg.Connection[Any]) -> None:
    for _ in range(3000):
        if observer.execute(
            "select exists (select from pg_locks where not granted) from pg_sleep(0.01)"
        ).fetchone() == (True,):
            return
    pytest.fail("the call never came to the lock")


@contextmanager
def down(shard: Shard) -> Iterator[None]:
    shard.connection.execute("checkpoint")  # such a server commits without waiting for its disk
    kill(shard.server)
    try:
        yield
    finally:
        launch(shard.server, choose_account(), keep=False)
        shard.connection = psycopg.connect(shard.server.dsn(), autocommit=True)
        shard.world.connection = shard.connection


def test_a_shard_that_is_down_fails_its_companies_only(factories: Cluster, anna: psycopg.Connection[Any]) -> None:
    north, south = factories.north, factories.south
    orders = {shard.company_id: [an_order(shard)] for shard in (north, south)}
    for company, ids in orders.items():
        anna.execute(PREVIEW, [company, ids])
    with down(south):
        for _ in range(2):  # a connection that broke, and one that is not to be had
            with pytest.raises(pg.ConnectionFailure, match="Shard south cannot be reached by role anna"):
                anna.execute(PREVIEW, [south.company_id, orders[south.company_id]])
            assert anna.execute(PREVIEW, [north.company_id, orders[north.company_id]]).fetchall() == [("released",)]
            with pytest.raises(psycopg.OperationalError, match="views of south"):
                anna.execute(GRID, [south.company_id])
            assert orders[north.company_id][0] in [row.order_id for row in anna.execute(GRID, [north.company_id])]
        result = rilascio(factories, "cluster", "status", "--format", "json")
        assert {one["shard"]: one["state"] for one in json.loads(result.stdout)} == {
            "north": "current",
            "south": "unreachable",
        }
        assert result.exit_code == 3
    assert anna.execute(PREVIEW, [south.company_id, orders[south.company_id]]).fetchall() == [("released",)]


# --- the commands ----------------------------------------------------------------------------------------------------


def test_status_tells_what_the_proxy_does_not_know_yet_and_refresh_takes_it_in(factories: Cluster) -> None:
    south = factories.south
    south.connection.execute("create role carla login in role erp_releaser")
    company = build_world(south.connection, "NEWCOMER", members=["carla", "erp_writer"]).company_id
    told = rilascio(factories, "cluster", "status")
    assert told.exit_code == 3
    assert f"south: companies that the directory does not have: {company}\n" in told.stdout
    assert "south: role carla is missing at the proxy\n" in told.stdout
    refreshed = rilascio(factories, "cluster", "refresh")
    assert f"Shard south: taken into the directory: {company}.\n" in refreshed.stdout
    assert "  carla at the proxy\n  carla at north\n" in refreshed.stdout
    assert rilascio(factories, "cluster", "status").exit_code == 0
    with factories.session("carla") as carla:
        assert carla.execute("select count(*) from erp_api.next_runs(%s)", [company]).fetchone() is not None


def test_shards_number_their_companies_apart(factories: Cluster) -> None:
    assert factories.north.company_id < 1000 < factories.south.company_id


def test_adding_a_shard_again_changes_nothing_and_another_database_of_its_name_is_refused(factories: Cluster) -> None:
    dsn, north = factories.proxy.dsn(), factories.north.server
    report = cluster.add(dsn, "north", north.dsn())
    assert (report.roles, report.companies) == ([], {})
    with pytest.raises(HarnessError, match="Shard north is another database"):
        cluster.add(dsn, "north", north.dsn("template1"))
    with pytest.raises(HarnessError, match="holds no rilascio"):
        cluster.add(dsn, "west", north.dsn("template1"))
    with pytest.raises(HarnessError, match="Shard west and shard north both have a company"):
        cluster.add(dsn, "west", postgres.url(f"{north.host}/", north.port, "postgres", north.user))
    assert [one.shard for one in cluster.status(dsn)] == ["north", "south"]


def test_a_proxy_is_made_once_and_not_where_rilascio_is(factories: Cluster) -> None:
    assert cluster.init(factories.proxy.dsn()) is False
    with pytest.raises(HarnessError, match="schemas of our names"):
        cluster.init(factories.north.server.dsn())
    with pytest.raises(HarnessError, match="no proxy"):
        cluster.refresh(factories.north.server.dsn())


def test_shards_are_deployed_one_after_the_other_while_clients_work(factories: Cluster) -> None:
    for shard in (factories.north, factories.south):
        shard.connection.execute("drop function erp_api.order_feasibility")
    cluster.refresh(factories.proxy.dsn())
    order, finished, outcomes = an_order(factories.north), Event(), []

    def work() -> None:
        with factories.session() as anna:
            while not finished.is_set():
                with suppress(pg.SerializationFailure):  # on its way while another release came: sent again
                    outcomes.append(anna.execute(PREVIEW, [factories.north.company_id, [order]]).fetchall())

    client = Thread(target=work)
    client.start()
    try:
        result = rilascio(factories, "cluster", "deploy")
    finally:
        finished.set()
        client.join()
    assert result.exit_code == 0, result.output
    assert len(outcomes) > 1
    assert all(rows == [("released",)] for rows in outcomes)
    with factories.session() as anna:
        rows = anna.execute(
            "select feasibility from erp_api.order_feasibility(%s, %s)", [factories.north.company_id, [order]]
        )
        assert rows.fetchall() == [("all",)]


def test_a_deployment_that_a_shard_refuses_tells_why_and_what_is_left(
    factories: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(dsn: str, **_: object) -> None:
        if conninfo_to_dict(dsn)["port"] == conninfo_to_dict(factories.south.server.dsn())["port"]:
            raise HarnessError("It is busy.", "Wait.")

    monkeypatch.setattr("rilascio.deployment.deploy", refuse)
    with pytest.raises(HarnessError) as refused:
        cluster.deploy(factories.proxy.dsn())
    assert (refused.value.message, refused.value.hint) == (
        "Shard south: It is busy.",
        "Wait. Still to be deployed: south. Run it again.",
    )


def test_the_proxy_calls_a_shard_of_a_newer_release_as_before(
    factories: Cluster, anna: psycopg.Connection[Any]
) -> None:
    north = factories.north.connection
    order = an_order(factories.north)
    (label,) = north.execute(
        "select order_year || '/' || order_number from erp.production_order where production_order_id = %s", [order]
    ).fetchone() or ("",)
    asked = "select * from erp_api.order_ids(%s, %s)", [factories.north.company_id, [label]]
    before = anna.execute(*asked).fetchall()
    north.execute("alter function erp_api.order_ids rename to order_ids_before")
    north.execute(
        "create function erp_api.order_ids(p_company_id integer, p_orders text[], p_more boolean default true)"
        " returns table (ordinal integer, order_label text, order_id bigint, more boolean) language sql"
        " as $$ select o.*, p_more from erp_api.order_ids_before(p_company_id, p_orders) as o $$"
    )
    try:
        with psycopg.connect(factories.north.server.dsn(user="anna")) as at_the_shard:
            assert at_the_shard.execute(*asked).fetchall() == [(*row, True) for row in before]
        assert anna.execute(*asked).fetchall() == before
        assert "north: its functions are not those of the proxy" in rilascio(factories, "cluster", "status").stdout
        with pytest.raises(HarnessError, match="Shard south has other functions than north"):
            cluster.refresh(factories.proxy.dsn())
    finally:
        north.execute("drop function erp_api.order_ids")
        north.execute("alter function erp_api.order_ids_before rename to order_ids")


# --- grids -----------------------------------------------------------------------------------------------------------


def test_the_proxy_has_the_views_of_the_shards_with_their_columns_words_and_readers(factories: Cluster) -> None:
    with psycopg.connect(factories.proxy.dsn()) as proxy:
        here = views_of(proxy)
    assert here == views_of(factories.north.connection)


def test_R1_a_grid_at_the_proxy_shows_what_the_role_may_see_at_the_shards(
    factories: Cluster, anna: psycopg.Connection[Any]
) -> None:
    orders = {(shard.company_id, an_order(shard)) for shard in (factories.north, factories.south)}
    seen = anna.execute("select company_id, order_id from erp_api.release_grid").fetchall()
    assert orders <= set(seen)
    assert {company for company, _ in seen} == {factories.north.company_id, factories.south.company_id}
    with psycopg.connect(factories.proxy.dsn(), autocommit=True) as superuser:
        superuser.execute("create role olga login in role erp_operator")
    cluster.refresh(factories.proxy.dsn())
    with factories.session("olga") as olga:  # a member of no company
        assert olga.execute("select from erp_api.release_grid").fetchall() == []
    with factories.session() as other:
        other.execute("set role erp_operator")
        with pytest.raises(pg.UndefinedObject, match="user mapping not found"):
            other.execute("select from erp_api.release_grid")


def test_R42_a_page_of_a_company_is_read_at_its_shard_in_order(
    factories: Cluster, anna: psycopg.Connection[Any]
) -> None:
    page = (
        "select * from erp_api.release_grid where company_id = %s and item_code ~~ 'P%%'"
        " order by order_year, order_number, order_lot limit 10"
    )
    rows = anna.execute(f"explain (verbose) {page}".encode(), [factories.south.company_id]).fetchall()
    plan = "\n".join(line for (line,) in rows)
    assert plan.count("Foreign Scan") == 1
    assert 'Foreign Scan on erp_shard."release_grid of south ' in plan
    assert "item_code ~~ 'P%'" in plan.partition("Remote SQL: ")[2]
    assert " ORDER BY order_year ASC NULLS LAST, order_number" in plan.partition("Remote SQL: ")[2]


def test_a_view_of_a_shard_with_thousands_of_companies_is_in_several_parts(factories: Cluster) -> None:
    north = factories.north
    grid = [view for view in views_of(north.connection) if view.name == "release_grid"]
    companies = {"north": [north.company_id, *range(100_000, 102_000)], "south": [factories.south.company_id]}
    with psycopg.connect(factories.proxy.dsn()) as proxy:
        make_views(proxy, grid, companies)
        plan = proxy.execute("explain select order_id from erp_api.release_grid where company_id = 101700").fetchall()
        proxy.rollback()
    assert 'Foreign Scan on "release_grid of north 203"' in plan[0][0]


def test_the_benchmark_of_the_proxy_measures_every_call_and_leaves_the_orders_launched(
    factories: Cluster, anna: psycopg.Connection[Any]
) -> None:
    world = build_world(factories.north.connection, "MEASURED", members=["anna", "erp_writer"])
    world.stock("SCREW", 100)
    orders = [world.order(quantity=1, materials={"SCREW": 1}) for _ in range(2)]
    cluster.refresh(factories.proxy.dsn())
    with psycopg.connect(factories.north.server.dsn(user="anna"), autocommit=True) as direct:
        lines = added_by_proxy(direct, anna, world, 2)
    assert [line.measured for line in lines if not (line.value and line.against)] == []
    assert speed([factories.proxy.dsn(user="anna")], [world], 1, 1) > 0
    assert launched_of(world) == orders


def test_nobody_maps_itself_to_another_role_at_a_shard(factories: Cluster, anna: psycopg.Connection[Any]) -> None:
    with pytest.raises(pg.InsufficientPrivilege, match="permission denied for foreign server"):
        anna.execute("alter user mapping for anna server \"views of north\" options (set user 'postgres')")
    with pytest.raises(pg.InsufficientPrivilege):
        anna.execute("update erp_cluster.shard set connection = connection || ' user=postgres'")


def test_the_commands_work_at_the_proxy_too(factories: Cluster) -> None:
    order = an_order(factories.south)
    (number,) = (
        factories.south.connection.execute(
            "select order_year || '/' || order_number from erp.production_order where production_order_id = %s", [order]
        ).fetchone()
        or ()
    )
    dsn = factories.proxy.dsn(user="anna")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--company", "SOUTH", "--dsn", dsn], prog_name="rilascio")

    assert number in run("grid", "release", "--format", "csv").stdout.replace(",", "/")
    released = run("release", number)
    assert (released.exit_code, "released" in released.stdout) == (0, True), released.output
    assert run("check").exit_code == 0
    assert run("doctor").exit_code == 0
    assert "Nobody waits." in CliRunner().invoke(main, ["locks", "--dsn", dsn]).stdout
