"""Calls of the functions of `erp_api` that act on many: in chunks, with request keys."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import click
import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed, Identifier

from rilascio.commands.answers import Action, ActionSummary, print_answers, print_preview
from rilascio.commands.options import connect
from rilascio.commands.selection import ActionOptions
from rilascio.errors import USAGE, HarnessError, describe_error
from rilascio.interruption import interrupted
from rilascio.language import VERB, _, counted, filled, in_context, marked, noun_of, nouns_of, plural
from rilascio.orders import Company
from rilascio.output import print_csv, print_json, print_json_lines, progress, remark

CHUNK = 1_000
"""Orders or declarations of one transaction of a mass action."""

REFUSED = 3
"""Exit code if every call went through but something was refused."""

_ENDINGS = {
    True: marked("The call for {which} was carried out, though its answer did not arrive (request key {key})."),
    False: marked("The call for {which} changed nothing (request key {key})."),
    None: marked("The call for {which} may have been carried out or not (request key {key})."),
}
"""What became of a call that did not answer."""

_NOT_BEGUN = marked("{elements} was not begun.", plural="{elements} were not begun.")

_TYPES = {
    "order_ids": "bigint[]",
    "declaration_ids": "bigint[]",
    "declarations": "jsonb",
    "record_date": "date",
    "on_shortage": "text",
    "all_or_none": "boolean",
    "quantities": "numeric[]",
    "change": "text",
    "note": "text",
    "request_key": "uuid",
}


@dataclass(frozen=True)
class CallElement:
    """One element of a call: what the function gets, what people call it, and its labels."""

    value: object
    name: str
    labels: Mapping[str, object] = field(default_factory=dict)
    quantity: Decimal | None = None
    """How much of an order, None for all of it."""


def query_of(
    action: Action, company_id: int, elements: Sequence[CallElement], arguments: Mapping[str, object]
) -> tuple[Composed, list[object]]:
    """Return a call as a query of its rows, with the labels of each element before the function's own columns."""
    call, parameters = _call(action, company_id, elements, arguments)
    if not action.labels:
        return SQL("select r.* from {} as r").format(call), parameters
    columns = SQL(", ").join(SQL("{} {}").format(Identifier(name), SQL(kind)) for name, kind in action.labels)
    labels = SQL("pg_catalog.jsonb_to_record(%s::jsonb -> (r.ordinal - 1)) as f ({})").format(columns)
    text = SQL("select f.*, r.* from {} as r cross join lateral {}").format(call, labels)
    return text, [*parameters, json.dumps([dict(element.labels) for element in elements])]


def _call(
    action: Action, company_id: int, elements: Sequence[CallElement], arguments: Mapping[str, object]
) -> tuple[Composed, list[object]]:
    values: object = [element.value for element in elements]
    if _TYPES[action.parameter] == "jsonb":
        values = f"[{', '.join(str(element.value) for element in elements)}]"
    named = {action.parameter: values, **arguments}
    quantities = [element.quantity for element in elements]
    if any(quantity is not None for quantity in quantities):
        named["quantities"] = quantities
    text = SQL("erp_api.{}(p_company_id => %s::integer{})").format(
        Identifier(action.function), SQL("").join(SQL(f", p_{name} => %s::{_TYPES[name]}") for name in named)
    )
    return text, [company_id, *named.values()]


