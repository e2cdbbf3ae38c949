"""The page of errors: every SQLSTATE, and every reason of a refusal with its sentences."""

from __future__ import annotations

import re

from harness.dev.docs.markdown import Connection, catalog_rows, generated_from, markdown_table
from rilascio.errors import SQLSTATES

_PLACEHOLDERS = (
    "order",
    "item",
    "warehouse",
    "lot",
    "required",
    "available",
    "uom",
    "detail",
    "record date",
    "period start",
    "period end",
    "column",
    "expected",
    "order, or document and line",
)
"""What stands in the place of each %n$s of a sentence."""

_LANGUAGES = {"en": "English", "it": "Italian"}


def errors_page(connection: Connection) -> str:
    """Describe every SQLSTATE and every reason of a refusal with its messages, as Markdown."""
    lines = [
        "# Errors and refusals",
        "",
        generated_from("harness/rilascio/errors.py and erp_internal.reason_catalog"),
        "",
        "A *bad call* is an exception and changes nothing. An *order that cannot be released or restored*, or a *row",
        "that cannot be put*, is no exception: its row of the answer says `refused` and carries its reasons.",
        "",
        "## SQLSTATEs",
        "",
        "In Python, psycopg raises the class named; those of `rilascio.errors` are known once it is imported.",
        "",
        *markdown_table(
            ["SQLSTATE", "name", "meaning", "what to do", "Python class"],
            [
                [
                    f"`{state.sqlstate}`",
                    f"`{state.name}`",
                    state.meaning,
                    state.what_to_do,
                    f"`{state.exception.__module__}.{state.exception.__name__}`",
                ]
                for state in SQLSTATES
            ],
        ),
        "",
        "The guards of the tables raise `PR002` too. Other SQLSTATEs are PostgreSQL's own, such as `40001` and `40P01`",
        "(nothing was changed, try again) or a broken constraint, whose name stands in [tables](tables.md).",
        "`42501` is a missing grant: the login has none of the roles that may call this function or read this view. It",
        "is never about a company; who may call, but is no member of the company, gets `PR004`.",
        "A call on whose way another release was deployed ends with `40001` too; so may a query of the",
        "restore grid. If that release gave an answer or a view other columns, statements that a session has prepared",
        "end with `0A000` (`cached plan must not change result type`): prepare them again, or connect anew.",
        "",
        "`XX000` is an error of the product itself, such as a reason that its registry does not know: nothing was",
        "changed.",
        "",
        "## Reasons",
        "",
        "`reasons` is a JSON array of objects with these fields, the same in previews and in execution; `[]` where",
        "there is nothing to say. A row has its reasons in the order of this list.",
        "",
        *markdown_table(
            ["field", "meaning"],
            [
                ["`code`", "One of the codes below. It never depends on the language."],
                [
                    "`message`",
                    "A sentence with the order, the item and the figures, in the language of `erp.language`.",
                ],
                ["`hint`", "What to do, in the same language."],
                ["`item_code`, `variant_code`", "The material, where one is meant."],
                ["`warehouse_code`", "The warehouse, where one is meant."],
                ["`lot_code`", "The lot, where one is meant."],
                ["`location_code`", "The location, where stock was looked for in one alone."],
                ["`column`, `line`", "Of data that was sent: the column, and the place of the line in its document."],
                ["`required`, `available`", "The quantities, of shortages; in the item's unit of measure."],
                ["`column`", "The column of sent data that is at fault; only of such reasons."],
                ["`line`", "The line of a document that it stands in, else null; beside `column`."],
            ],
        ),
        "",
        "`set erp.language = 'it'` gives Italian; English is the default and stands in for any other language.",
    ]
    for row in catalog_rows(connection, "reasons"):
        heading = ["", f"### {row['code']}", "", row["meaning"]]
        if row["severity"] == "warning":
            heading[-1] += " This is a warning: the order is not refused."
        if heading[1] not in lines:
            lines += [*heading, ""]
        lines += [f"- {_LANGUAGES[row['language']]}: “{_named(row['message'])}” “{_named(row['hint'])}”"]
    return "\n".join(lines) + "\n"


def _named(message: str) -> str:
    return re.sub(r"%(\d+)\$s", lambda place: f"{{{_PLACEHOLDERS[int(place[1]) - 1]}}}", message)
