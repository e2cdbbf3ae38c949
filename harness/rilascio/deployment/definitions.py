"""What the sources define, read from their text: routines, views and triggers, each as PostgreSQL would name it.

Only the head of a definition is read, never a body. A deployment compares the heads with the catalog before it changes
anything, and afterwards makes sure that the sources have made what was read, no less and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rilascio.deployment.bundle import Source
from rilascio.errors import HarnessError


@dataclass(frozen=True)
class Parameter:
    """A parameter or, with mode `t`, a column of the table returned; modes as in `pg_proc.proargmodes`."""

    mode: str
    name: str
    type: str
    default: bool

    @property
    def is_input(self) -> bool:
        return self.mode in "ibv"


@dataclass(frozen=True)
class Definition:
    """A routine, view or trigger that a source creates or replaces."""

    source: str
    schema: str
    name: str


@dataclass(frozen=True)
class Routine(Definition):
    kind: str
    """`f` function, `p` procedure."""
    parameters: tuple[Parameter, ...]
    result: str
    """The type returned, as it is written; `record` for a table, empty if the parameters say it."""
    returns_set: bool


@dataclass(frozen=True)
class View(Definition):
    query: str
    columns: tuple[str, ...]
    """The names in parentheses after the view's own, if there are any."""


@dataclass(frozen=True)
class Trigger(Definition):
    table: str
    """`schema` is the table's."""


@dataclass(frozen=True)
class _Token:
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The name meant: folded to lower case unless quoted."""
        return self.text[1:-1].replace('""', '"') if self.text.startswith('"') else self.text.lower()


_TOKEN = re.compile(
    r"""
    (?P<space> \s+ | --[^\n]* | /\*.*?\*/ )
    | \$(?P<tag>\w*)\$ .*? \$(?P=tag)\$
    | [eE]'(?: [^'\\] | \\. | '' )*'
    | '(?: [^'] | '' )*'
    | "(?: [^"] | "" )*"
    | [A-Za-z_][\w$]*
    | \d+(?: \.\d+ )?
    | ::
    | .
    """,
    re.VERBOSE | re.DOTALL,
)

_MODES = {"in": "i", "out": "o", "inout": "b", "variadic": "v"}
_AFTER_RESULT = frozenset(
    (
        *("language", "transform", "window", "immutable", "stable", "volatile", "not", "leakproof", "called"),
        *("returns", "strict", "external", "security", "parallel", "cost", "rows", "support", "set", "as"),
        *("begin", "return"),
    )
)
_TYPES_OF_WORDS = frozenset(("double precision", "character varying", "bit varying", "time with", "timestamp with"))


def read_definitions(sources: Iterable[Source]) -> list[Definition]:
    """Return what the sources define, in their order. Two definitions of one object are an error."""
    found: list[Definition] = []
    for source in sources:
        found.extend(_read(source))
    return found


@lru_cache(maxsize=1000)
def _read(source: Source) -> tuple[Definition, ...]:
    """Return what a source defines. A deployment asks for it more than once, and it is the same each time."""
    tokens = [_Token(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(source.text) if not m["space"]]
    found = []
    at_start = True
    for index, token in enumerate(tokens):
        if at_start and token.word == "create":
            reader = _Parser(source, tokens, index + 1)
            if definition := reader.definition():
                found.append(definition)
        at_start = token.text == ";"
    return tuple(found)


class _Parser:
    """Reads one definition, token by token."""

    def __init__(self, source: Source, tokens: list[_Token], index: int) -> None:
        self.source, self.tokens, self.index = source, tokens, index

    def definition(self) -> Definition | None:
        self._skip("or", "replace")
        self._skip("constraint")
        kind = self._next().word
        if kind in ("function", "procedure"):
            return self._routine(kind)
        if kind == "view":
            return self._view()
        if kind == "trigger":
            return self._trigger()
        return None

    def _routine(self, kind: str) -> Routine:
        schema, name = self._qualified()
        self._expect("(")
        parameters = [self._parameter(part) for part in self._list()]
        result, returns_set = "", False
        if self._skip("returns"):
            if self._skip("table"):
                self._expect("(")
                parameters += [self._parameter(part, "t") for part in self._list()]
                result, returns_set = "record", True
            else:
                returns_set = self._skip("setof")
                words = []
                while self._peek() not in _AFTER_RESULT:
                    words.append(self._next())
                result = _joined(words)
        return Routine(self.source.name, schema, name, kind[0], tuple(parameters), result, returns_set)

    def _parameter(self, part: list[_Token], mode: str = "i") -> Parameter:
        if part[0].word in _MODES and not part[0].text.startswith('"'):
            mode, part = _MODES[part[0].word], part[1:]
        words = [token.text.lower() for token in part]
        end = next((i for i, word in enumerate(words) if word in ("default", "=")), len(words))
        named = end > 1 and part[1].text not in ".[(" and " ".join(words[:2]) not in _TYPES_OF_WORDS
        return Parameter(mode, part[0].word if named else "", _joined(part[named:end]), end < len(words))

    def _view(self) -> View:
        schema, name = self._qualified()
        columns: tuple[str, ...] = ()
        if self._skip("("):
            columns = tuple(part[0].word for part in self._list())
        if self._skip("with"):
            self._expect("(")
            self._list()
        self._expect("as")
        start = self.tokens[self.index].start
        while self.index < len(self.tokens) and self._peek() != ";":
            self.index += 1
        return View(self.source.name, schema, name, self.source.text[start : self.tokens[self.index - 1].end], columns)

    def _trigger(self) -> Trigger:
        name = self._next().word
        while self._next().word != "on":
            pass
        schema, table = self._qualified()
        return Trigger(self.source.name, schema, name, table)

    def _qualified(self) -> tuple[str, str]:
        schema = self._next().word
        if not self._skip("."):
            raise self._unreadable("a name without its schema")
        return schema, self._next().word

    def _list(self) -> list[list[_Token]]:
        """Read to the closing parenthesis; return the parts between the commas."""
        parts: list[list[_Token]] = [[]]
        depth = 0
        while (token := self._next()).text != ")" or depth:
            depth += (token.text in "([") - (token.text in ")]")
            if token.text == "," and not depth:
                parts.append([])
            else:
                parts[-1].append(token)
        return [part for part in parts if part]

    def _peek(self) -> str:
        return self.tokens[self.index].text.lower() if self.index < len(self.tokens) else ";"

    def _next(self) -> _Token:
        if self.index >= len(self.tokens):
            raise self._unreadable("a definition without an end")
        self.index += 1
        return self.tokens[self.index - 1]

    def _skip(self, *words: str) -> bool:
        there = [token.text.lower() for token in self.tokens[self.index : self.index + len(words)]] == list(words)
        self.index += len(words) * there
        return there

    def _expect(self, word: str) -> None:
        if not self._skip(word):
            raise self._unreadable(f"no {word!r} where a definition wants it")

    def _unreadable(self, why: str) -> HarnessError:
        return HarnessError(
            f"{self.source.path} has {why}.", "Write: create or replace function, view or trigger schema.name ...."
        )


def _joined(tokens: Iterable[_Token]) -> str:
    return " ".join(token.text for token in tokens)
