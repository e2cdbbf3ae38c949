"""What a folder to load holds: every file, its columns, its references and its rules, each stated once.

Reading and sending are driven by it, and the functions that check, read and put master data are written from it.
Columns bear the names of the tables' columns, with codes instead of ids; a default that is not stated here is the
table's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Literal

Kind = Literal["text", "boolean", "date", "integer", "numeric"]

INTEGER_LIMITS = (">= -2147483648", "<= 2147483647")
NUMERIC_LIMITS = ("> -1e15", "< 1e15")
AMOUNT = ("> 0", "< 1e15")
LONGEST_CODE = 500
"""Characters of a code: what an index entry holds, whatever the alphabet."""


@dataclass(frozen=True)
class Column:
    """A column of a file: its type, whether it must be filled, and which values it may have.

    `default` is an SQL expression over the raw row `s`; `limits` are comparisons that a number must satisfy;
    `longest` counts characters; `names_zone`: the text is the name of a time zone.
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    default: str | None = None
    words: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    longest: int | None = None
    names_zone: bool = False


@dataclass(frozen=True)
class FileReference:
    """Columns that together name a row of a file, by that file's key; checked when all of them are filled.

    `takes` maps the columns of that row to the names under which the referring row gets them: its id, and whatever
    a rule asks about it.
    """

    columns: tuple[str, ...]
    file: str
    takes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """A rule across columns: a row for which `broken` (SQL over the resolved row `x`) holds is bad.

    Of orders and stock, whose functions are written by hand, these ask what `broken` says.
    """

    column: str
    broken: str
    reason: str


