"""Whatever a call is given, it answers, or it is refused with a documented error and changes nothing.

The arguments are made so that no cast of the caller's refuses them: they reach the function, behind which stands a
factory that could do what is asked.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg.rows import namedtuple_row
from psycopg.types.string import TextLoader

from rilascio.errors import SQLSTATES
from tests.factory import MAIN, Factory, Row, codes, needs, outcomes, phase, report

DOCUMENTED = {state.sqlstate for state in SQLSTATES}
DONE = {"released", "split", "restored", "declared", "registered", "rolled_back", "deleted"}

often = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[phase for phase in settings.default.phases if phase != Phase.reuse],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Plant(Factory):
    """A factory in which all can be done: whatever is asked for wrongly stands beside what is asked for rightly."""

    def __init__(self, connection: psycopg.Connection, operator: str) -> None:
        super().__init__(connection, operator)
        self.rule("finished", MAIN)
        self.rule("scrap", MAIN)
        self.location("A1")
        self.change_warehouse(MAIN, valid_until="2090-01-01")
        nut, glue, pin = self.item("NUT"), self.item("GLUE", by_lot=True), self.item("PIN", "manual")
        self.keep(nut, "A1")
        self.stock(nut, 10**10, location="A1")
        self.stock(glue, 10**9, lot="G")
        self.stock(pin, 10**9)
        self.item("BOAT", procurement="production", by_lot=True)
        materials = (needs(nut, 2), needs(glue), needs(pin))
        self.launched, self.executive, self.worked = (
            self.order(*materials, quantity=5, phases=[phase(10)]) for _ in range(3)
        )
        self.by_lot = self.order(needs(nut), item="BOAT", quantity=10**9, phases=[phase(10)])
        assert (
            outcomes(self.release(self.executive, self.worked, self.by_lot, key=uuid.UUID(int=1))) == ["released"] * 3
        )
        self.opening, self.progress = self.declared(self.worked, report("opening"), report("progress", good=1))
        assert outcomes(self.register(self.opening)) == ["registered"]

    @property
    def ids(self) -> list[int]:
        """Return the ids of orders and declarations."""
        return [self.launched, self.executive, self.worked, self.by_lot, self.opening, self.progress]

    def call(self, query: Any, arguments: Sequence[Any] = ()) -> list[Row]:
        """Run a query as the operator; dates come as text, since Python knows none before Christ."""
        with self.acting(self.operator), self.connection.cursor(row_factory=namedtuple_row) as cursor:
            cursor.adapters.register_loader("date", TextLoader)
            return cursor.execute(query, arguments).fetchall()

    def ask(self, query: str, arguments: list[Any]) -> list[Any] | None:
        """Call, see that the answer is one of those allowed, and undo it; None if it is a documented error."""
        before = self.state()
        with self.connection.transaction(force_rollback=True):
            rows = self.answer(query, arguments)
            if rows is None or not DONE & {getattr(row, "outcome", None) for row in rows}:
                assert self.state() == before
        return rows

    def answer(self, query: str, arguments: list[Any]) -> list[Any] | None:
        """Call; any other error than a documented one goes on its way."""
        try:
            return self.call(query, arguments)
        except psycopg.Error as error:
            if error.sqlstate in DOCUMENTED and error.diag.message_hint:
                return None
            raise

    def state(self) -> list[Any]:
        """Return all but runs and keys, in short."""
        return self.connection.execute(STATE.encode()).fetchall()


STATE = """
select 'order', count(*), sum(hashtext((to_jsonb(t) - 'changed_at' - 'changed_by')::text)::bigint)
from erp.production_order as t
union all
select 'material', count(*), sum(hashtext(t::text)::bigint) from erp.production_order_material as t
union all
select 'commitment', count(*), sum(hashtext(t::text)::bigint) from erp.material_lot as t
union all
select 'declaration', count(*), sum(hashtext(t::text)::bigint) from erp.production_declaration as t
union all
select 'record', count(*), sum(hashtext(t::text)::bigint) from erp.stock_record as t
union all
select 'movement', count(*), sum(hashtext(t::text)::bigint) from erp.stock_movement as t
union all
select 'balance', count(*), sum(hashtext(t::text)::bigint) from erp.stock_balance as t where t.on_hand <> 0
union all
select 'lot', count(*), sum(hashtext(t::text)::bigint) from erp.lot as t
union all
select 'job', count(*), sum(hashtext(t::text)::bigint) from erp.job_order as t
union all
select 'removed', count(*), sum(hashtext(t::text)::bigint) from erp.removed_stock_movement as t
"""


@pytest.fixture
def plant(rilascio: psycopg.Connection, rilascio_operator: str) -> Plant:
    """Give the factory."""
    return Plant(rilascio, rilascio_operator)


# --- what is passed --------------------------------------------------------------------------------------------------


def mostly(likely: st.SearchStrategy[Any], seldom: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw from the first nine times of ten."""
    return st.integers(0, 9).flatmap(lambda chance: seldom if chance == 5 else likely)


