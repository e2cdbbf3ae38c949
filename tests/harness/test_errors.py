"""The registry of codes, and every database error in one sentence."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from rilascio.errors import (
    SQLSTATES,
    BadCall,
    CursorAhead,
    CursorArchived,
    HarnessError,
    NotAMember,
    RecordProtected,
    RequestKeyReused,
    SessionUnfit,
    describe_error,
)
from rilascio.testing import DatabaseServer


@pytest.fixture
def connection(rilascio_server: DatabaseServer) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(rilascio_server.dsn("postgres")) as connection:
        yield connection
        if not connection.closed:
            connection.rollback()


def raised(connection: psycopg.Connection[Any], statement: str) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as error:
        connection.execute(statement.encode())
    return error.value


@pytest.mark.parametrize("state", SQLSTATES, ids=lambda state: state.sqlstate)
def test_every_code_of_the_registry_arrives_as_its_exception(connection: psycopg.Connection[Any], state: Any) -> None:
    error = raised(connection, f"do $$ begin raise 'no' using errcode = '{state.sqlstate}'; end $$")
    assert type(error) is state.exception
    assert error.sqlstate == state.sqlstate
    assert describe_error(error).hint == state.what_to_do


def test_the_names_of_the_exceptions_are_those_of_the_registry() -> None:
    assert [s.exception for s in SQLSTATES] == [
        BadCall,
        SessionUnfit,
        RequestKeyReused,
        RecordProtected,
        CursorAhead,
        NotAMember,
        CursorArchived,
    ]
    assert issubclass(RequestKeyReused, psycopg.DatabaseError)
    assert issubclass(RecordProtected, psycopg.DatabaseError)


def test_the_hint_of_the_server_comes_before_ours(connection: psycopg.Connection[Any]) -> None:
    statement = "do $$ begin raise 'Nothing asked' using errcode = '22023', hint = 'Ask something.'; end $$"
    explained = describe_error(raised(connection, statement))
    assert (explained.message, explained.hint) == ("Nothing asked.", "Ask something.")


def test_a_broken_constraint_is_named(connection: psycopg.Connection[Any]) -> None:
    connection.execute("create temporary table t (a integer constraint a_positive check (a > 0))")
    assert "a_positive" in describe_error(raised(connection, "insert into t values (-1)")).message

    connection.execute("rollback")
    statement = "do $$ begin raise check_violation using message = 'No.', constraint = 'a_rule'; end $$"
    assert describe_error(raised(connection, statement)).message == "No (constraint a_rule)."


def test_a_missing_privilege_of_the_database_is_not_taken_for_a_missing_membership(
    connection: psycopg.Connection[Any],
) -> None:
    connection.execute("create role test_errors_nobody")
    connection.execute("set local role test_errors_nobody")
    explained = describe_error(raised(connection, "select * from pg_authid"))
    assert explained.message == "permission denied for table pg_authid."
    assert str(explained.hint).startswith("Connect as a role that has the privilege: erp_operator for most, erp_writer")


def test_an_undeployed_database_is_told_how_to_get_there(connection: psycopg.Connection[Any]) -> None:
    explained = describe_error(raised(connection, "select * from no_such_schema.release_grid"))
    assert explained.hint is not None
    assert "rilascio deploy" in explained.hint


def test_a_refused_connection_names_its_cause(rilascio_server: DatabaseServer) -> None:
    with pytest.raises(psycopg.OperationalError) as error:
        psycopg.connect(rilascio_server.dsn("nowhere"))
    explained = describe_error(error.value)
    assert explained.message == 'The server refuses the connection: database "nowhere" does not exist.'


def test_a_malformed_url_is_told_how_to_write_one() -> None:
    with pytest.raises(psycopg.ProgrammingError) as error:
        psycopg.connect("garbage here")
    assert "postgresql://user@host/database" in str(describe_error(error.value).hint)


def test_a_server_that_cannot_be_reached_is_one_sentence() -> None:
    with pytest.raises(psycopg.OperationalError) as error:
        psycopg.connect("host=/nowhere")
    explained = describe_error(error.value)
    assert explained.message.startswith("The database cannot be reached: ")
    assert explained.message.endswith("No such file or directory.")
    assert "\n" not in explained.message


def test_a_connection_that_broke_off_is_not_called_out_of_reach(connection: psycopg.Connection[Any]) -> None:
    with socket.socket(fileno=os.dup(connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)
    with pytest.raises(psycopg.OperationalError) as error:
        connection.execute("select 1")
    explained = describe_error(error.value)
    assert explained.message == "The connection to the server broke off: server closed the connection unexpectedly."
    with pytest.raises(psycopg.OperationalError) as error:
        connection.execute("select 1")
    assert describe_error(error.value).message == "The connection to the server broke off: the connection is closed."
    connection.close()


def test_sentence_and_hint_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    HarnessError("It failed.", "Try again.").show()
    HarnessError("It failed again.").show()
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "Error: It failed.\nHint: Try again.\nError: It failed again.\n"
    assert HarnessError("x").exit_code == 1
    assert HarnessError("x", exit_code=2).exit_code == 2
