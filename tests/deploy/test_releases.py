"""Each version that the changelog names: from it to this one with its data, and nothing that it promised is gone."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from harness.dev.releases import keep_bundle, released_versions, text_of, unpack_bundle
from harness.dev.soak.invariants import broken_invariants, order_totals
from harness.dev.soak.world import build
from rilascio.deployment import deploy, status
from rilascio.deployment.bundle import Bundle
from rilascio.version import RELEASE, described
from tests.deploy.release import ReleaseFolder

VERSIONS = released_versions()
ORDERS = "array(select order_id from erp_api.{} where company_id = 1)"
RELEASES = f"select outcome from erp_api.release_production_orders(1, {ORDERS.format('release_grid')})"
RESTORES = f"select outcome from erp_api.restore_production_orders(1, {ORDERS.format('restore_grid')})"


def called(dsn: str, query: str) -> set[Any]:
    with psycopg.connect(dsn) as connection:
        connection.execute("set role erp_operator")
        return {row[0] for row in connection.execute(query.encode()).fetchall()}


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_version_in_the_sources_is_the_newest_of_the_changelog() -> None:
    assert VERSIONS[0] == RELEASE


def test_from_each_version_with_its_data_one_comes_to_this_one(
    version: str, dsn: str, real: Bundle, tmp_path: Path
) -> None:
    deploy(dsn, bundle=unpack_bundle(version, tmp_path))
    with psycopg.connect(dsn) as connection:
        connection.execute("set role erp_owner")
        build(connection, 12)
    assert "released" in called(dsn, RELEASES)

    assert deploy(dsn, bundle=real).strays == ()

    assert status(dsn, bundle=real).state == "current"
    assert called(dsn, RESTORES) <= {"restored", "refused"}
    assert "released" in called(dsn, RELEASES)
    with psycopg.connect(dsn) as connection:
        assert broken_invariants(connection, order_totals(connection)) == []


def test_no_migration_of_a_version_was_edited(version: str, real: Bundle, tmp_path: Path) -> None:
    landed = unpack_bundle(version, tmp_path).migrations_folder
    files = sorted(file.name for file in landed.iterdir())
    assert files
    assert [n for n in files if (landed / n).read_bytes() != (real.migrations_folder / n).read_bytes()] == []


@dataclass(frozen=True)
class Contract:
    """What clients rely on."""

    columns: dict[str, list[tuple[str, str]]]
    """Of each view: name and type."""
    parameters: dict[str, list[tuple[str, str]]]
    obligatory: dict[str, int]
    """How many of the parameters have no default."""
    answers: dict[str, list[tuple[str, str]]]
    """Columns, or the type alone."""
    words: set[str]
    """Reason codes."""


def contract_of(dsn: str) -> Contract:
    with psycopg.connect(dsn) as connection:
        columns = connection.execute(
            """
            select c.oid::regclass::text, array_agg(array[a.attname, format_type(a.atttypid, a.atttypmod)]
                order by a.attnum)
            from pg_class as c inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
            where c.relkind = 'v' and c.relnamespace::regnamespace::text in ('erp_api', 'erp_data')
            group by c.oid
            """
        ).fetchall()
        routines = connection.execute(
            """
            select
                p.oid::regproc::text, p.pronargs - p.pronargdefaults,
                (select array_agg(array[p.proargnames[i], format_type(p.proargtypes[i - 1], null)] order by i)
                    from generate_series(1, p.pronargs) as i),
                coalesce(
                    (select array_agg(array[p.proargnames[i], format_type(p.proallargtypes[i], null)] order by i)
                        from generate_series(1, cardinality(p.proallargtypes)) as i where p.proargmodes[i] = 't'),
                    array[array['', p.prorettype::regtype::text]])
            from pg_proc as p where p.pronamespace = 'erp_api'::regnamespace
            """
        ).fetchall()
        words = connection.execute("select code from erp_api.reason_code").fetchall()
    return Contract(
        columns={name: [tuple(one) for one in found] for name, found in columns},
        parameters={name: [tuple(one) for one in found or []] for name, _, found, _ in routines},
        obligatory={name: number for name, number, _, _ in routines},
        answers={name: [tuple(one) for one in found] for name, _, _, found in routines},
        words={word for (word,) in words},
    )


def broken_promises(old: Contract, new: Contract) -> list[str]:
    """Name what has gone or changed. Columns, answers and parameters with a default may be appended."""
    broken = [f"reason {word} is gone" for word in sorted(old.words - new.words)]
    for what in ("columns", "parameters", "answers"):
        before, now = getattr(old, what), getattr(new, what)
        broken += [
            f"{what} of {name}" for name in sorted(before) if now.get(name, [])[: len(before[name])] != before[name]
        ]
    broken += [f"defaults of {n}" for n in sorted(old.obligatory) if new.obligatory.get(n, 0) > old.obligatory[n]]
    return broken


def test_erp_api_has_all_that_each_version_promised(
    version: str, dsn: str, rilascio_database: str, tmp_path: Path
) -> None:
    deploy(dsn, bundle=unpack_bundle(version, tmp_path))
    assert broken_promises(contract_of(dsn), contract_of(rilascio_database)) == []


def test_a_promise_that_is_broken_is_named(dsn: str, rilascio_database: str, release: ReleaseFolder) -> None:
    release.change("procedures/preview_restore", r"p_order_ids bigint\[\]", "p_order_ids integer[]")
    release.change("procedures/order_ids", r"\border_id bigint", "order_id integer")
    release.change("views/run_history", r"    r\.application_name,\n", "")
    release.change("views/run_history", r"comment on column erp_api\.run_history\.application_name[^\n]*\n", "")
    deploy(dsn, bundle=release.bundle)
    assert set(broken_promises(contract_of(rilascio_database), contract_of(dsn))) >= {
        "columns of erp_api.run_history",
        "parameters of erp_api.preview_restore",
    }


def test_the_bundle_of_a_version_is_kept_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real: Bundle
) -> None:
    monkeypatch.setattr("harness.dev.releases.kept_bundle", lambda version: tmp_path / f"{version}.tar.xz")
    content = keep_bundle("9.9.9").read_bytes()
    assert keep_bundle("9.9.9").read_bytes() == content
    unpacked = unpack_bundle("9.9.9", tmp_path)
    assert [s.checksum for s in unpacked.sources()] == [s.checksum for s in real.sources()]
    assert [m.checksum for m in unpacked.migrations()] == [m.checksum for m in real.migrations()]


def test_the_text_of_a_tag_is_what_the_changelog_says(version: str) -> None:
    title, blank, *body = text_of(version).splitlines()
    assert (title, blank) == (f"rilascio {version}", "")
    assert len(body) > 2
    # git takes lines that begin so for comments
    assert not [line for line in body if line.startswith("#")]
    assert not [line for line in body if line.startswith(tuple(v for v in VERSIONS if v != version) or ("\0",))]


def test_a_build_says_which_commit_it_is_of(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    (tmp_path / "file").write_text("one")
    git("add", "file")
    git("commit", "--quiet", "--message", "one")
    assert described(tmp_path) == f"{RELEASE}+g{git('rev-parse', '--short=8', 'HEAD')}"
    git("tag", "--annotate", f"v{RELEASE}", "--message", "cut")
    assert described(tmp_path) == RELEASE
    (tmp_path / "file").write_text("two")
    assert described(tmp_path) == f"{RELEASE}+dirty"
    git("commit", "--quiet", "--all", "--message", "two")
    assert described(tmp_path) == f"{RELEASE}+1.g{git('rev-parse', '--short=8', 'HEAD')}"
    (tmp_path / "PKG-INFO").write_text(f"Metadata-Version: 2.4\nName: rilascio\nVersion: {RELEASE}+1.gabc\n")
    assert described(tmp_path) == f"{RELEASE}+1.gabc", "a source distribution states it"


def test_without_git_a_build_says_the_release(tmp_path: Path) -> None:
    assert described(tmp_path) == RELEASE
