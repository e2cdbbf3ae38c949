"""Which locks a statement takes on relations that others may be using, read from its text.

What a lock stops is a matter of its mode, as PostgreSQL's manual lists them. Locks that stop nobody who reads or writes
rows by plain statements are named too: they stop vacuum, or another change of the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

STOPS = {
    "row share": "stops nobody",
    "row exclusive": "stops nobody but who locks the table",
    "share update exclusive": "stops vacuum, ANALYZE and other changes of the table",
    "share": "stops writing",
    "share row exclusive": "stops writing",
    "access exclusive": "stops reading and writing",
}
"""What each mode stops, weakest first."""

_STRENGTH = list(STOPS)
_NAME = r'((?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?)'
_MASKED = re.compile(r"\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)

Found = Iterator[tuple[str, str]]
Finder = Callable[[re.Match[str], str], Found]
"""Finds the relations and modes of a statement, given the match of its kind and its whole text."""

# Actions of `alter table` that are weaker than all others, and what they lock.
_WEAK_ACTIONS = {
    "share update exclusive": re.compile(
        r"validate constraint|alter (column )?\S+ (set statistics|set \(|reset \()|cluster on|set without cluster"
    ),
    "share row exclusive": re.compile(r"(enable|disable) (always |replica )?trigger|add (constraint \S+ )?foreign key"),
}


@dataclass(frozen=True, order=True)
class Lock:
    """A lock on a table, a view, a sequence or an index; held until the transaction ends."""

    relation: str
    mode: str
    """As in `lock table`: `access exclusive`."""

    @property
    def stops(self) -> str:
        """What nobody else can do meanwhile."""
        return STOPS[self.mode]


def statement_locks(statement: str) -> tuple[Lock, ...] | None:
    """Return the locks of a statement but `access share`, the strongest one a relation; None if the statement is of a
    kind that is not known here, such as a `do` block: it may take any."""
    masked = _MASKED.sub(lambda found: " " if found[0].startswith(("--", "/*")) else " '' ", statement)
    text = " ".join(masked.split()).lower().rstrip("; ")
    for pattern, find in _KINDS:
        if found := pattern.match(text):
            strongest: dict[str, str] = {}
            for relation, mode in find(found, text):
                relation = relation.replace('"', "")
                if _STRENGTH.index(mode) >= _STRENGTH.index(strongest.get(relation, "row share")):
                    strongest[relation] = mode
            return tuple(sorted(Lock(relation, mode) for relation, mode in strongest.items()))
    return None


def _none(_: re.Match[str], __: str) -> Found:
    return iter(())


def _create_table(_: re.Match[str], text: str) -> Found:
    for table in re.findall(rf"\breferences {_NAME}", text):
        yield table, "share row exclusive"


def _create_index(found: re.Match[str], _: str) -> Found:
    yield found["relation"], "share update exclusive" if found["concurrently"] else "share"


def _alter_table(found: re.Match[str], text: str) -> Found:
    modes = []
    for action in _split(text[found.end() :]):
        modes.append(next((mode for mode, weak in _WEAK_ACTIONS.items() if weak.match(action)), "access exclusive"))
        for table in re.findall(rf"\breferences {_NAME}", action):
            yield table, "share row exclusive"
    yield found["relation"], max(modes, key=_STRENGTH.index)


def _split(actions: str) -> Iterator[str]:
    depth, start = 0, 0
    for index, character in enumerate(actions):
        depth += (character in "([") - (character in ")]")
        if character == "," and not depth:
            yield actions[start:index].strip()
            start = index + 1
    yield actions[start:].strip()


def _comment(found: re.Match[str], _: str) -> Found:
    match found["kind"]:
        case "column":
            yield found["name"].rpartition(".")[0], "share update exclusive"
        case "table" | "view" | "index" | "sequence":
            yield found["name"], "share update exclusive"


def _of(mode: str) -> Finder:
    return lambda found, _: iter([(found["relation"], mode)])


def _each(mode: str) -> Finder:
    return lambda found, _: ((name, mode) for name in re.findall(_NAME, found["relations"]))


def _lock(found: re.Match[str], _: str) -> Found:
    for name in re.findall(_NAME, found["relations"]):
        yield name, found["mode"]


def _kind(pattern: str, find: Finder) -> tuple[re.Pattern[str], Finder]:
    named = pattern.replace("<relation>", _NAME.replace("(", "(?P<relation>", 1))
    return re.compile(named), find


_KINDS = [
    _kind(r"create table (if not exists )?", _create_table),
    _kind(
        r"create (unique )?index (?P<concurrently>concurrently )?(if not exists )?(\S+ )?on (only )?<relation>",
        _create_index,
    ),
    _kind(r"alter table (if exists )?(only )?<relation> ", _alter_table),
    _kind(r"comment on (?P<kind>\w+( view)?) (?P<name>\S+).*? is ", _comment),
    _kind(r"create (or replace )?view <relation>", _of("access exclusive")),
    _kind(r"alter view (if exists )?<relation>", _of("access exclusive")),
    _kind(
        r"drop (table|view|index(?! concurrently)|sequence) (if exists )?(?P<relations>[^;]+)",
        _each("access exclusive"),
    ),
    _kind(r"create (or replace )?(constraint )?trigger \S+ .*? on <relation>", _of("share row exclusive")),
    _kind(r"drop (trigger|policy|rule) (if exists )?\S+ on <relation>", _of("access exclusive")),
    _kind(r"(create|alter) policy \S+ on <relation>", _of("access exclusive")),
    _kind(r"create (or replace )?rule .*? to <relation>", _of("access exclusive")),
    _kind(r"alter sequence (if exists )?<relation>", _of("share row exclusive")),
    _kind(r"lock table (?P<relations>.+?) in (?P<mode>[a-z ]+) mode", _lock),
    _kind(r"(insert into|delete from|update) (only )?<relation>", _of("row exclusive")),
    _kind(r"create (schema|type|domain|sequence|extension|(or replace )?(function|procedure|aggregate))\b", _none),
    _kind(r"alter (schema|type|domain|function|procedure|routine|default privileges|role)\b", _none),
    _kind(r"drop (schema|type|domain|function|procedure|routine|aggregate)\b", _none),
    _kind(r"(grant|revoke|set|create role|select set_config)\b", _none),
]
