"""What actions answer: their rows, counted, as a table, CSV or JSON."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import click

from rilascio.language import _, counted, marked, noun_of, nouns_of, plural
from rilascio.orders import Reference
from rilascio.output import print_json_lines, print_table, remark

DETAIL_LIMIT = 20
"""So many are shown one by one."""

REFUSED_LIMIT = 50
"""So many of those refused are listed where they are not shown one by one."""

_HINTS = 3

_SHORTAGES = frozenset({"insufficient_stock", "later_stock_negative", "lot_unavailable"})
"""The reasons over which an order may be split (R24)."""

_SPLIT_HINT = marked("With --on-shortage split, what stock covers of an order is released.")

Row = dict[str, Any]


def order_label(row: Mapping[str, Any]) -> str:
    """Return the reference of a row's order, or the requested id if nobody knows it, or nothing without one."""
    if row["order_year"] is None:
        return _("id {number}", number=row["order_id"]) if row["order_id"] is not None else ""
    return str(Reference(row["order_year"], row["order_number"], row["order_lot"]))


@dataclass(frozen=True)
class Action:
    """A function of `erp_api` that takes many elements and answers for each, and how people call it."""

    verb: str
    function: str
    noun: str = marked("order", plural="orders")
    parameter: str = "order_ids"
    """The argument that takes the elements."""
    name: Callable[[Row], str] = order_label
    """What people call the element that a row answers for."""
    labels: tuple[tuple[str, str], ...] = ()
    """Columns, with their types, that the command knows of each element and puts before the function's own."""
    columns: tuple[str, ...] = ("order", "outcome", "records", "movements")
    more: str = marked("rilascio preview ORDER tells more of one order, --format json gives all.")
    splits: bool = False
    """It can split an order over shortages."""


@dataclass
class ActionSummary:
    """What the calls of an action have answered so far."""

    action: Action
    requested: int
    outcomes: Counter[str] = field(default_factory=Counter)
    records: int = 0
    movements: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    detailed: list[Row] = field(default_factory=list)
    examples: dict[str, tuple[str, str]] = field(default_factory=dict)
    refusals: list[tuple[str | None, str, str]] = field(default_factory=list)
    """The first reasons, one more than are shown one by one."""
    hints: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    """The first that were refused, each with the codes of its reasons."""
    runs: set[int] = field(default_factory=set)

    @property
    def done(self) -> int:
        return self.outcomes.total()

    def add(self, row: Row) -> None:
        """Count one element's answer."""
        self.outcomes[row["outcome"]] += 1
        self.records += row.get("record_count") or 0
        self.movements += row.get("movement_count") or 0
        if self.requested <= DETAIL_LIMIT:
            self.detailed.append(row)
        if row.get("run_id") is not None:
            self.runs.add(row["run_id"])
        reasons = row["reasons"]
        codes = dict.fromkeys(reason["code"] for reason in reasons)
        self.codes.update(codes.keys())
        if row["outcome"] == "refused" and len(self.refused) < REFUSED_LIMIT:
            self.refused.append((self.action.name(row), ", ".join(codes)))
        for number, reason in enumerate(reasons):
            name = self.action.name(row)
            self.examples.setdefault(reason["code"], (name, reason["message"]))
            if len(self.refusals) <= DETAIL_LIMIT:
                self.refusals.append((None if number else name, reason["code"], reason["message"]))
                self.hints += [reason["hint"]] if reason.get("hint") else []
        if self.action.splits and codes and codes.keys() <= _SHORTAGES:
            self.hints.append(_(_SPLIT_HINT))  # where a split was tried in vain, another reason says so

    def sorted_examples(self) -> list[tuple[str, tuple[str, str]]]:
        """Return each reason's first element and message, the most frequent reason first."""
        return [(code, self.examples[code]) for code, _count in self.codes.most_common()]

    def outcome_counts(self) -> str:
        """Return the outcomes with their counts, as `counted_outcomes` does."""
        return counted_outcomes(self.outcomes)

    def run_numbers(self) -> str:
        """Return the runs that answered: `Run 12`, `3 runs, 12 to 15`."""
        first, last = min(self.runs), max(self.runs)
        if first == last:
            return _("Run {number}", number=first)
        return _("{runs}, {first} to {last}", runs=counted(len(self.runs), "run"), first=first, last=last)

    def history_command(self) -> str:
        """Return the command that tells again what the runs refused, and why."""
        first, last = min(self.runs), max(self.runs)
        which = f"--run {first}" if first == last else f"--where 'run_id>={first}' --where 'run_id<={last}'"
        return f"rilascio history {which} --where outcome=refused"