def act(
    connection: psycopg.Connection[Any],
    action: Action,
    company: Company,
    elements: Sequence[CallElement],
    arguments: Mapping[str, object],
    options: ActionOptions,
    *,
    chunk_size: int | None = None,
    by_filters: bool = False,
    repeat_as: str = "",
) -> int:
    """Carry out an action, print the answers, and return the exit code.

    `chunk_size` elements (by default 1,000) go in one transaction. With `by_filters` the elements were not named, so
    the user is asked first. `repeat_as` says how to name the elements if their choice would be another one when the
    command is run again.
    """
    chunk_size = chunk_size or CHUNK
    if options.request_key and len(elements) > chunk_size:
        raise HarnessError(
            _(
                "One request key cannot stand for {elements}: they go {count:,} a request.",
                elements=counted(len(elements), action.noun),
                count=chunk_size,
            ),
            _("Leave it out, or add --all-or-none.")
            if "all_or_none" in arguments
            else _("Leave it out, or choose fewer."),
            exit_code=USAGE,
        )
    if elements and by_filters and not options.yes:
        _confirm(action, company, len(elements), chunk_size)
    calls = Calls(
        connection,
        options.dsn,
        action,
        company,
        elements,
        arguments,
        chunk_size,
        options.request_key,
        by_filters=by_filters,
        repeat_as=repeat_as,
    )
    summary = ActionSummary(action, len(elements))
    try:
        print_answers(calls.rows(), summary, options.output_format)
    except (KeyboardInterrupt, psycopg.Error, OSError) as error:
        raise calls.failure(summary, error) from error
    return REFUSED if summary.outcomes["refused"] else 0


