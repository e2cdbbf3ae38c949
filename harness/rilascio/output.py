"""What commands print: tables, CSV and JSON on standard output; remarks and progress on standard error."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TextIO

import click
import psycopg
from psycopg import adapters
from psycopg.sql import SQL, Composed, Identifier
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from rilascio.language import COLUMN, _, in_context

FORMATS = ("table", "csv", "json")

Parameters = Sequence[object] | Mapping[str, object]

_UNBOUNDED = 100_000
"""Width of what is not a terminal: nothing is cut when a table goes to a file or a pipe."""

_PLAIN_HEAD = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
"""As `box.SIMPLE_HEAD`, for a terminal that cannot draw lines."""

_NARROWEST = 12
_GAP = 2
"""Between columns: a space of padding and one that the table's box puts there."""


def console(*, stderr: bool = False) -> Console:
    """Return a console that takes texts as they are: no markup, and colours on a terminal alone."""
    plain = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not plain.is_terminal and not os.environ.get("COLUMNS", "").isdigit():
        plain.width = _UNBOUNDED
    return plain


_SIMILAR = {"…": "~", "–": "-", "—": "-", "─": "-", "’": "'", "‘": "'", "“": '"', "”": '"'}


def _similar(error: UnicodeError) -> tuple[str, int]:
    """Replace characters that an encoding does not have by similar ones of the same width, or by question marks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    parts = [_SIMILAR.get(c) or unicodedata.normalize("NFKD", c)[0] for c in error.object[error.start : error.end]]
    return "".join(part if part.isascii() else "?" for part in parts), error.end


codecs.register_error("similar", _similar)
_ASCII = codecs.lookup("ascii")
codecs.register(
    lambda name: (
        codecs.CodecInfo(
            *_ASCII[:4],
            incrementalencoder=_ASCII.incrementalencoder,
            incrementaldecoder=_ASCII.incrementaldecoder,
            name=name,
        )
        if name == "plain_ascii"
        else None
    )
)


def replace_what_cannot_be_shown() -> None:
    """Let standard output and error show similar characters where their encoding lacks one, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # click takes a stream in ASCII for one set up wrongly, and writes UTF-8 to it; so it has another name here
            ascii_only = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding="plain_ascii" if ascii_only else None, errors="similar")


def write_utf8(output_format: str) -> str:
    """Let csv and json go out in UTF-8, whatever the terminal shows, unless it is the terminal that they go to."""
    if output_format != "table" and isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")
    return output_format


def remark(text: str) -> None:
    """Say something beside the answer, on standard error."""
    click.echo(text, err=True)


def abandon_if_closed(stream: TextIO) -> None:
    """Let what cannot be written go nowhere, so that Python does not fail on it once more when it ends."""
    try:
        stream.flush()
    except OSError:
        with suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Progress]:
    """Show a progress bar on standard error while a block runs, if that is a terminal.

    The bar is the first task of the progress that the block gets.
    """
    terminal = console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=terminal, transient=True, disable=not terminal.is_terminal
    ) as bar:
        bar.add_task(label, total=total)
        yield bar


def cell(value: object) -> str:
    """Return a value as a table shows it."""
    match value:
        case None:
            return ""
        case bool():
            return _("yes") if value else _("no")
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.replace(tzinfo=None).isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case list():
            return ", ".join(str(part.get("code", part)) if isinstance(part, dict) else str(part) for part in value)
        case _:
            # a line break or a control character in a text must not break the table
            return "".join(c if c.isprintable() else " " for c in str(value))


def print_title(text: str) -> None:
    """Print the title of what follows, behind an empty line."""
    click.echo()
    console().print(Text(text, style="bold"))


def print_fields(fields: Mapping[str, object]) -> None:
    """Print values a line each, with their names before them; what has no value is left out."""
    shown = {title(name): cell(value) for name, value in fields.items() if value not in (None, "", False)}
    width = max(map(cell_len, shown), default=0)
    for name, text in shown.items():
        console().print(Text(f"{name:<{width}}  {text}"), soft_wrap=True)