_OUTCOMES = (
    marked("released", plural="released"),
    marked("split", plural="split"),
    marked("restored", plural="restored"),
    marked("declared", plural="declared"),
    marked("registered", plural="registered"),
    marked("rolled back", plural="rolled back"),
    marked("deleted", plural="deleted"),
    marked("closed", plural="closed"),
    marked("reopened", plural="reopened"),
    marked("archived", plural="archived"),
    marked("merged", plural="merged"),
    marked("unchanged", plural="unchanged"),
    marked("refused", plural="refused"),
    marked("of them unknown", plural="of them unknown"),
)


def _by_outcome(item: tuple[str, int]) -> int:
    said = item[0].replace("_", " ")
    return _OUTCOMES.index(said) if said in _OUTCOMES else len(_OUTCOMES)


def outcome_label(outcome: str) -> str:
    """Return an outcome as people say it: `rolled back`."""
    said = outcome.replace("_", " ")
    return plural(said, said, 1)


def counted_outcome(outcome: str, count: int) -> str:
    """Return how many had an outcome: `3 rolled back`."""
    said = outcome.replace("_", " ")
    return counted(count, said, said)


def counted_outcomes(outcomes: Mapping[str, int]) -> str:
    """Return outcomes with their counts: `250 released, 3 split, 61 refused`."""
    return ", ".join(counted_outcome(outcome, count) for outcome, count in sorted(outcomes.items(), key=_by_outcome))


def outcomes_in_words(counts: str) -> str:
    """Return outcomes as views count them, in the language chosen: `3 released, 1 refused`."""
    return re.sub(r"(\d+) ([a-z ]+)", lambda match: counted_outcome(match[2], int(match[1])), counts)


def print_answers(rows: Iterator[tuple[str, str]], summary: ActionSummary, output_format: str) -> None:
    """Print each row of JSON as it comes, or in a table their sum, and count them. With each row come its reasons."""

    def counted_rows() -> Iterator[tuple[str, str, Row]]:
        for text, reasons in rows:
            row = json.loads(text, parse_float=Decimal)
            summary.add(row)
            yield text, reasons, row

    if output_format == "json":
        print_json_lines(text for text, *_more in counted_rows())
    elif output_format == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        for _text, reasons, row in counted_rows():
            if summary.done == 1:
                writer.writerow(row)
            writer.writerow((row | {"reasons": reasons}).values())
        sys.stdout.flush()
    else:
        for _row in counted_rows():
            pass
        _print_summary(summary)
    if not summary.requested:
        remark(_("No {noun} matches.", noun=noun_of(summary.action.noun)))
    elif output_format != "table":
        remark(_total(summary))


def _print_summary(summary: ActionSummary) -> None:
    if summary.detailed:
        columns = summary.action.columns
        print_table(columns, [[_shown(row, column) for column in columns] for row in summary.detailed])
        click.echo()
    if summary.requested:
        click.echo(_total(summary))
    print_refusals(summary)


def _total(summary: ActionSummary) -> str:
    """Return what became of all: `2 released, 1 refused: 3 movements in 2 records. Run 12.`"""
    outcomes, runs = summary.outcome_counts().capitalize(), summary.run_numbers()
    if "movements" not in summary.action.columns:
        return f"{outcomes}. {runs}."
    movements, records = counted(summary.movements, "movement"), counted(summary.records, "record")
    return _(
        "{outcomes}: {movements} in {records}. {runs}.",
        outcomes=outcomes,
        movements=movements,
        records=records,
        runs=runs,
    )


def _shown(row: Row, column: str) -> object:
    match column:
        case "order":
            return order_label(row)
        case "outcome":
            return outcome_label(row["outcome"])
        case "phase":
            return phase_label(row)
        case "declaration":
            return row["declaration_id"]
        case "records" | "movements":
            return row[f"{column.removesuffix('s')}_count"]
        case _:
            return row[column]