odd_texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
    st.sampled_from(
        [
            *("", " ", "'", '"', "\\", "\\'", "''; drop table erp.run; --", "$$", "$1", "%s %I %L %1$s", "{}", "{1,2"),
            *("null", "NULL", "\u202e\u200b", "\ufeff", "\U0001f6b2" * 20, "é" * 3, "\x01\x1f\x7f", "refuse ", "SPLIT"),
            *("x" * 1_000_000, "日本" * 200_000, "refuse", "split"),
        ]
    ),
)

bigints = st.one_of(
    st.sampled_from([0, 1, -1, 2**31, -(2**31), 2**63 - 1, -(2**63), 2**53 + 1]), st.integers(-(2**63), 2**63 - 1)
)

companies = mostly(st.just("ours"), st.sampled_from([None, 0, -1, 2**31 - 1, -(2**31)]))

dates = st.one_of(
    st.none(),
    st.sampled_from(
        [
            *(
                "infinity",
                "-infinity",
                "4713-01-01 BC",
                "4714-11-24 BC",
                "5874897-12-31",
                "5874897-12-01",
                "0001-01-01",
            ),
            *("0001-12-31 BC", "1999-12-31", "2020-01-01", "2099-12-31", "2100-01-01", "2024-02-29", "294276-12-31"),
        ]
    ),
    st.dates().map(str),
)

INTERVALS = [
    *("0", "1 day", "24 hours", "-1 day", "1 month", "23:59:59.999999", "100 years", "1200 months", "1201 months"),
    *("178956970 years", "-178956970 years", "2147483647 days", "-2147483648 days", "87600000 hours"),
    *("1200 months -3000 days", "-1200 months 36500 days", "100 years -1 microsecond", "1 month -29 days"),
]


@st.composite
def arrays(draw: st.DrawFn) -> str:
    """Draw an array of ids as PostgreSQL writes it; `<n>` stands for an id of the plant."""
    own = st.sampled_from([f"<{place}>" for place in range(6)])
    element = mostly(own, bigints.map(str))
    shape = draw(st.sampled_from(["plain", "plain", "bounded", "matrix", "cube", "empty", "long", "same", "hole"]))
    if shape == "empty":
        return "{}"
    if shape == "long":
        return "{" + ",".join(map(str, range(1, draw(st.sampled_from([1000, 3000])) + 1))) + "}"
    if shape == "same":
        return "{" + ",".join(["<0>", "<1>"] * draw(st.integers(1, 500))) + "}"
    row = draw(st.lists(element, min_size=1, max_size=6))
    if shape == "hole":
        row.insert(draw(st.integers(0, len(row))), "NULL")
    if shape in ("plain", "hole"):
        return "{" + ",".join(row) + "}"
    if shape == "bounded":
        low = draw(st.sampled_from([-2147483640, -3, 0, 2, 2147483640]))
        return f"[{low}:{low + len(row) - 1}]={{{','.join(row)}}}"
    inner = "{" + ",".join(row) + "}"
    matrix = "{" + ",".join([inner] * draw(st.integers(1, 3))) + "}"
    return matrix if shape == "matrix" else f"[2:2][-1:{matrix.count('{') - 3}][7:{6 + len(row)}]={{{matrix}}}"


def with_ids(text: str, plant: Plant) -> str:
    """Put the plant's ids in the places kept for them."""
    for place, id in enumerate(plant.ids):
        text = text.replace(f"<{place}>", str(id))
    return text


def company(plant: Plant, drawn: object) -> Any:
    """Return the company's id, or what was drawn in its place."""
    return plant.company_id if drawn == "ours" else drawn


part = mostly(
    st.sampled_from(["1", "2", "5", "NULL"]),
    st.sampled_from(["0", "-1", "5.0000001", "0.5", "NaN", "-Infinity", "1e1000", "1e-1000", "1e131071", "1e-16383"]),
)
parts = st.lists(part, min_size=1, max_size=6).map(lambda drawn: "{" + ",".join(drawn) + "}")
"""An array of quantities."""

# --- releases and restores, registrations and their like -------------------------------------------------------------

