"""What only reads runs on a standby and answers as the primary does; what writes says that it cannot."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql
from psycopg.errors import ReadOnlySqlTransaction

from harness.dev.docs.examples import SESSION, answer_to, operator_role, scripts, statements_of
from rilascio import postgres
from rilascio.cli import main
from rilascio.deployment import deploy
from rilascio.folders import demo_folder
from rilascio.loading import load
from rilascio.postgres.account import choose_account, run
from rilascio.postgres.process import kill

EXAMPLES = scripts(Path(__file__).parents[2] / "docs" / "examples")


@dataclass
class Pair:
    """A server, a streaming replica of it, and a role that acts at either."""

    primary: postgres.Server
    standby: postgres.Server
    role: str
    writing: frozenset[str]
    """The functions of erp_api that write."""

    def catch_up(self) -> None:
        """Return as soon as the standby has replayed what the primary has committed."""
        with psycopg.connect(self.primary.dsn()) as connection:
            row = connection.execute("select pg_current_wal_flush_lsn()").fetchone()
        assert row
        deadline = monotonic() + 60
        with psycopg.connect(self.standby.dsn(), autocommit=True) as connection:
            while connection.execute("select pg_last_wal_replay_lsn() >= %s", row).fetchone() != (True,):
                assert monotonic() < deadline, "the standby does not follow"
                connection.execute("select pg_sleep(0.01)")

    def connect(self, server: postgres.Server) -> psycopg.Connection:
        connection = psycopg.connect(server.dsn(), autocommit=True)
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(self.role)))
        return connection


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    streaming = {"wal_level": "replica", "max_wal_senders": "4", "synchronous_commit": "on"}
    with postgres.throwaway(settings=streaming) as primary:
        deploy(primary.dsn())
        load(primary.dsn(), demo_folder())
        with operator_role(primary.dsn()) as role, postgres.throwaway(settings={"hot_standby": "on"}) as empty:
            standby = follow(primary, empty)
            with psycopg.connect(primary.dsn()) as connection:
                writing = connection.execute(
                    "select proname from pg_proc where pronamespace = 'erp_api'::regnamespace and provolatile = 'v'"
                ).fetchall()
            pair = Pair(primary, standby, role, frozenset(name for (name,) in writing))
            pair.catch_up()
            yield pair


def follow(primary: postgres.Server, empty: postgres.Server) -> postgres.Server:
    """Let a server begin again on a copy of another one's data, which it follows from then on."""
    kill(empty)
    shutil.rmtree(empty.folder / "data")
    copy = [primary.bindir / "pg_basebackup", f"--dbname={primary.dsn()}", f"--pgdata={empty.folder / 'data'}"]
    done = run([*copy, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"], choose_account(), empty.folder)
    assert done.returncode == 0, done.stdout
    with (empty.folder / "data" / "postgresql.conf").open("a") as settings:
        settings.write(f"unix_socket_directories = '{empty.folder}'\n")
    return postgres.restart(empty)


def called(statement: str) -> set[str]:
    """Return the names of erp_api that a statement calls."""
    return set(re.findall(r"\berp_api\.(\w+)\s*\(", statement))


def test_each_example_answers_as_at_the_primary_or_says_that_it_would_write(pair: Pair) -> None:
    answered = [name for name, script in EXAMPLES.items() if answers_alike(pair, script)]
    assert len(EXAMPLES) > len(answered) > 10


def answers_alike(pair: Pair, script: str) -> bool:
    """Run a script at both, to the first error, which must be the same at both, or the first call that would write,
    which must be refused; return whether it came to its end."""
    with (
        pair.connect(pair.primary) as there,
        pair.connect(pair.standby) as here,
        there.transaction(force_rollback=True),
        here.transaction(force_rollback=True),
    ):
        for connection in (there, here):
            connection.execute(SESSION)
        for statement in statements_of(script):
            try:
                expected = answer_to(there, statement)
            except psycopg.Error as error:  # a bad call is one here too
                with pytest.raises(type(error), match=re.escape(error.diag.message_primary or "")):
                    here.execute(statement.encode())
                return False
            if called(statement) & pair.writing:
                with pytest.raises(ReadOnlySqlTransaction):
                    here.execute(statement.encode())
                return False
            assert answer_to(here, statement) == expected
        return True


def test_a_function_is_stable_exactly_if_it_runs_on_a_standby(pair: Pair) -> None:
    """The examples call all functions, so the test above tells of each."""
    in_examples = {name for script in EXAMPLES.values() for name in called(script)}
    with psycopg.connect(pair.primary.dsn()) as connection:
        functions = connection.execute("select proname from pg_proc where pronamespace = 'erp_api'::regnamespace")
        assert {name for (name,) in functions} - in_examples == set()


def test_what_the_primary_releases_the_standby_shows_and_previews(pair: Pair) -> None:
    grid = "select order_id from erp_api.release_grid where company_id = 1 order by order_id"
    with pair.connect(pair.primary) as there, pair.connect(pair.standby) as here:
        before = here.execute(grid).fetchall()
        released = there.execute("select outcome from erp_api.release_production_orders(1, array[26])").fetchall()
        assert released == [("released",)]
        there.execute("select from erp_api.next_runs(1)").fetchall()
        places = (
            "select run_id, kind, place from erp_api.run_history where company_id = 1 and place is not null order by 1"
        )
        pair.catch_up()
        assert here.execute(grid).fetchall() == [row for row in before if row != (26,)]
        preview = "select * from erp_api.preview_restore(1, array[26])"
        assert here.execute(preview).fetchall() == there.execute(preview).fetchall()
        assert here.execute(places).fetchall() == there.execute(places).fetchall()
        there.execute("select from erp_api.restore_production_orders(1, array[26])")
        pair.catch_up()
        assert here.execute(grid).fetchall() == before


def test_commands_that_only_read_run_on_a_standby(pair: Pair) -> None:
    with psycopg.connect(pair.primary.dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL("alter role {} login").format(sql.Identifier(pair.role)))
    pair.catch_up()
    for command in (["status"], ["check"], ["doctor"], ["grid", "release"], ["preview", "2026/24"]):
        user = None if command == ["status"] else pair.role
        there, here = (
            CliRunner().invoke(main, [*command, "--dsn", server.dsn(user=user)])
            for server in (pair.primary, pair.standby)
        )
        assert (here.exit_code, here.output) == (there.exit_code, there.output)
        assert here.exit_code in (0, 3), "3: errors were found"
        assert here.output


def test_a_command_that_writes_says_that_the_database_only_reads(pair: Pair) -> None:
    result = CliRunner().invoke(main, ["release", "2026/24", "--dsn", pair.standby.dsn(user=pair.role)])
    assert result.exit_code == 1
    assert "read-only" in result.output