def phase_label(row: Mapping[str, Any]) -> str:
    """Return a phase as tables show it: `20`, with a sub-phase `20/1`."""
    return "/".join(str(part) for part in (row["phase"], row["sub_phase"] or None) if part is not None)


def print_refusals(summary: ActionSummary) -> None:
    """Print why something was refused: every reason, or where there are many each code, and those refused for it."""
    noun = summary.action.noun
    if len(summary.refusals) > DETAIL_LIMIT:
        click.echo()
        print_table(
            ["reason", nouns_of(noun), "for example", "message"],
            [(code, summary.codes[code], *example) for code, example in summary.sorted_examples()],
            wrapped=("message",),
            flexible=("reason",),
        )
        if summary.refused:
            click.echo()
            print_table([noun, "reasons"], summary.refused, wrapped=("reasons",))
        unlisted = summary.outcomes["refused"] - len(summary.refused)
        click.echo("\n" + _("And {count:,} more.", count=unlisted) if unlisted else "")
        again = summary.refused and summary.runs
        click.echo(
            _("{command} tells it again.", command=summary.history_command()) if again else _(summary.action.more)
        )
    elif summary.refusals:
        click.echo()
        print_table([noun, "reason", "message"], summary.refusals, wrapped=("message",))
        print_hints(summary.hints)


def print_hints(hints: Iterable[str]) -> None:
    """Print the first of some hints, each once."""
    for hint in list(dict.fromkeys(hints))[:_HINTS]:
        click.echo(_("Hint: {hint}", hint=hint))


# --- previews --------------------------------------------------------------------------------------------------------

_PLANNED_COLUMNS = (
    "record_date",
    "material_line",
    "item",
    "warehouse_code",
    "reason_code",
    "lot_code",
    "location_code",
    "quantity",
    "available_quantity",
    "resolved_by",
)
_TITLES = {
    "material_line": "line",
    "warehouse_code": "warehouse",
    "reason_code": "reason",
    "lot_code": "lot",
    "location_code": "location",
    "available_quantity": "available",
    "resolved_by": "by",
    "record_date": "date",
}


def print_preview(rows: Iterable[Row], action: Action, requested: int) -> None:
    """Print a preview's rows: the planned movements if few are requested, each one's outcome, the reasons."""
    elements: dict[int, Row] = {}
    planned: list[Row] = []
    movements = 0
    for row in rows:
        element = elements.setdefault(row["ordinal"], row | {"reasons": []})
        element["reasons"] += [reason for reason in row["reasons"] if reason not in element["reasons"]]
        if row.get("item_code") is not None:
            movements += 1
            if requested <= DETAIL_LIMIT:
                item = " ".join(filter(None, (row["item_code"], row["variant_code"])))
                planned.append(row | {action.noun: action.name(row), "item": item})
        elif "quantity" not in row:
            movements += row.get("movement_count") or 0
    summary = ActionSummary(action, requested)
    for element in elements.values():
        summary.add(element)
    _print_planned(planned, action.noun, single=len(elements) == 1)
    for element in summary.detailed:
        click.echo(_preview_line(element, action))
    if summary.requested > DETAIL_LIMIT:
        click.echo(
            _(
                "Of {elements} there would be {outcomes}; {movements}.",
                elements=counted(summary.done, action.noun),
                outcomes=summary.outcome_counts(),
                movements=counted(movements, "movement"),
            )
        )
    print_refusals(summary)


def _print_planned(planned: list[Row], noun: str, *, single: bool) -> None:
    if not planned:
        return
    columns = [name for name in _PLANNED_COLUMNS if any(row.get(name) is not None for row in planned)]
    if not single:
        columns.insert(0, noun)
    print_table(
        columns,
        [[row[name] for name in columns] for row in planned],
        titles=_TITLES,
        flexible=("item", "lot_code"),
        droppable=("reason_code", "resolved_by"),
    )
    click.echo()


def _preview_line(row: Row, action: Action) -> str:
    name, outcome = action.name(row), outcome_label(row["outcome"])
    if row["outcome"] != "split":
        return _("{name} would be {outcome}.", name=name, outcome=outcome)
    return _(
        "{name} would be {outcome}, with a first quantity of {quantity:f}.",
        name=name,
        outcome=outcome,
        quantity=row["feasible_quantity"],
    )
