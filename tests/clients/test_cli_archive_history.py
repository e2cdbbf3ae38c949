"""rilascio archive-history: old runs are in the file before they are out of the database, each once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from rilascio.archive import ArchiveFile, archive
from rilascio.cli import main
from rilascio.orders import find_company
from rilascio.sessions import open_session
from tests.factory import Factory, needs

BEFORE = ["--before", "2021-01-01"]


def rilascio(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="rilascio")


@pytest.fixture
def archivist(rilascio_database: str, rilascio_login: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Give a company with a history of the year 2020, of which all but a release can go; log in to archive it."""
    with psycopg.connect(rilascio_database) as connection:
        factory = Factory(connection, "erp_operator")
        factory._insert("company_member", member_role="erp_archivist")
        factory._insert("company_member", member_role="erp_reader")
        factory.stock(factory.item("NUT"), 100)
        for _ in range(4):
            order = factory.order(needs("NUT"))
            factory.release(order)
            factory.restore(order)
        factory.release(order)
        factory.number_records()
        connection.execute("set constraints all immediate; set constraints all deferred")
        with factory.maintenance():
            factory._execute("update erp.run set started_at = '2020-06-01'")
            factory._execute("update erp.production_order set released_at = '2020-06-01' where released_at is not null")
        connection.commit()
    dsn = rilascio_login("erp_archivist")
    monkeypatch.setenv("RILASCIO_DSN", dsn)
    return dsn


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def run_ids(file: Path) -> list[int]:
    return [line["run_id"] for line in lines(file)]


def kept_runs(dsn: str) -> list[int]:
    with psycopg.connect(dsn) as connection:
        return [run for (run,) in connection.execute("select run_id from erp.run order by run_id")]


@pytest.mark.parametrize("batch", ["1", "3", "1000"])
def test_R80_old_runs_move_to_the_file_and_each_is_there_once(
    archivist: str, rilascio_database: str, tmp_path: Path, batch: str
) -> None:
    before = kept_runs(rilascio_database)
    file = tmp_path / "history.jsonl"
    result = rilascio("archive-history", *BEFORE, "--output", str(file), "--batch", batch)
    stays = kept_runs(rilascio_database)
    assert (result.exit_code, result.output) == (0, f"{len(before) - 2} runs of before 2021-01-01 moved to {file}.\n")
    assert sorted(run_ids(file) + stays) == before
    assert {line["company"] for line in lines(file)} == {"ACME"}
    [release] = [line for line in lines(file) if line["run_id"] == before[1]]
    assert len(release["content"]["records"][0]["movements"]) == 1
    written = file.read_bytes()
    again = rilascio("archive-history", *BEFORE, "--output", str(file))
    assert again.output == "Nothing goes: no run of before 2021-01-01 is there on which nothing stands.\n"
    assert file.read_bytes() == written


def test_R80_a_dry_run_counts_and_changes_nothing(archivist: str, rilascio_database: str) -> None:
    before = kept_runs(rilascio_database)
    result = rilascio("archive-history", *BEFORE, "--dry-run")
    assert result.exit_code == 0
    [counts] = [line.split() for line in result.output.splitlines() if line.startswith("release")]
    assert counts == ["release", "4", "1"]
    assert result.output.endswith(f"{len(before) - 2} runs of before 2021-01-01 would go.\n")
    assert kept_runs(rilascio_database) == before


class PowerCut(Exception):
    """What ends a process."""


class Dying(ArchiveFile):
    """A file whose process dies when the second batch is on disk, and not committed."""

    batches = 0

    def keep(self, rows: list[dict[str, Any]]) -> None:
        super().keep(rows)
        self.batches += 1
        if self.batches == 2:
            raise PowerCut


@pytest.mark.parametrize("torn", [b"", b'{"company": "ACME", "run_id": 1'])
def test_R80_after_a_power_cut_nothing_is_lost_and_nothing_is_there_twice(
    archivist: str, rilascio_database: str, tmp_path: Path, torn: bytes
) -> None:
    before = kept_runs(rilascio_database)
    file = tmp_path / "history.jsonl"
    with open_session(archivist) as connection, Dying(file, "ACME") as dying, pytest.raises(PowerCut):
        list(archive(connection, find_company(connection, None), "2021-01-01", 2, dying))
    assert set(run_ids(file)) & set(kept_runs(rilascio_database)), "written, and not removed yet"
    with file.open("ab") as stream:
        stream.write(torn)
    assert rilascio("archive-history", *BEFORE, "--output", str(file)).exit_code == 0
    assert sorted(run_ids(file) + kept_runs(rilascio_database)) == before


def test_R80_a_file_that_is_something_else_is_left_alone(archivist: str, tmp_path: Path) -> None:
    for name, content, told in (
        ("other", '{"company": "OTHER", "run_id": 1, "part": 1}\n', "is the archive of company OTHER, not of ACME"),
        ("letter", "Dear Anna,\n", "is no archive of history: line 1 is not a run"),
    ):
        file = tmp_path / name
        file.write_text(content)
        result = rilascio("archive-history", *BEFORE, "--output", str(file))
        assert (result.exit_code, file.read_text()) == (1, content)
        assert told in result.stderr
    result = rilascio("archive-history", *BEFORE, "--output", str(tmp_path / "none" / "x"))
    assert result.exit_code == 1
    assert "No such file or directory" in result.stderr
    result = rilascio("archive-history", *BEFORE)
    assert result.exit_code == 2
    assert "--output FILE" in result.stderr
    with ArchiveFile(tmp_path / "taken", "ACME"):
        result = rilascio("archive-history", *BEFORE, "--output", str(tmp_path / "taken"))
    assert "Another rilascio archive-history writes" in result.stderr


def test_R80_who_may_not_archive_is_told_which_role_may(
    archivist: str, rilascio_login: Callable[..., str], tmp_path: Path
) -> None:
    result = rilascio("archive-history", *BEFORE, "--dry-run", "--dsn", rilascio_login("erp_reader"))
    assert result.exit_code == 1
    assert "erp_archivist" in result.stderr


def test_R81_a_cursor_of_before_the_archive_ends_follow_and_resync_goes_on(
    archivist: str, rilascio_login: Callable[..., str], tmp_path: Path
) -> None:
    reader, cursor = ["--dsn", rilascio_login("erp_reader")], ["--cursor", str(tmp_path / "cursor")]
    assert rilascio("follow", *cursor, "--once", "--batch", "2", *reader).exit_code == 0
    place = json.loads((tmp_path / "cursor").read_text())["place"]
    (tmp_path / "cursor").write_text(json.dumps({"company": "ACME", "place": 3, "run_id": None, "started_at": None}))
    assert rilascio("archive-history", *BEFORE, "--output", str(tmp_path / "history")).exit_code == 0
    result = rilascio("follow", *cursor, "--once", *reader)
    assert result.exit_code == 1
    assert "The cursor stands at place 3, and runs that follow it were archived" in result.stderr
    assert "--resync" in result.stderr
    assert rilascio("follow", *cursor, "--resync", *reader).exit_code == 0
    assert json.loads((tmp_path / "cursor").read_text())["place"] == place
    assert rilascio("follow", *cursor, "--once", *reader).output == ""