OVER_IDS = {
    "release_production_orders": "p_record_date => %(date)s::date, p_on_shortage => %(word)s::text,"
    " p_all_or_none => %(flag)s::boolean, p_note => %(note)s::text, p_request_key => %(key)s::uuid,"
    " p_quantities => %(quantities)s::numeric[]",
    "restore_production_orders": "p_all_or_none => %(flag)s::boolean, p_note => %(note)s::text,"
    " p_request_key => %(key)s::uuid",
    "preview_release": "p_record_date => %(date)s::date, p_on_shortage => %(word)s::text,"
    " p_quantities => %(quantities)s::numeric[]",
    "preview_restore": "",
    "register_declarations": "p_record_date => %(date)s::date, p_note => %(note)s::text,"
    " p_request_key => %(key)s::uuid",
    "rollback_declarations": "p_note => %(note)s::text, p_request_key => %(key)s::uuid",
    "delete_declarations": "p_note => %(note)s::text, p_request_key => %(key)s::uuid",
    "preview_registration": "p_record_date => %(date)s::date",
}


@settings(often, max_examples=120)
@given(
    name=st.sampled_from(sorted(OVER_IDS)),
    ids=mostly(arrays(), st.none()),
    company_id=companies,
    more=st.fixed_dictionaries(
        {
            "date": dates,
            "word": mostly(st.sampled_from([None, "split", "refuse"]), odd_texts),
            "flag": st.sampled_from([None, True, False]),
            "note": st.one_of(st.none(), odd_texts),
            "key": st.one_of(st.none(), st.uuids(), st.just("00000000-0000-0000-0000-000000000000")),
            "quantities": st.one_of(st.none(), parts, parts.map(lambda one: f"[0:{one.count(',')}]={one}")),
        }
    ),
)
def test_R8_whatever_ids_and_options_are_passed_the_answer_is_rows_or_a_documented_error(
    plant: Plant, name: str, ids: str | None, company_id: object, more: dict[str, Any]
) -> None:
    query = f"select * from erp_api.{name}(%(company)s::integer, %(ids)s::bigint[], {OVER_IDS[name]})"
    arguments = {"company": company(plant, company_id), "ids": ids and with_ids(ids, plant), **more}
    plant.ask(query.replace(", )", ")"), arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [name for name, options in OVER_IDS.items() if "p_record_date" in options])
@pytest.mark.parametrize("period", [("2020-01-01", "2099-12-31"), ("4713-01-01 BC", "5874897-12-31")])
def test_R18_a_date_at_the_end_of_time_is_a_refusal_or_is_kept(
    plant: Plant, name: str, period: tuple[str, str]
) -> None:
    """Also where the period is open for it, and stock is there from the beginning of time."""
    plant.parameters(period_start=period[0], period_end=period[1], allow_negative_stock=True)
    plant.change_warehouse(MAIN, allow_negative_stock=True, valid_until=None)
    id = plant.progress if "registration" in name or "declarations" in name else plant.launched
    answers = {}
    for date in ("-infinity", "4713-01-01 BC", "0001-01-01 BC", "2026-01-01", "5874897-12-31", "infinity"):
        rows = plant.ask(f"select * from erp_api.{name}(%s, %s, %s::date)", [plant.company_id, [id], date])
        assert rows
        answers[date] = rows[0].outcome if rows[0].outcome != "refused" else codes(rows[0])[0]
    done = "registered" if id == plant.progress else "released"
    assert answers["infinity"] == answers["-infinity"] == "period_closed"
    assert answers["2026-01-01"] == done
    if period[0] != "2020-01-01":
        assert answers["5874897-12-31"] == done


# --- declarations ----------------------------------------------------------------------------------------------------

