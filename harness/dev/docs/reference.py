"""The pages that the catalog writes: functions, views and tables, from their comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from harness.dev.docs.examples import Example
from harness.dev.docs.markdown import (
    Connection,
    as_code,
    catalog_rows,
    fenced,
    generated_from,
    markdown_table,
)
from harness.dev.docs.view_keys import VIEW_KEYS, ViewKeys

_SOURCE = generated_from("the comments in the SQL sources")
_SOURCE_OF_VIEWS = generated_from("the comments in the SQL sources and harness/dev/docs/view_keys.py")

_VOLATILITY = {
    "v": "It writes.",
    "s": "It only reads, and runs in a read-only transaction.",
    "i": "It depends on its arguments alone.",
}

PARAMETERS = {
    "p_company_id": "The company; the caller is a member of it.",
    "p_order_ids": "Ids of the orders, up to 200,000, in the order in which they are served; duplicates count once.",
    "p_order_id": "Id of the order.",
    "p_material_line": "Line of the material.",
    "p_declaration_ids": "Ids of the declarations, up to 200,000; duplicates count once.",
    "p_record_date": "Date of the stock records; null: today of the company.",
    "p_keep": "How long keys are kept, at least a day.",
    "p_on_shortage": "`refuse` or `split`; null: what the company's parameter says.",
    "p_quantities": "How much of each order, as long as `p_order_ids`; null, for one or for every order: all of it.",
}
"""What a parameter means wherever it stands; a function whose comment says more of it (`p_…: …`) is quoted instead."""


def functions_page(connection: Connection, examples: Mapping[str, tuple[str, Example]]) -> str:
    """Describe the functions of erp_api. `examples` are their headings, statements and answers by name."""
    functions = catalog_rows(connection, "functions")
    lines = [
        "# Functions of erp_api",
        "",
        _SOURCE,
        "",
        "Members of the roles named may execute them, for the companies that they are members of. R-numbers are those",
        "of the [rules](rules.md). Exceptions and reasons are in [errors](errors.md), other statements in",
        "[examples](../examples).",
        "",
        *_list(functions, "erp_api"),
    ]
    for function in functions:
        text, said = _split_comment(function["comment"])
        callers = ", ".join(f"`{role}`" for role in function["callers"])
        lines += ["", f"## erp_api.{function['name']}", "", *text, ""]
        lines += [f"{_VOLATILITY[function['volatility']]} For {callers}."]
        if function["parameters"]:
            lines += ["", *markdown_table(["parameter", "type", "default", "meaning"], _parameters(function, said))]
        lines += ["", *fenced("sql", _result(function))]
        lines += _example(examples.get(function["name"]))
    return "\n".join(lines) + "\n"


def views_page(connection: Connection, schema: str, examples: Mapping[str, tuple[str, Example]]) -> str:
    """Describe the views of a schema, those of erp_api with their keys."""
    views = catalog_rows(connection, "relations", schema=schema, kinds=["v"])
    keyed = schema == "erp_api"
    lines = [
        f"# Views of {schema}",
        "",
        _SOURCE_OF_VIEWS if keyed else _SOURCE,
        "",
        "Members of `erp_operator`, `erp_releaser`, `erp_writer` and `erp_reader` may select them; each shows the rows",
        "of the companies that the reader is a member of. Columns are only ever added, at the end. R-numbers are those",
        "of the [rules](rules.md).",
        "",
        *_list(views, schema),
    ]
    for view in views:
        columns = catalog_rows(connection, "columns", relation=view["oid"])
        lines += ["", f"## {schema}.{view['name']}", "", *_paragraphs(view["comment"]), ""]
        if keyed:
            lines += _keyed_columns(VIEW_KEYS[view["name"]], columns)
        else:
            lines += markdown_table(
                ["column", "type", "meaning"], [[as_code(c["name"]), c["type"], c["comment"]] for c in columns]
            )
        lines += _example(examples.get(view["name"]))
    return "\n".join(lines) + "\n"


def _keyed_columns(keys: ViewKeys, columns: Iterable[Mapping[str, Any]]) -> list[str]:
    unique = " Also: ".join(", ".join(map(as_code, key)) + "." for key in keys.unique)
    return [
        f"Unique: {unique}" if unique else "Nothing is unique.",
        "",
        *markdown_table(
            ["column", "type", "null", "meaning"],
            [
                [as_code(c["name"]), c["type"], "" if c["name"] in keys.never_null else "yes", c["comment"]]
                for c in columns
            ],
        ),
    ]


def tables_page(connection: Connection) -> str:
    """Describe the tables of erp."""
    tables = catalog_rows(connection, "relations", schema="erp", kinds=["r", "p"])
    lines = [
        "# Tables of erp",
        "",
        _SOURCE,
        "",
        "Only their owner touches them. A client meets the names of their constraints in errors. R-numbers are those",
        "of the [rules](rules.md).",
        "",
        *_list(tables, "erp"),
    ]
    for table in tables:
        columns = catalog_rows(connection, "columns", relation=table["oid"])
        constraints = catalog_rows(connection, "constraints", relation=table["oid"])
        lines += ["", f"## erp.{table['name']}", "", *_paragraphs(table["comment"]), ""]
        lines += markdown_table(
            ["column", "type", "null", "default", "meaning"],
            [
                [
                    as_code(c["name"]),
                    c["type"],
                    "" if c["required"] else "yes",
                    as_code(c["default_value"]),
                    c["comment"],
                ]
                for c in columns
            ],
        )
        lines += [""]
        lines += markdown_table(
            ["constraint", "definition"], [[as_code(c["name"]), as_code(c["definition"])] for c in constraints]
        )
    return "\n".join(lines) + "\n"


def _list(named: Iterable[Mapping[str, Any]], schema: str) -> list[str]:
    """List what a page holds, each with the first sentence of its comment; an anchor is without dots."""
    first = re.compile(r".+?[.](?=\s|$)", re.DOTALL)
    return [f"- [{n['name']}](#{schema}{n['name']}): {' '.join(first.findall(n['comment'])[0].split())}" for n in named]


def _split_comment(comment: str) -> tuple[list[str], dict[str, str]]:
    """Separate what a comment says of the parameters (`p_…: …`, up to the next one or `Returns`) from its text."""
    of_parameter = r"\b(p_[a-z_]+): (.*?)(?=\bp_[a-z_]+: |^Returns |^Errors: |^For |\Z)"
    said = {name: " ".join(text.split()) for name, text in re.findall(of_parameter, comment, re.M | re.S)}
    return _paragraphs(re.sub(of_parameter, "", comment, flags=re.M | re.S)), said


def _paragraphs(comment: str) -> list[str]:
    """Let a paragraph begin where a line does with `Word:` or `Returns`, or a sentence with `Errors:`."""
    lines = [line.rstrip() for line in comment.strip().splitlines() if line.strip()]
    text = re.sub(r"\n(?=[A-Z][a-z]+: |Returns )", "\n\n", "\n".join(lines))
    return re.sub(r"(?<=\.)\s+(?=Errors: )", "\n\n", text).splitlines()


def _parameters(function: Mapping[str, Any], said: Mapping[str, str]) -> list[list[str]]:
    rows = []
    for parameter in function["parameters"]:
        meaning = said.get(parameter["name"]) or PARAMETERS[parameter["name"]]
        rows.append(
            [
                as_code(parameter["name"]),
                parameter["type"],
                as_code(parameter["default"]),
                meaning[0].upper() + meaning[1:],
            ]
        )
    return rows


def _result(function: Mapping[str, Any]) -> str:
    columns = ",\n    ".join(function["columns"])
    return f"returns table (\n    {columns}\n)" if columns else f"returns {function['result']}"


def _example(example: tuple[str, Example] | None) -> list[str]:
    if example is None:
        return []
    heading, statements = example
    lines = ["", heading]
    for statement, answer in statements:
        lines += ["", *fenced("sql", statement), "", *fenced("text", answer)]
    return lines