def print_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    flexible: Collection[str] = (),
    wrapped: Collection[str] = (),
    droppable: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
    target: Console | None = None,
) -> None:
    """Print rows as a table that fits the terminal.

    Headings are shown in the language chosen; `titles` has those that are others in English.

    `flexible` columns are cut with an ellipsis, and `wrapped` ones broken into lines, where there is no room; then
    `droppable` ones are left out, in the order given. Rows that do not fit even so are printed a value a line.
    """
    if not rows:
        return
    target = target or console()
    shown = [title(heading, titles) for heading in headings]
    cells = [[cell(value) for value in row] for row in rows]
    least = [
        _NARROWEST if heading in flexible else _longest_word(column) if heading in wrapped else None
        for heading, column in zip(headings, zip(*cells, strict=True), strict=True)
    ]
    kept = list(range(len(headings)))
    for left_out in (None, *droppable):
        kept = [i for i in kept if headings[i] != left_out]
        natural = [max(_longest_word([shown[i]]), *(cell_len(row[i]) for row in cells)) for i in kept]
        widths = _fitted(natural, [least[i] for i in kept], target.width)
        if widths:
            break
    else:
        _print_records(shown, cells, target)
        return
    lines = _PLAIN_HEAD if target.options.ascii_only else box.SIMPLE_HEAD
    table = Table(box=lines, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for i, width in zip(kept, widths, strict=True):
        numeric = any(_is_number(row[i]) for row in rows)
        table.add_column(shown[i], justify="right" if numeric else "left", width=width)
    for row in cells:
        table.add_row(
            *(
                Text(row[i], overflow="fold")
                if headings[i] in wrapped
                else Text(row[i], no_wrap=True, overflow="ellipsis")
                for i in kept
            )
        )
    if target.is_terminal:
        target.print(table)
        return
    with target.capture() as captured:  # without the blanks that pad the last column
        target.print(table)
    for line in captured.get().splitlines():
        click.echo(line.rstrip(), err=target.stderr)


def print_columns(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    sparse: Sequence[str] = (),
    flexible: Sequence[str] = (),
    wrapped: Sequence[str] = (),
    droppable: Sequence[str] = (),
) -> None:
    """Print some columns of rows as a table, those of `sparse` only if a row has a value there."""
    kept = [name for name in columns if name not in sparse or any(row[name] for row in rows)]
    print_table(
        kept,
        [[row[name] for name in kept] for row in rows],
        titles={name: name.removesuffix("_code") for name in kept},
        flexible=flexible,
        wrapped=wrapped,
        droppable=droppable,
    )


def title(heading: str, titles: Mapping[str, str] | None = None) -> str:
    """Return a heading as it is shown: in the language chosen, in English as `titles` has it."""
    said = in_context(COLUMN, heading)
    return ((titles or {}).get(heading, heading) if said == heading else said).replace("_", " ")


def _longest_word(texts: Iterable[str]) -> int:
    return max((cell_len(word) for text in texts for word in text.split()), default=0)


def _fitted(natural: Sequence[int], least: Sequence[int | None], room: int) -> list[int] | None:
    """Narrow the columns that have a least width, the widest first, until all fit; None if they do not."""
    widths = list(natural)
    missing = sum(widths) + _GAP * (len(widths) - 1) - room
    for i in sorted(range(len(widths)), key=lambda i: -widths[i]):
        floor = least[i]
        if missing > 0 and floor is not None:
            cut = min(missing, max(0, widths[i] - max(floor, _NARROWEST)))
            widths[i] -= cut
            missing -= cut
    return widths if missing <= 0 else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _print_records(titles: Sequence[str], rows: Sequence[Sequence[str]], target: Console) -> None:
    width = max(map(cell_len, titles))
    for number, row in enumerate(rows, 1):
        target.print(Text(f"── {number} ──", style="bold"))
        for title, value in zip(titles, row, strict=True):
            target.print(Text(f"{title:<{width}}  {value}".rstrip()), soft_wrap=True)


def print_json_lines(objects: Iterator[str]) -> None:
    """Print JSON texts as one array, an element a line, as they come.

    The array is closed even if the source fails, so that what stands there can be read.
    """
    first = True
    click.echo("[", nl=False)
    try:
        for text in objects:
            click.echo(("\n" if first else ",\n") + text, nl=False)
            first = False
    finally:
        click.echo("]" if first else "\n]")


def print_json(connection: psycopg.Connection[Any], query: Composed, parameters: Parameters) -> None:
    """Print the rows of a query as JSON.

    The server writes it: numbers keep every digit and their scale, dates and moments are ISO 8601.
    """
    wrapped = SQL("select pg_catalog.row_to_json(q)::text from ({}) as q").format(query)
    with connection.cursor() as cursor:
        print_json_lines(text for (text,) in cursor.stream(wrapped, parameters))


def print_json_object(
    connection: psycopg.Connection[Any], sections: Mapping[str, Composed], parameters: Parameters
) -> None:
    """Print a JSON object of the rows of several queries, each as an array."""
    click.echo("{")
    for number, (name, query) in enumerate(sections.items(), 1):
        wrapped = SQL("select coalesce(pg_catalog.json_agg(q), '[]')::text from ({}) as q").format(query)
        ((rows,),) = connection.execute(wrapped, parameters).fetchall()
        click.echo(f"{json.dumps(name)}: {rows}{',' if number < len(sections) else ''}")
    click.echo("}")


def print_csv(connection: psycopg.Connection[Any], query: Composed, parameters: Parameters) -> None:
    """Print the rows of a query as CSV with a header, written by the server.

    Moments are ISO 8601, as in JSON, and what holds or not is true or false, as in the files of `rilascio load`.
    """
    with connection.cursor() as cursor:
        cursor.execute(SQL("select * from ({}) as q limit 0").format(query), parameters)
        columns = [
            _CSV_FORMS.get(column.type_code, SQL("q.{0}")).format(Identifier(column.name))
            for column in cursor.description or ()
        ]
        statement = SQL("copy (select {} from ({}) as q) to stdout with (format csv, header)")
        with cursor.copy(statement.format(SQL(", ").join(columns), query), parameters) as copy:
            for block in copy:
                click.echo(bytes(block).decode(), nl=False)


_CSV_FORMS = {
    adapters.types["timestamptz"].oid: SQL("pg_catalog.to_json(q.{0}) #>> '{{}}' as {0}"),
    adapters.types["bool"].oid: SQL("q.{0}::text as {0}"),
}