QUANTITIES = [
    *("0", "-0", "-0.0", "0e10", "1", "1.0", "1e0", "10e-1", "0.1", "1e-3", "1e-400", "1e-16000", "1e14", "3", "7.25"),
    *("999999999999999", "999999999999999.9999999999", "0." + "3" * 300, "0.5", "0.00", "999999999999999." + "9" * 999),
]
WHOLE = [
    *("0", "-0", "1.0", "1e0", "100e-1", "10.000", "1e1", "2147483647", "-2147483648", "-1"),
    *("9223372036854775807", "-9223372036854775808", "10e17"),
]
WRONG = [
    "1e15",
    "-1",
    "1e400",
    "-1e400",
    "1e131000",
    "9" * 300,
    "9223372036854775808",
    "2147483648",
    "-1e-16000",
    "1.5",
]
numbers = st.sampled_from(QUANTITIES + WHOLE + WRONG)
quantities = st.sampled_from(QUANTITIES)
MOMENTS = [
    *("2027-01-01", "0001-01-01", "9999-12-31T23:59:59.999999Z", "9999-12-31T24:00:00Z", "2027-01-01T10:00+15:59"),
    *("9999-12-31T23:59:59-15:59", "2027-01-01T10:00:60Z", "2027-01-01T10:00:00." + "9" * 1000, "2400-02-29 00:00 Z"),
]
NO_MOMENTS = [
    *("infinity", "-infinity", "now", "today", "epoch", "tomorrow", "allballs", "NaN", "", "0000-01-01", "2026-02-30"),
    *("2026-01-01T10:00+16", "2026-01-01 25:00", "2026-01-01T10:00 CET", "4713-01-01 BC", "294277-01-01"),
    *("2026-01-01T10:00Z\n", "٢٠٢٦-٠١-٠١", "2026-01-01T10:00+99", "2026-01-01T10:00:00-00:99"),
]
texts = odd_texts.map(json.dumps)
anything = st.one_of(
    numbers,
    texts,
    st.sampled_from(["null", "true", "[]", "{}", '[[1], {"a": null}]', '{"order_id": 1}']),
    st.sampled_from([100, 1500]).map(lambda depth: "[" * depth + "]" * depth),
    st.sampled_from([100, 1500]).map(lambda depth: '{"a":' * depth + "1" + "}" * depth),
)
right = {
    "order_id": st.sampled_from(["<1>", "<2>", "<3>", "<0>"]),
    "phase": st.just("10"),
    "kind": st.sampled_from(['"opening"', '"progress"', '"closing"', '"suspension"', '"resume"']),
}
allowed = {
    "order_id": st.sampled_from(WHOLE),
    "phase": st.sampled_from(WHOLE[:-3]),
    "sub_phase": st.sampled_from(WHOLE[:-3]),
    "declared_at": st.sampled_from(MOMENTS).map(json.dumps),
    "good_quantity": quantities,
    "scrap_quantity": quantities,
    "lot_code": texts.filter(lambda text: text != '""'),
    "note": texts,
}
wrong = {
    **dict.fromkeys(("order_id", "phase", "sub_phase", "good_quantity", "scrap_quantity"), st.sampled_from(WRONG)),
    "declared_at": st.sampled_from(NO_MOMENTS).map(json.dumps),
    "kind": texts,
}


def is_number(text: str | None) -> bool:
    """Tell whether a value of JSON is a number that Python can take."""
    return isinstance(json.loads(text), (int, float)) if text else False


@st.composite
def elements(draw: st.DrawFn) -> str:
    """Draw an element: mostly right, with a few fields of their type, seldom with one that is wrong or twice there."""
    pairs = {name: draw(value) for name, value in right.items()}
    kinds = st.sampled_from(sorted(allowed)[:1] + sorted(allowed)[2:5] + sorted(allowed)[6:])
    for name in draw(st.lists(kinds, max_size=3)):
        pairs[name] = draw(allowed[name])
    fate = draw(st.integers(0, 19))
    if fate == 0:
        name = draw(st.sampled_from(sorted(wrong)))
        pairs[name] = draw(wrong[name])
    elif fate == 1:
        pairs[draw(st.one_of(st.sampled_from(sorted(allowed)), odd_texts))] = draw(anything)
    elif fate == 2:
        pairs.pop(draw(st.sampled_from(sorted(pairs))))
    elif fate in (3, 4):
        name = draw(st.sampled_from(["order_id", "phase"]))
        pairs[name] = draw(allowed[name])
    if any(float(pairs.get(name, 0)) for name in ("good_quantity", "scrap_quantity") if is_number(pairs.get(name))):
        pairs["kind"] = draw(st.sampled_from(['"progress"', '"closing"']))
    text = [*pairs.items(), *([("phase", "10")] if fate == 5 else [])]
    return "{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in text) + "}"


