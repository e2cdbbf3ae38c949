"""Texts are UTF-8, whatever the surroundings of a deployment say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner
from psycopg.conninfo import make_conninfo

from rilascio.cli import main
from rilascio.deployment import deploy, status
from rilascio.deployment.bundle import Bundle
from rilascio.errors import HarnessError
from rilascio.folders import demo_folder
from rilascio.loading import load
from rilascio.testing import DatabaseServer
from tests.deploy.folder import Folder, everything, schemas, value

PLACES = ("environment", "url")


@pytest.fixture(params=["LATIN1", "SQL_ASCII"])
def narrow(rilascio_server: DatabaseServer, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of another encoding, gone afterwards."""
    name = f"deploy_{uuid4().hex[:12]}"
    with rilascio_server.database(name, "template0", f"locale 'C' encoding '{request.param}'") as dsn:
        yield dsn


def in_latin1(dsn: str, place: str, monkeypatch: pytest.MonkeyPatch) -> str:
    if place == "environment":
        monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
        return dsn
    return make_conninfo(dsn, client_encoding="LATIN1")


def test_a_database_that_cannot_keep_every_text_is_refused_before_anything_is_written(
    narrow: str, folder: Folder
) -> None:
    before = everything(narrow)
    with pytest.raises(HarnessError, match=r"^The encoding of the database \w+ is (LATIN1|SQL_ASCII); rilascio needs"):
        deploy(narrow, bundle=folder.bundle)
    with pytest.raises(HarnessError, match="rilascio needs UTF8"):
        deploy(narrow, dry_run=True, bundle=folder.bundle)
    with pytest.raises(HarnessError, match="rilascio needs UTF8"):
        load(narrow, demo_folder())
    assert everything(narrow) == before
    assert schemas(narrow) == []


@pytest.mark.parametrize("place", PLACES)
def test_a_deployment_speaks_utf8_whatever_the_client_says(
    dsn: str, folder: Folder, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    folder.append("migrations/0002_create_shelf.sql", "comment on table erp.shelf is 'Mensola più alta: Ž, 架';")
    folder.append("sql/views/shelf_list.sql", "comment on view erp_api.shelf_list is 'Ripiani: città, 架';")
    deploy(in_latin1(dsn, place, monkeypatch), bundle=folder.bundle)
    monkeypatch.delenv("PGCLIENTENCODING", raising=False)
    assert value(dsn, "select obj_description('erp.shelf'::regclass)") == "Mensola più alta: Ž, 架"
    assert value(dsn, "select obj_description('erp_api.shelf_list'::regclass)") == "Ripiani: città, 架"
    assert status(dsn, bundle=folder.bundle).state == "current"


@pytest.mark.parametrize("place", PLACES)
def test_messages_and_data_pass_a_client_of_another_encoding(
    rilascio_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "company.csv").write_text(
        "company_code,description,period_start,period_end\nCITTÀ,Più 架,2026-01-01,2026-12-31\n", encoding="utf-8"
    )
    dsn = in_latin1(rilascio_database, place, monkeypatch)
    load(dsn, tmp_path)
    shown = CliRunner().invoke(main, ["grid", "release", "--company", "架", "--format", "csv", "--dsn", dsn])
    monkeypatch.delenv("PGCLIENTENCODING", raising=False)
    assert "Your companies: CITTÀ." in shown.stderr
    assert value(rilascio_database, "select description from erp.company where company_code = 'CITTÀ'") == "Più 架"


def test_the_shipped_bundle_can_be_deployed_by_a_client_of_another_encoding(
    dsn: str, real: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "SQL_ASCII")
    deploy(dsn, bundle=real)
    monkeypatch.delenv("PGCLIENTENCODING")
    assert status(dsn, bundle=real).state == "current"
