"""A folder as a spreadsheet writes it loads to the same company as the folder that it opened."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rilascio.loading.files import FILE, FILES, Column
from rilascio.testing import acting_as

from .database import Company, Database
from .strategies import worlds
from .test_against_database import examples
from .world import World

STOCK = ("warehouse_code", "record_date", "record_number", "line", "reason_code", "item_code", "variant_code")
STOCK += ("lot_code", "location_code", "quantity")
TEXTS = ("", "steel", "a, b", "a; b", 'of 5"', "first\nsecond", "1,5", "1.234", "TRUE", " blank ", "漆;ä,ö")


def with_texts(seed: int, folder: Path) -> None:
    """Fill the columns of descriptions with what a spreadsheet must quote, or must leave alone."""
    dice = random.Random(seed)
    for path in sorted(folder.iterdir()):
        header, *rows = list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))
        for row in rows:
            for position, name in enumerate(header):
                if name in ("description", "customer", "firm", "project"):
                    row[position] = dice.choice(TEXTS)
        write(path, [header, *rows], delimiter=",", lineterminator="\n")


def as_written_by_a_spreadsheet(seed: int, folder: Path) -> None:
    """Give each file a mark, semicolons and decimal commas, booleans in capitals, CR LF, empty rows; or some of it."""
    with_texts(seed, folder)
    dice = random.Random(seed)
    for path in sorted(folder.iterdir()):
        columns = {column.name: column for column in FILE[path.stem].columns}
        header, *rows = list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))
        semicolons, all_of_it = len(header) > 1 and dice.random() < 0.8, dice.random() < 0.5
        rows = [[cell(columns[name], text, semicolons) for name, text in zip(header, row, strict=True)] for row in rows]
        rows += [[""] * dice.choice((len(header), 1))] * dice.choice((0, 1, 3))
        write(
            path,
            [header, *rows, *[[]] * dice.choice((0, 2))],
            delimiter=";" if semicolons else ",",
            lineterminator="\r\n" if all_of_it or dice.random() < 0.5 else "\n",
            encoding="utf-8-sig" if all_of_it or dice.random() < 0.5 else "utf-8",
        )


def cell(column: Column, text: str, semicolons: bool) -> str:
    if column.kind == "numeric" and semicolons:
        return text.replace(".", ",")
    return text.upper() if column.kind == "boolean" else text


def write(path: Path, rows: list[list[str]], *, encoding: str = "utf-8", **form: Any) -> None:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, **form).writerows(rows)


def shown(company: Company) -> dict[str, list[tuple[Any, ...]]]:
    """Everything of the company, by codes."""
    columns = {file.name: tuple(c.name for c in file.columns) for file in FILES if file.name != "opening_stock"}
    with acting_as(company.connection, company.operator):
        return {
            name: company.connection.execute(
                f"select {', '.join(f'{column}::text' for column in of_view)} from erp_data.{name}"
                f" where company_id = %s order by {', '.join(map(str, range(1, len(of_view) + 1)))}".encode(),
                [company.company_id],
            ).fetchall()
            for name, of_view in (columns | {"stock_movement": STOCK}).items()
        }


@examples(0.1)
@given(world=worlds(), seed=st.integers(0, 2**32 - 1))
def test_a_folder_that_a_spreadsheet_wrote_loads_to_the_same_company(
    database: Database, world: World, seed: int
) -> None:
    def loaded(rewrite: Callable[[Path], None]) -> dict[str, list[tuple[Any, ...]]]:
        with database.company(world, by_loader=True, rewrite=rewrite) as company:
            return shown(company)

    plain = loaded(partial(with_texts, seed))
    assert plain["company"]
    assert plain["production_order"]
    assert loaded(partial(as_written_by_a_spreadsheet, seed)) == plain