@settings(often, max_examples=120)
@given(
    text=mostly(
        st.lists(elements(), min_size=1, max_size=4).map(lambda parts: f"[{', '.join(parts)}]"),
        st.one_of(st.lists(anything, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"), anything),
    ),
    company_id=companies,
    note=st.one_of(st.none(), odd_texts),
)
def test_R51_whatever_is_declared_the_answer_is_rows_or_a_documented_error(
    plant: Plant, text: str, company_id: object, note: str | None
) -> None:
    plant.ask(
        "select * from erp_api.declare_production(%s::integer, %s::jsonb, null, %s::text)",
        [company(plant, company_id), with_ids(text, plant), note],
    )


@often
@given(
    rows=st.lists(
        st.tuples(st.booleans(), quantities, quantities, odd_texts.filter(lambda code: len(code) < 100)),
        min_size=1,
        max_size=3,
    ),
    allowed=st.booleans(),
    date=dates,
)
def test_R51_what_could_be_declared_can_be_registered_rolled_back_and_deleted(
    plant: Plant, rows: list[tuple[bool, str, str, str]], allowed: bool, date: str | None
) -> None:
    """Or is refused, with the smallest and the largest quantities and the oddest lots that a declaration takes."""
    with plant.connection.transaction(force_rollback=True):
        plant.parameters(allow_negative_stock=allowed, over_production_percent=999_999)
        plant.change_warehouse(MAIN, allow_negative_stock=allowed)
        plant.declared(plant.by_lot, report("opening"))
        ids = []
        for by_lot, good, scrap, lot in rows:
            order = plant.by_lot if by_lot else plant.worked
            text = (
                f'[{{"order_id": {order}, "phase": 10, "kind": "progress", "good_quantity": {good},'
                f' "scrap_quantity": {scrap}, "lot_code": {json.dumps(lot or "L")}}}]'
            )
            [row] = plant.call("select * from erp_api.declare_production(%s, %s::jsonb)", [plant.company_id, text])
            ids += [row.declaration_id] if row.declaration_id else []
        every = [
            plant.opening,
            plant.progress,
            *(row["production_declaration_id"] for row in plant.table("production_declaration")),
        ]
        for name, more in (
            *(("preview_registration", [date]), ("register_declarations", [date]), ("preview_registration", [None])),
            *(("rollback_declarations", []), ("delete_declarations", [])),
        ):
            marks = ", %s::date" * len(more)
            rows_told = plant.ask(f"select * from erp_api.{name}(%s, %s{marks})", [plant.company_id, every, *more])
            assert rows_told is not None
            if name == "register_declarations":
                plant.register(*every)
            elif name in ("rollback_declarations", "delete_declarations"):
                plant.call(f"select * from erp_api.{name}(%s, %s)", [plant.company_id, every])


# --- the others ------------------------------------------------------------------------------------------------------


@often
@given(
    company_id=companies,
    order_id=mostly(st.integers(0, 3), st.one_of(bigints, st.none())),
    line=mostly(st.integers(1, 3), st.sampled_from([None, 0, 4, -1, 2**31 - 1, -(2**31)])),
)
def test_R10_whatever_row_is_asked_about_is_explained_or_is_a_documented_error(
    plant: Plant, company_id: object, order_id: int | None, line: int | None
) -> None:
    if order_id in range(6):
        order_id = plant.ids[order_id]
    plant.ask(
        "select * from erp_api.explain_material_source(%s::integer, %s::bigint, %s::integer)",
        [company(plant, company_id), order_id, line],
    )


@pytest.mark.parametrize(
    "date",
    [
        *("-infinity", "4713-01-01 BC", "0001-01-01", "2026-01-01", "5874897-12-01", "infinity"),
        "5874897-12-31",
    ],
)
def test_R18_a_diagnosis_is_made_for_any_date(plant: Plant, date: str) -> None:
    rows = plant.ask("select * from erp_api.diagnose_configuration(%s, %s::date)", [plant.company_id, date])
    assert rows is not None


@pytest.mark.parametrize(
    "keep",
    [
        *INTERVALS,
        None,
        "71582788 months -2147483638 days",
    ],
)
def test_R60_keys_are_kept_for_any_time_or_it_is_a_bad_call(plant: Plant, keep: str | None) -> None:
    plant.ask("select erp_api.prune_request_keys(%s, %s::interval)", [plant.company_id, keep])


@pytest.mark.parametrize("keep", ["infinity", "-infinity"])
def test_R60_keys_are_not_kept_for_ever(plant: Plant, keep: str) -> None:
    if plant.connection.info.server_version < 170000:
        pytest.skip("an interval is finite before PostgreSQL 17")
    assert plant.ask("select erp_api.prune_request_keys(%s, %s::interval)", [plant.company_id, keep]) is None


@pytest.mark.parametrize("length", [3000, 1_000_000])
def test_R51_a_lot_code_that_no_lot_can_have_is_a_bad_call(plant: Plant, length: int) -> None:
    """Before it is declared, or else its order can never be registered."""
    code = "".join(chr(0x4E00 + (n * 7919) % 20000) for n in range(length))
    plant.declared(plant.by_lot, report("opening"))
    rows = plant.ask(
        "select * from erp_api.declare_production(%s, %s::jsonb)",
        [
            plant.company_id,
            json.dumps([{"order_id": plant.by_lot, **report("progress", good=1, lot_code=code)}]),
        ],
    )
    assert rows is None
