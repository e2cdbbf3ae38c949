"""What a release no longer has, or has in another shape, is found in the catalog and retired by the deployment."""

from __future__ import annotations

import pytest

from rilascio.deployment import deploy, status
from rilascio.errors import HarnessError
from tests.deploy.folder import FILES, Folder, everything, execute, value

LABEL = "sql/procedures/internal/z_label.sql"
LIST = "sql/views/shelf_list.sql"


def foreseen(dsn: str, folder: Folder) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Deploy, and make sure that a dry run foresaw exactly what was dropped, created and replaced."""
    before = everything(dsn)
    plan = deploy(dsn, bundle=folder.bundle, dry_run=True)
    assert everything(dsn) == before
    report = deploy(dsn, bundle=folder.bundle)
    assert (plan.dropped, plan.created, plan.replaced) == (report.dropped, report.created, report.replaced)
    assert report.strays == ()
    assert status(dsn, bundle=folder.bundle).state == "current"
    assert value(dsn, "select count(*) from erp_api.shelf_list") == value(dsn, "select erp_api.count_shelves()")
    return report.dropped, report.created


@pytest.fixture
def deployed(dsn: str, folder: Folder) -> Folder:
    deploy(dsn, bundle=folder.bundle)
    return folder


def test_a_routine_whose_file_is_gone_is_dropped(dsn: str, deployed: Folder) -> None:
    deployed.write("sql/procedures/old.sql", FILES["sql/procedures/count_shelves.sql"].replace("count_", "old_"))
    assert foreseen(dsn, deployed) == ((), ("routine erp_api.old_shelves()",))
    deployed.remove("sql/procedures/old.sql")
    assert foreseen(dsn, deployed) == (("routine erp_api.old_shelves()",), ())


def test_a_view_and_a_trigger_whose_definitions_are_gone_are_dropped(dsn: str, deployed: Folder) -> None:
    deployed.write("sql/views/gone.sql", "create or replace view erp_api.gone as select 1 as one;")
    deployed.append("sql/triggers/shelf.sql", FILES["sql/triggers/shelf.sql"].replace("shelf_guard", "other_guard"))
    foreseen(dsn, deployed)
    deployed.remove("sql/views/gone.sql")
    deployed.write("sql/triggers/shelf.sql", FILES["sql/triggers/shelf.sql"])
    assert foreseen(dsn, deployed) == (("trigger other_guard on erp.shelf", "view erp_api.gone"), ())
    execute(dsn, "delete from erp.shelf")


@pytest.mark.parametrize(
    ("head", "dropped"),
    [
        ("z_label(p_shelf_id integer) returns text", "routine erp_internal.z_label(integer)"),
        ("z_label(p_id integer) returns character varying", "routine erp_internal.z_label(integer)"),
        ("z_label(p_id integer) returns setof text", "routine erp_internal.z_label(integer)"),
        ("z_label(p_id bigint) returns text", "routine erp_internal.z_label(integer)"),
        ("z_label(p_id integer, p_more text default '') returns text", "routine erp_internal.z_label(integer)"),
        ("z_label(p_id integer, out label text)", "routine erp_internal.z_label(integer)"),
    ],
    ids=["name", "result", "set", "type", "parameter", "out"],
)
def test_a_routine_of_another_shape_is_made_anew_with_the_views_that_call_it(
    dsn: str, deployed: Folder, head: str, dropped: str
) -> None:
    parameter = "p_shelf_id" if "p_shelf_id" in head else "p_id"
    deployed.write(
        LABEL, f"create or replace function erp_internal.{head} language sql return 'shelf ' || {parameter};"
    )
    gone, made = foreseen(dsn, deployed)
    assert gone == ("routine erp_internal.a_count()", dropped, "view erp_api.shelf_list")
    assert len(made) == 3


def test_a_default_taken_away_and_a_column_of_the_answer_changed_are_other_shapes(dsn: str, deployed: Folder) -> None:
    name = "sql/procedures/internal/pair.sql"
    head = "create or replace function erp_internal.pair(p_id integer{}) returns table (id {}, {} text)"
    body = " language sql begin atomic select p_id, 'x'; end;"
    deployed.write(name, head.format(" default 1", "integer", "label") + body)
    foreseen(dsn, deployed)
    shapes = [("", "integer", "label"), ("", "bigint", "label"), ("", "bigint", "name")]
    for shape in shapes:
        deployed.write(name, head.format(*shape) + body)
        changed = ("routine erp_internal.pair(integer)",)
        assert foreseen(dsn, deployed) == (changed, changed)
    deployed.write(name, head.format(" = 2", "bigint", "name") + body)
    assert foreseen(dsn, deployed) == ((), ())


@pytest.mark.parametrize(
    "columns",
    [
        "erp_internal.z_label(s.shelf_id) as label",
        "s.shelf_id as id, erp_internal.z_label(s.shelf_id) as label",
        "s.shelf_id::bigint, erp_internal.z_label(s.shelf_id) as label",
        "erp_internal.z_label(s.shelf_id) as label, s.shelf_id",
    ],
    ids=["dropped", "renamed", "type", "order"],
)
def test_a_view_of_another_shape_is_made_anew_with_what_reads_it(dsn: str, deployed: Folder, columns: str) -> None:
    deployed.write(LIST, f"create or replace view erp_api.shelf_list as select {columns} from erp.shelf as s;")
    again = ("routine erp_internal.a_count()", "view erp_api.shelf_list")
    assert foreseen(dsn, deployed) == (again, again)


def test_a_column_appended_to_a_view_leaves_what_reads_it_alone(dsn: str, deployed: Folder) -> None:
    execute(dsn, "create view public.report as select * from erp_api.shelf_list")
    text = FILES[LIST].replace(" as label", " as label, 1 as width")
    deployed.write(LIST, text)
    assert foreseen(dsn, deployed) == ((), ())


def test_a_view_whose_new_columns_nobody_could_tell_before_is_made_anew_all_the_same(
    dsn: str, deployed: Folder
) -> None:
    deployed.write(
        "sql/procedures/internal/b_width.sql",
        "create or replace function erp_internal.b_width(p_id integer) returns integer language sql return p_id;",
    )
    deployed.write(
        LIST,
        "-- requires: internal/b_width\ncreate or replace view erp_api.shelf_list as"
        " select erp_internal.b_width(s.shelf_id) as width from erp.shelf as s;",
    )
    report = deploy(dsn, bundle=deployed.bundle)
    assert report.dropped == ("routine erp_internal.a_count()", "view erp_api.shelf_list")
    assert value(dsn, "select erp_api.count_shelves()") == 0
    assert status(dsn, bundle=deployed.bundle).state == "current"


@pytest.mark.parametrize(
    ("foreign", "name"),
    [
        ("create view public.report as select label from erp_api.shelf_list", "view public.report"),
        (
            "create function public.f(v erp_api.shelf_list) returns text language sql return v.label",
            r"function public.f\(erp_api.shelf_list\)",
        ),
        (
            "set role erp_owner; create view erp_internal.mine as select erp_internal.z_label(1) as label",
            "view erp_internal.mine",
        ),
        (
            "alter table erp.shelf add constraint c check (erp_internal.z_label(shelf_id) <> '')",
            "constraint c on table erp.shelf",
        ),
    ],
)
def test_what_hangs_on_a_retired_routine_without_being_ours_is_named_and_kept(
    dsn: str, deployed: Folder, foreign: str, name: str
) -> None:
    execute(dsn, foreign)
    deployed.write(LABEL, FILES[LABEL].replace("p_id", "p_shelf_id"))
    before = everything(dsn)
    for dry_run in (True, False):
        with pytest.raises(HarnessError, match=f"^The {name} depends on the .*, which this release drops or makes"):
            deploy(dsn, bundle=deployed.bundle, dry_run=dry_run)
    after = {row for row in everything(dsn) - before if "sequence" not in row[0]}
    assert after == set()


def test_what_somebody_else_made_in_our_schemas_is_left_alone(dsn: str, deployed: Folder) -> None:
    execute(dsn, "create function erp_internal.mine() returns integer language sql return 1")
    execute(dsn, "alter function erp_internal.mine() owner to erp_owner")
    deployed.write(LABEL, FILES[LABEL].replace("'shelf '", "'rack '"))
    report = deploy(dsn, bundle=deployed.bundle)
    assert report.strays == ("routine erp_internal.mine()",)
    assert value(dsn, "select erp_internal.mine()") == 1


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (
            "sql/procedures/hidden.sql",
            "do $$ begin execute 'create function erp_internal.hidden() returns text language sql return 1'; end $$;",
            r"make routine erp_internal\.hidden\(\), but not by a statement that a deployment can read",
        ),
        (
            "sql/procedures/gone.sql",
            "create function erp_internal.gone() returns integer language sql return 1;"
            "drop function erp_internal.gone();",
            r"procedures/gone\.sql was read as making routine erp_internal\.gone\(\), but did not",
        ),
        ("sql/procedures/twice.sql", FILES[LABEL], r"z_label\(integer\) is defined by internal/z_label\.sql and by"),
        ("sql/procedures/bare.sql", "create function f() returns integer language sql return 1;", "without its schema"),
    ],
)
def test_a_source_that_is_not_what_a_deployment_reads_is_refused(
    dsn: str, folder: Folder, name: str, text: str, problem: str
) -> None:
    folder.write(name, text)
    with pytest.raises(HarnessError, match=problem):
        deploy(dsn, bundle=folder.bundle)