@dataclass(frozen=True)
class File:
    """One file: the table (or tables) it fills, its key and everything that is asked of its rows.

    `identity` is the surrogate key that its rows get, `nullable_key` the part of the key that may be empty (equal
    when both are). A row in which the column `zero_skips` is 0 is left out unjudged.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    nullable_key: tuple[str, ...] = ()
    identity: str | None = None
    references: tuple[FileReference, ...] = ()
    rules: tuple[Rule, ...] = ()
    tables: tuple[str, ...] = ()
    zero_skips: str | None = None

    @property
    def file_name(self) -> str:
        return f"{self.name}.csv"


def _code(name: str, *, required: bool = False, longest: int = LONGEST_CODE) -> Column:
    return Column(name, required=required, longest=longest)


def _text(name: str) -> Column:
    return Column(name)


def _word(name: str, *words: str, required: bool = False) -> Column:
    return Column(name, required=required, words=words)


def _boolean(name: str) -> Column:
    return Column(name, "boolean")


def _date(name: str, *, required: bool = False) -> Column:
    return Column(name, "date", required=required)


def _integer(name: str, *limits: str, required: bool = False, default: str | None = None) -> Column:
    return Column(name, "integer", required, default, limits=(*INTEGER_LIMITS, *limits))


def _numeric(name: str, *limits: str, required: bool = False) -> Column:
    return Column(name, "numeric", required, limits=limits or NUMERIC_LIMITS)


def _together(first: str, second: str) -> tuple[Rule, Rule]:
    return _only_with(second, first), _only_with(first, second)


def _only_with(column: str, other: str) -> Rule:
    return Rule(column, f"x.{column} is not null and x.{other} is null", f"{column} is given without {other}")


ORDER = ("order_year", "order_number", "order_lot")
_ORDER_COLUMNS = (
    _integer("order_year", required=True),
    _integer("order_number", required=True),
    _integer("order_lot", ">= 0", default="0"),
)


def _names_item(*, tracking: bool = False) -> FileReference:
    takes = {"item_id": "item_id"}
    return FileReference(("item_code",), "item", takes | {"tracking": "tracking"} if tracking else takes)


def _names_site(column: str = "site_code", target: str = "site_id") -> FileReference:
    return FileReference((column,), "site", {"site_id": target})


def _names_warehouse(column: str = "warehouse_code", target: str = "warehouse_id") -> FileReference:
    return FileReference((column,), "warehouse", {"warehouse_id": target})


def _names_reason(
    column: str = "reason_code",
    target: str = "movement_reason_id",
    warehouse: str = "warehouse_code",
) -> FileReference:
    return FileReference((warehouse, column), "movement_reason", {"movement_reason_id": target})


def _names_location(column: str = "location_code", target: str = "location_id") -> FileReference:
    return FileReference(("warehouse_code", column), "location", {"location_id": target})


_NAMES_VARIANT = FileReference(("item_code", "variant_code"), "item_variant", {"item_variant_id": "item_variant_id"})
_NAMES_LOT = FileReference(("item_code", "variant_code", "lot_code"), "lot", {"lot_id": "lot_id"})
_NAMES_ORDER = FileReference(ORDER, "production_order", {"production_order_id": "production_order_id"})
_NAMES_JOB_ORDER = FileReference(("job_year", "job_number"), "job_order", {"job_order_id": "job_order_id"})

FILES: tuple[File, ...] = (
    File(
        "company",
        (
            _code("company_code", required=True),
            _text("description"),
            _boolean("wip_management"),
            _boolean("split_on_shortage"),
            _boolean("transfer_manual_to_wip"),
            _boolean("allow_negative_stock"),
            _numeric("over_production_percent", ">= 0", "< 1e6"),
            _boolean("note_required"),
            _boolean("notify_runs"),
            Column("time_zone", names_zone=True),
            _date("period_start", required=True),
            _date("period_end", required=True),
        ),
        key=("company_code",),
        identity="company_id",
        tables=("company", "production_parameter"),
        rules=(Rule("period_end", "x.period_end < x.period_start", "period_end lies before period_start"),),
    ),
    File(
        "site",
        (_code("site_code", required=True), _text("description")),
        key=("site_code",),
        identity="site_id",
        tables=("site",),
    ),
    File(
        "warehouse",
        (
            _code("warehouse_code", required=True),
            _text("description"),
            _code("site_code"),
            _boolean("allow_negative_stock"),
            _boolean("check_location"),
            _date("valid_until"),
        ),
        key=("warehouse_code",),
        identity="warehouse_id",
        references=(_names_site(),),
        tables=("warehouse",),
    ),
    File(
        "location",
        (_code("warehouse_code", required=True), _code("location_code", required=True), _boolean("blocked")),
        key=("warehouse_code", "location_code"),
        identity="location_id",
        references=(_names_warehouse(),),
        tables=("location",),
    ),
    File(
        "movement_reason",
        (
            _code("warehouse_code", required=True),
            _code("reason_code", required=True, longest=3),
            _text("description"),
            _word("direction", "load", "issue", required=True),
            _boolean("usable_in_production"),
            _boolean("allow_unavailable_lots"),
            _code("counterpart_warehouse_code"),
            _code("counterpart_reason_code"),
            _code("default_location_code"),
        ),
        key=("warehouse_code", "reason_code"),
        identity="movement_reason_id",
        references=(
            _names_warehouse(),
            _names_warehouse("counterpart_warehouse_code", "counterpart_warehouse_id"),
            _names_reason("counterpart_reason_code", "counterpart_movement_reason_id", "counterpart_warehouse_code"),
            _names_location("default_location_code", "default_location_id"),
        ),
        rules=_together("counterpart_warehouse_code", "counterpart_reason_code"),
        tables=("movement_reason",),
    ),
    File(
        "warehouse_rule",
        (
            _word("level", "company", "site", "item", required=True),
            _code("site_code"),
            _code("item_code"),
            _word("section", "raw_material", "semi_finished", "finished", "scrap", "wip", required=True),
            _code("warehouse_code", required=True),
            _code("issue_reason_code"),
            _code("semi_finished_issue_reason_code"),
            _code("load_reason_code"),
        ),
        key=("level", "site_code", "item_code", "section"),
        nullable_key=("site_code", "item_code"),
        identity="warehouse_rule_id",
        references=(
            _names_site(),
            _names_item(),
            _names_warehouse(),
            _names_reason("issue_reason_code", "issue_movement_reason_id"),
            _names_reason("semi_finished_issue_reason_code", "semi_finished_issue_movement_reason_id"),
            _names_reason("load_reason_code", "load_movement_reason_id"),
        ),
        rules=(
            Rule("site_code", "x.level = 'site' and x.site_code is null", "a rule of level site names its site"),
            Rule("site_code", "x.level <> 'site' and x.site_code is not null", "only level site names a site"),
            Rule("item_code", "x.level = 'item' and x.item_code is null", "a rule of level item names its item"),
            Rule("item_code", "x.level <> 'item' and x.item_code is not null", "only level item names an item"),
            Rule(
                "semi_finished_issue_reason_code",
                "x.section <> 'wip' and x.semi_finished_issue_reason_code is not null",
                "only section wip has a reason for semi-finished items",
            ),
        ),
        tables=("warehouse_rule",),
    ),
    File(
        "item",
        (
            _code("item_code", required=True),
            _text("item_class"),
            _text("description"),
            _text("uom"),
            _integer("quantity_decimals", ">= 0", "<= 10"),
            _word("tracking", "none", "lot"),
            _word("lot_policy", "fifo", "expiry", "manual"),
            _integer("expiry_block_days", ">= 0", "<= 100000"),
            _boolean("phantom"),
        ),
        key=("item_code",),
        identity="item_id",
        tables=("item",),
    ),
    File(
        "item_variant",
        (_code("item_code", required=True), _code("variant_code", required=True), _text("description")),
        key=("item_code", "variant_code"),
        identity="item_variant_id",
        references=(_names_item(),),
        tables=("item_variant",),
    ),
    File(
        "item_location",
        (
            _code("item_code", required=True),
            _code("warehouse_code", required=True),
            _code("location_code", required=True),
            _integer("priority"),
        ),
        key=("item_code", "warehouse_code", "location_code"),
        references=(_names_item(), _names_warehouse(), _names_location()),
        tables=("item_location",),
    ),
    File(
        "item_mrp_parameter",
        (
            _code("item_code", required=True),
            _word("picking_type", "automatic", "with_list", "manual", required=True),
            _word("procurement_type", "purchase", "production", "subcontract", required=True),
        ),
        key=("item_code",),
        references=(_names_item(),),
        tables=("item_mrp_parameter",),
    ),
    File(
        "lot",
        (
            _code("item_code", required=True),
            _code("variant_code"),
            _code("lot_code", required=True),
            _date("start_date"),
            _date("expiry_date"),
            _word("state", "available", "unavailable"),
            _boolean("sellable"),
            _boolean("closed"),
        ),
        key=("item_code", "variant_code", "lot_code"),
        nullable_key=("variant_code",),
        identity="lot_id",
        references=(_names_item(tracking=True), _NAMES_VARIANT),
        rules=(Rule("item_code", "x.tracking = 'none'", "the item is not a lot item (tracking is none)"),),
        tables=("lot",),
    ),
    File(
        "opening_stock",
        (
            _code("warehouse_code", required=True),
            _code("item_code", required=True),
            _code("variant_code"),
            _code("lot_code"),
            _code("location_code"),
            _numeric("quantity", *AMOUNT, required=True),
            _date("record_date", required=True),
            _code("reason_code"),
        ),
        references=(
            _names_warehouse(),
            _names_item(tracking=True),
            _NAMES_VARIANT,
            _NAMES_LOT,
            _names_location(),
            FileReference(
                ("warehouse_code", "reason_code"),
                "movement_reason",
                {"movement_reason_id": "movement_reason_id", "direction": "direction"},
            ),
        ),
        zero_skips="quantity",
        rules=(
            Rule(
                "lot_code",
                "x.tracking = 'lot' and x.lot_code is null",
                "stock of a lot item lies in a lot: lot_code is empty",
            ),
            Rule(
                "lot_code",
                "x.tracking = 'none' and x.lot_code is not null",
                "the item is not a lot item (tracking is none)",
            ),
            Rule("reason_code", "x.direction <> 'load'", "opening stock needs a reason of direction load"),
            Rule(
                "reason_code",
                "x.reason_code is null and x.movement_reason_id is null",
                "reason_code is empty, and the warehouse has not exactly one reason of direction load",
            ),
        ),
    ),
    File(
        "job_order",
        (
            _integer("job_year", required=True),
            _integer("job_number", required=True),
            _text("job_type"),
            _code("site_code"),
            _text("customer"),
            _text("description"),
            _boolean("supply_released"),
        ),
        key=("job_year", "job_number"),
        identity="job_order_id",
        references=(_names_site(),),
        tables=("job_order",),
    ),
    File(
        "production_order",
        (
            *_ORDER_COLUMNS,
            _text("order_type"),
            _code("item_code", required=True),
            _code("variant_code"),
            _numeric("quantity", *AMOUNT, required=True),
            _word("status", "launched", "executive", "closed", "archived"),
            _integer("level", ">= 1"),
            _date("start_date"),
            _date("end_date"),
            _integer("job_year"),
            _integer("job_number"),
            _text("project"),
            _text("firm"),
            _integer("priority"),
            _code("load_warehouse_code"),
            _code("load_reason_code"),
        ),
        key=ORDER,
        identity="production_order_id",
        references=(
            _names_item(),
            _NAMES_VARIANT,
            _NAMES_JOB_ORDER,
            _names_warehouse("load_warehouse_code", "load_warehouse_id"),
            _names_reason("load_reason_code", "load_movement_reason_id", "load_warehouse_code"),
        ),
        rules=(*_together("job_year", "job_number"), _only_with("load_reason_code", "load_warehouse_code")),
        tables=("production_order",),
    ),
    File(
        "production_order_phase",
        (
            *_ORDER_COLUMNS,
            _integer("phase", required=True),
            _integer("sub_phase", default="0"),
            _text("description"),
            _text("department"),
            _text("work_center"),
            _text("machine"),
            _code("machine_site_code"),
            _boolean("external"),
            _boolean("productive"),
            _boolean("movable"),
        ),
        key=(*ORDER, "phase", "sub_phase"),
        references=(_NAMES_ORDER, _names_site("machine_site_code", "machine_site_id")),
        tables=("production_order_phase",),
    ),
    File(
        "production_order_material",
        (
            *_ORDER_COLUMNS,
            _integer("line", ">= 1", required=True),
            _code("item_code", required=True),
            _code("variant_code"),
            _numeric("unit_quantity", required=True),
            _boolean("fixed"),
            _numeric("scrap_percent", ">= 0", "< 1e6"),
            _numeric("picked_quantity", ">= 0", "< 1e15"),
            _boolean("movable"),
            _integer("phase"),
            _integer("sub_phase", default="case when s.phase is not null then 0 end"),
            _code("warehouse_code"),
            _code("reason_code"),
            _code("location_code"),
            _integer("priority"),
        ),
        key=(*ORDER, "line"),
        references=(
            _NAMES_ORDER,
            _names_item(),
            _NAMES_VARIANT,
            FileReference((*ORDER, "phase", "sub_phase"), "production_order_phase"),
            _names_warehouse(),
            _names_reason(),
            _names_location(),
        ),
        rules=(
            *_together("warehouse_code", "reason_code"),
            _only_with("location_code", "warehouse_code"),
            _only_with("sub_phase", "phase"),
        ),
        tables=("production_order_material",),
    ),
    File(
        "material_lot",
        (
            *_ORDER_COLUMNS,
            _integer("line", ">= 1", required=True),
            _code("lot_code", required=True),
            _numeric("quantity", *AMOUNT, required=True),
        ),
        key=(*ORDER, "line", "lot_code"),
        references=(
            _NAMES_ORDER,
            FileReference(
                (*ORDER, "line"),
                "production_order_material",
                {"item_code": "item_code", "variant_code": "variant_code"},
            ),
            _names_item(),
            _NAMES_LOT,
        ),
        tables=("material_lot",),
    ),
)
"""The files of a first load, in the order in which bad rows are reported."""

LATER_FILES: tuple[File, ...] = (
    File(
        "stock_document",
        (_code("document_key", required=True), _date("record_date"), _text("note")),
        key=("document_key",),
    ),
    File(
        "stock_document_line",
        (
            _code("document_key", required=True),
            _code("warehouse_code", required=True),
            _code("reason_code"),
            _code("item_code", required=True),
            _code("variant_code"),
            _code("lot_code"),
            _code("location_code"),
            _numeric("quantity", *AMOUNT),
            _numeric("counted_quantity", ">= 0", "< 1e15"),
            _code("load_reason_code"),
            _integer("order_year"),
            _integer("order_number"),
            _integer("order_lot", ">= 0"),
            _integer("material_line", ">= 1"),
        ),
        references=(
            FileReference(("document_key",), "stock_document"),
            _names_warehouse(),
            _names_item(tracking=True),
            _NAMES_VARIANT,
            _names_location(),
            _NAMES_ORDER,
        ),
        rules=(
            Rule(
                "lot_code",
                "x.tracking = 'none' and x.lot_code is not null",
                "the item is not a lot item (tracking is none)",
            ),
            Rule(
                "counted_quantity",
                "x.quantity is not null and x.counted_quantity is not null",
                "quantity and counted_quantity exclude each other",
            ),
            _only_with("load_reason_code", "counted_quantity"),
            *_together("order_year", "order_number"),
            _only_with("order_lot", "order_number"),
            *_together("order_number", "material_line"),
            Rule(
                "order_number",
                "x.order_number is not null and x.counted_quantity is not null",
                "what is counted is for no order",
            ),
            Rule("item_code", "false", "the material line is of another item"),
            Rule(
                "material_line",
                "false",
                "the picked quantity of the material line was put, and does not come from documents",
            ),
        ),
    ),
)
"""Kinds that are sent to a company that is there, and that no first load reads: what other programs move."""

ALL_FILES = (*FILES, *LATER_FILES)
"""The files of an update, in the order in which bad rows are reported."""

FILE: Mapping[str, File] = {file.name: file for file in ALL_FILES}


def in_order_of_references() -> list[str]:
    """The files of a first load by name, each after those that its rows name; always in the order of locks."""
    needs = {file.name: sorted({reference.file for reference in file.references} - {file.name}) for file in FILES}
    return list(TopologicalSorter(needs).static_order())
