"""The functions that put and delete master data, written from the one description of the load format and the catalog.

For every kind of master data there are, in `sql/procedures/internal/data`:

- `plan_KIND` compares sent rows with those that are there, merges them (R70), resolves what is to be written and tells
  what is wrong with it (`plan`, of `merged_rows` and `faults`);
- `put_KIND` writes what is planned (`put`, of `self_references` and `written_rows`);
- `uses_of_KIND`, of what has an id, tells who names it, by the foreign keys of the catalog: none is forgotten (`uses`);
- `delete_KIND` deletes what nobody names (`delete`).

`put_rows` and `delete_rows` call those of a kind (`all_kinds`). What there is to know of the kinds is in `kinds`; what
a kind names and writes is derived from description and catalog by `references` and `columns`. A test compares the files
with what is written here.
"""

from __future__ import annotations

import psycopg

from harness.dev.data_puts import all_kinds
from harness.dev.data_puts.catalog import read_tables
from harness.dev.data_puts.delete import delete_function
from harness.dev.data_puts.kinds import KINDS
from harness.dev.data_puts.plan import plan_function
from harness.dev.data_puts.put import put_function
from harness.dev.data_puts.uses import uses_function
from harness.dev.sql_text import ROOM, headed, write_files
from rilascio.loading.files import FILE


def functions(connection: psycopg.Connection) -> dict[str, str]:
    """Return the text of every function by its name. Any deployed database will do."""
    tables = read_tables(connection)
    texts = {
        "put_kinds": headed(all_kinds.put_kinds()),
        "check_cells": all_kinds.check_cells(),
        "put_rows": all_kinds.put_rows(),
        "delete_rows": all_kinds.delete_rows(),
        "guarded_ordinals": all_kinds.guarded_ordinals(),
    }
    for kind in KINDS:
        file = FILE[kind]
        texts[f"plan_{kind}"] = headed(plan_function(file, tables))
        texts[f"put_{kind}"] = headed(put_function(file, tables))
        if kind != "company":
            texts[f"delete_{kind}"] = headed(delete_function(file))
            if file.identity:
                texts[f"uses_of_{kind}"] = headed(uses_function(file, file.identity, tables))
    return texts


def write_functions(connection: psycopg.Connection) -> None:
    """Write the files anew."""
    write_files(ROOM, functions(connection))
