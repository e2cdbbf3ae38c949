"""The JSON Schema of what can be put: `docs/data.schema.json`, from the one description of the load format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.dev.data_puts.kinds import KINDS
from harness.dev.data_readers import CHILDREN, read_only, sent_columns
from harness.dev.docs.csv_files import OF_DOCUMENTS
from harness.dev.docs.markdown import Connection
from rilascio.loading.files import FILE, LATER_FILES, Column, File

LISTS = {
    "phases": "production_order_phase",
    "materials": "production_order_material",
    "material_lots": "material_lot",
    "lines": "stock_document_line",
}
"""The kind of the rows in each list that an object may hold."""

DOCUMENTS = {"put_production_orders": "production_order", "post_stock": "stock_document"}
"""The functions that take an array of documents, with the kind of these."""

Schema = dict[str, Any]


def data_schema(connection: Connection) -> str:
    """Describe the documents of every function that takes data, as a JSON Schema; descriptions are the comments."""
    with connection.cursor() as cursor:
        comments = {
            (view, column): comment
            for view, column, comment in cursor.execute(
                """
                select c.relname::text, a.attname::text, col_description(c.oid, a.attnum)
                from pg_class as c
                inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
                where c.relnamespace = 'erp_data'::regnamespace
                """
            ).fetchall()
        }
    comments |= {(file.name, column.name): OF_DOCUMENTS[column.name] for file in LATER_FILES for column in file.columns}
    documents = {name: kind for name, kind in DOCUMENTS.items() if kind in FILE}
    kinds = [*KINDS, *(file for file in FILE if file not in KINDS and file in _within(documents.values()))]
    calls: dict[str, Schema] = {
        "put_data": {
            "description": "The argument p_data of erp_api.put_data and preview_data.",
            "type": "object",
            "properties": {kind: _list_of(kind) for kind in KINDS},
            "additionalProperties": False,
            "minProperties": 1,
        }
    }
    for name, kind in documents.items():
        calls[name] = {"description": f"The array of documents that erp_api.{name} takes.", **_list_of(kind)}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Data that rilascio takes",
        "description": "Written by `make docs` from the description of the load format. An absent key leaves a column "
        "as it is, null and an empty text set its default. Numbers and truth values may be texts.",
        "$defs": {**calls, **{kind: _object(FILE[kind], comments) for kind in kinds}},
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in calls],
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _within(kinds: Any) -> set[str]:
    """Return kinds, and those of the lists within them."""
    found = set(kinds)
    for kind in list(found):
        found |= _within([LISTS[name] for name in CHILDREN.get(kind, ())])
    return found


def _list_of(kind: str) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/$defs/{kind}"}}


def _object(file: File, comments: Mapping[tuple[str, str], str | None]) -> Schema:
    properties: dict[str, Schema] = {}
    for column in sent_columns(file):
        properties[column.name] = _cell(column, required=column.required)
        comment = "Whether the row of this key is deleted." if column.name == "delete" else None
        if comment := comment or comments.get((file.name, column.name)):
            properties[column.name]["description"] = comment
    for name in read_only(file):
        properties[name] = {"description": "Compared, and never written.", "readOnly": True}
    for name in CHILDREN.get(file.name, ()):
        properties[name] = _list_of(LISTS[name])
    own = {column.name for column in sent_columns(file)}
    key = () if file.name == "company" else file.key
    optional = {column.name for column in file.columns if column.default} | set(file.nullable_key)
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in key if name in own - optional],
        "additionalProperties": False,
    }


def _cell(column: Column, *, required: bool) -> Schema:
    if column.words:
        return {"enum": [*column.words, *([] if required else ["", None])]}
    if column.kind == "boolean":
        return {"enum": [True, False, "true", "false", *([] if required else ["", None])]}
    nothing = [] if required else ["null"]
    if column.kind == "date":
        return {"type": ["string", *nothing], "format": "date"}
    if column.kind == "text":
        longest = {} if column.longest is None else {"maxLength": column.longest}
        return {"type": ["string", "number", *nothing], **longest}
    schema: Schema = {"type": ["integer" if column.kind == "integer" else "number", "string", *nothing]}
    bounds = {
        ">=": ("minimum", max),
        ">": ("exclusiveMinimum", max),
        "<=": ("maximum", min),
        "<": ("exclusiveMaximum", min),
    }
    for limit in column.limits:
        sign, _, text = limit.partition(" ")
        name, narrower = bounds[sign]
        value = float(text) if "e" in text or "." in text else int(text)
        schema[name] = narrower(schema.get(name, value), value)
    return schema