def _confirm(action: Action, company: Company, count: int, chunk_size: int) -> None:
    times = -(-count // chunk_size)
    values = {
        "verb": in_context(VERB, action.verb).capitalize(),
        "elements": counted(count, action.noun),
        "company": company.code,
    }
    question = _("{verb} {elements} of company {company}?", **values)
    if times > 1:
        question = _("{verb} {elements} of company {company}, in {times:,} transactions?", times=times, **values)
    try:
        answer = click.prompt(f"{question} [{_('y/N')}]", default="", show_default=False, err=True)
    except click.Abort:
        remark("")
        raise HarnessError(_("Nobody answered, so nothing was done."), _("Add --yes where nobody is asked.")) from None
    if answer.strip().casefold() not in {"y", "yes", *_("y yes").split()}:
        raise HarnessError(_("Nothing was done."))


def done_so_far(total: int, noun: str, finished: int, outcomes: str = "") -> str:
    """Return how many of all elements are done, and with which outcomes."""
    every = counted(total, noun)
    if outcomes:
        return _("Of {every}, {count:,} are done ({outcomes}).", every=every, count=finished, outcomes=outcomes)
    return _("Of {every}, {count:,} are done.", every=every, count=finished)


def how_it_ended(which: str, key: uuid.UUID | None, carried_out: bool | None) -> str:
    """Return what became of a call that did not answer; None: that is not known."""
    return _(_ENDINGS[carried_out], which=which, key=key)


def not_begun(count: int, noun: str) -> str:
    """Return how many elements no call was about."""
    return filled(plural(_NOT_BEGUN, "{elements} were not begun.", count), elements=counted(count, noun))


@dataclass
class Calls:
    """The calls of one action, chunk by chunk, and how far they are."""

    connection: psycopg.Connection[Any]
    dsn: str | None
    action: Action
    company: Company
    elements: Sequence[CallElement]
    arguments: Mapping[str, object]
    chunk_size: int
    request_key: uuid.UUID | None
    begun: int = 0
    finished: int = 0
    key: uuid.UUID | None = None
    by_filters: bool = False
    repeat_as: str = ""

    def rows(self) -> Iterator[tuple[str, str]]:
        """Call the function for one chunk after the other; yield each element's answer and its reasons as JSON."""
        verb, nouns = in_context(VERB, self.action.verb).capitalize(), nouns_of(self.action.noun)
        with progress(f"{verb} {nouns}", len(self.elements)) as bar:
            while self.finished < len(self.elements):
                chunk = self.elements[self.finished : self.finished + self.chunk_size]
                self.key = self.request_key or uuid.uuid4()
                arguments = {**self.arguments, "request_key": self.key}
                called, parameters = query_of(self.action, self.company.company_id, chunk, arguments)
                query = SQL("select pg_catalog.row_to_json(q)::text, q.reasons::text from ({}) as q order by q.ordinal")
                self.begun = self.finished + len(chunk)
                answer = self.connection.execute(query.format(called), parameters).fetchall()
                self.finished = self.begun
                yield from answer
                bar.advance(bar.task_ids[0], len(chunk))

    def failure(self, summary: ActionSummary, error: BaseException) -> HarnessError:
        """Return what is done, what is not and what is unknown after an interruption or an error."""
        cause = _cause(error)
        code = cause.exit_code
        noun = self.action.noun
        in_flight = self.elements[self.finished : self.begun]
        carried_out = self._carried_out(error) if in_flight else False
        single_call = len(self.elements) <= self.chunk_size
        if single_call and carried_out is False and isinstance(error, psycopg.Error):
            return HarnessError(cause.message, cause.hint, exit_code=code)
        sentences = [cause.message]
        if self.finished:
            outcomes = summary.outcome_counts() if summary.done == self.finished else ""
            sentences.append(done_so_far(len(self.elements), noun, self.finished, outcomes))
        if in_flight:
            first, last = in_flight[0].name, in_flight[-1].name
            elements = counted(len(in_flight), noun)
            which = first
            if len(in_flight) > 1:
                which = _("{elements}, {first} to {last},", elements=elements, first=first, last=last)
            sentences.append(how_it_ended(which, self.key, carried_out))
        if self.begun < len(self.elements):
            sentences.append(not_begun(len(self.elements) - self.begun, noun))
        if single_call and (self.finished or (in_flight and carried_out is not False)):
            hint = _(
                "Run the same command with --request-key {key}{more}: it acts once, and gives the answer.",
                key=self.key,
                more=self.repeat_as,
            )
            if self.by_filters and not self.repeat_as:  # the filters would choose what is left
                hint = _("rilascio runs --where request_key={key} shows the run if it was carried out.", key=self.key)
        elif self.finished == len(self.elements):
            hint = _("Nothing is left to do; rilascio history has the answers.")
        else:
            again = _("Run the same command again.")
            if not single_call:
                nouns = nouns_of(noun)
                again = _(
                    "Run the same command again: it goes on with the {nouns} that are still in the grid.", nouns=nouns
                )
            says_again = any(word in (cause.hint or "") for word in ("again", _("again")))
            hint = f"{cause.hint} {again}" if cause.hint and not says_again else again
        return HarnessError(" ".join(sentences), hint, exit_code=code)

    def _carried_out(self, error: BaseException) -> bool | None:
        """Say whether the call that did not answer was committed; None if that cannot be known."""
        if isinstance(error, psycopg.Error) and error.sqlstate is not None:
            return False
        idle = not self.connection.closed and self.connection.info.transaction_status == TransactionStatus.IDLE
        query = "select from erp_api.run_history where company_id = %s and request_key = %s"
        try:
            with connect(self.dsn) as other:
                found = other.execute(query, [self.company.company_id, self.key]).fetchone() is not None
        except (psycopg.Error, HarnessError):
            return None
        # An idle session has ended its call; a lost one may still be at it.
        return True if found else False if idle else None


def _cause(error: BaseException) -> HarnessError:
    match error:
        case KeyboardInterrupt():
            return interrupted(error)
        case psycopg.Error():
            return describe_error(error)
        case OSError():
            return HarnessError(_("The answers could not be written: {error}.", error=error.strerror or error))
        case _:
            raise error


def show_preview(
    connection: psycopg.Connection[Any],
    action: Action,
    company: Company,
    elements: list[CallElement],
    arguments: dict[str, object],
    output_format: str,
) -> None:
    """Print what a preview function answers, in a read-only transaction."""
    if not elements:
        remark(_("No {noun} matches.", noun=noun_of(action.noun)))
        if output_format == "json":
            print_json_lines(iter(()))
        return
    query, parameters = query_of(action, company.company_id, elements, arguments)
    connection.read_only = True
    with connection.transaction():
        if output_format == "json":
            print_json(connection, query, parameters)
        elif output_format == "csv":
            print_csv(connection, query, parameters)
        else:
            with connection.cursor(row_factory=dict_row) as cursor:
                print_preview(cursor.stream(query, parameters), action, len(elements))
