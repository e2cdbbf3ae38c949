"""What a page of a grid shows: criteria, order and key are in its address, so that loading it searches again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import abort, url_for
from psycopg.sql import Composed

from rilascio.commands.grid import filtered, page
from rilascio.commands.grid_columns import ORDER, RELEASE, RESTORE, Grid
from rilascio.commands.selection import GridOptions
from rilascio.errors import USAGE, HarnessError
from rilascio.filters import ApiView, Query, open_view, parse_cell
from rilascio.language import _, marked
from rilascio.orders import NUMBER_ORDER, number_filters
from rilascio.output import title
from rilascio.paging import PAGE_KEY
from rilascio.web.sessions import Row, Session

ROWS = 50
"""Rows of a page."""

COMPUTED = frozenset(
    {"late", "variant_code", "released_by", "record_count", "movement_count", "restorable", "blockers"}
    | {*RELEASE.feasibility_columns}
)
"""Columns that are found out for the rows of a page: to sort by them, all orders would have to be read."""

ORDER_COLUMNS = """
order item_code item_description variant_code item_class quantity produced_quantity uom level start_date end_date late
priority customer job_year job_number job_type project site_code department work_center machine firm order_type
created_at created_by changed_at changed_by
"""
RELEASE_COLUMNS = "released_at released_by run_id record_count movement_count restorable blockers"


@dataclass(frozen=True)
class Tab:
    """A tab of the form: a grid, and what is done with its orders."""

    name: str
    title: str
    heading: str
    grid: Grid
    """With every column that can be shown."""
    shown: tuple[str, ...]
    """The columns that are shown unless others were chosen."""


_LAUNCHED = replace(RELEASE, columns=(*ORDER_COLUMNS.split(), *RELEASE.feasibility_columns))
_RELEASED = replace(RESTORE, columns=(*ORDER_COLUMNS.split(), *RELEASE_COLUMNS.split()))
_SHOWN = (*RELEASE.columns, "feasibility", "priority", "customer", "machine")
TABS = {
    "release": Tab("release", marked("Filter"), marked("Launched orders"), _LAUNCHED, _SHOWN),
    "restore": Tab(
        "restore", marked("Restore"), marked("Released orders"), _RELEASED, (*RESTORE.columns, "released_by")
    ),
}


@dataclass(frozen=True)
class Criteria:
    """What the address of a page says."""

    tab: Tab
    cells: Mapping[str, str]
    """What stands in the cells of the filter, by column."""
    sort: str = ""
    after: str | None = None
    before: str | None = None
    unreleased: bool = False
    """In the restore grid, also orders that became executive without a release (R39)."""

    @classmethod
    def read(cls, tab: Tab, typed: Mapping[str, str]) -> Criteria:
        """Read the parameters of an address; what is left empty asks for nothing."""
        cells = {name: typed[name] for name in (*tab.grid.columns, *NUMBER_ORDER) if typed.get(name, "").strip()}
        for name in COMPUTED & {*cells, typed.get("sort", "").partition(":")[0]}:
            raise HarnessError(
                _("{column} is found out for the rows of a page only.", column=title(name)),
                _("Filter and sort by another column."),
                exit_code=USAGE,
            )
        keys = (typed.get("after") or None, typed.get("before") or None)
        return cls(tab, cells, typed.get("sort", ""), *keys, unreleased=bool(typed.get("unreleased")))

    @property
    def parameters(self) -> dict[str, str]:
        """Return what the address says, without the key."""
        flags = {"sort": self.sort, "unreleased": "true" if self.unreleased else ""}
        return {**self.cells, **{name: value for name, value in flags.items() if value}}

    @property
    def query_text(self) -> str:
        """Return that as the address has it."""
        return urlencode(self.parameters)

    def address(self, endpoint: str = "page_of_rows", **changes: str) -> str:
        """Return the address of a page with these criteria, but for some of them."""
        query = urlencode({name: value for name, value in {**self.parameters, **changes}.items() if value})
        return url_for(f"grid.{endpoint}", name=self.tab.name) + (f"?{query}" if query else "")

    def sorted_by(self, column: str) -> str:
        """Return the address sorted by a column: backwards, if it is sorted by it already."""
        return self.address(sort=f"{column}:desc" if (self.sort or ORDER) == column else column)

    def direction_of(self, column: str) -> str:
        """Return how a column is sorted, in the words of `aria-sort`."""
        name, _colon, direction = (self.sort or ORDER).partition(":")
        return "none" if name != column else "descending" if direction == "desc" else "ascending"

    def where(self, one: Session, view: ApiView) -> Query:
        """Return the condition for the rows that are meant."""
        filters = [
            part
            for column, text in self.cells.items()
            for part in (number_filters(text) if column == ORDER else [parse_cell(view, column, text)])
        ]
        where = filtered(one.connection, view, one.company, filters)
        return where if self.unreleased or "run_id" not in view.columns else where.also(" and run_id is not null")

    def query(
        self, one: Session, columns: tuple[str, ...], limit: int, only: list[int] | None = None
    ) -> tuple[Composed, list[object]]:
        """Return the query of some columns of the rows that are meant, in order, `only` those of some orders."""
        view = open_view(one.connection, self.tab.grid.view)
        where = self.where(one, view)
        if only is not None:
            where = where.also(" and order_id = any(%s::bigint[])", only)
        name, _colon, direction = self.sort.partition(":")
        sorts = NUMBER_ORDER if name == ORDER else (view.check(name),) if name else ()
        directed = tuple(f"{sort}:{direction}" if direction else sort for sort in sorts)
        options = GridOptions(None, (), directed, limit, None, "table", None, after=self.after, before=self.before)
        return page(one.connection, self.tab.grid, view, one.company, where, options, columns)


@dataclass(frozen=True)
class Page:
    """Rows of a page, and the addresses of those before and behind it, where there are any."""

    rows: list[Row]
    before: str | None
    behind: str | None


def tab_of(name: str) -> Tab:
    """Return a tab by its name in addresses."""
    if name not in TABS:
        abort(404, _("There is no such page."))
    return TABS[name]


def read_page(one: Session, criteria: Criteria, columns: tuple[str, ...]) -> Page:
    """Return a page of rows in the order of the grid."""
    rows = one.rows(*criteria.query(one, ("order_id", *columns, PAGE_KEY), ROWS + 1))
    more = len(rows) > ROWS
    rows = rows[:ROWS]
    if criteria.before is None:
        begins, ends = criteria.after is None, not more
    elif more:
        begins, ends = False, False
        rows.reverse()
    else:  # the beginning: a whole page from there
        return read_page(one, replace(criteria, before=None), columns)
    if not rows:
        return Page(rows, None if begins else criteria.address(), None)
    return Page(
        rows,
        None if begins else criteria.address(before=rows[0][PAGE_KEY]),
        None if ends else criteria.address(after=rows[-1][PAGE_KEY]),
    )
