"""What has become of the tables that the migrations made: each difference by name, and the statements that put it back.

An object is described in the words of SQL, as in `rilascio.deployment.tables`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """An object of a table's kind that is not as the migrations made it."""

    object: str
    """Such as `column uom of erp.item`."""
    problem: str
    """`changed`, `missing` or `added`."""
    expected: str | None
    found: str | None
    repair: str | None
    """The statements that put it back, without its data; None where a look at the migrations is wanted."""

    @property
    def may_come_with_grants(self) -> bool:
        """Whether a deployment may be able to put it back."""
        return self.object.startswith(("policy ", "row security "))


def compare_objects(wanted: Mapping[str, str], found: Mapping[str, str]) -> tuple[Difference, ...]:
    """Compare, and say how each difference is put back, in an order in which that can be done. What goes with a
    table, sequence or type that is missing, added or a partition no more is not named besides."""
    differing = []
    for identity in sorted(wanted.keys() | found.keys(), key=lambda i: (_repair_order(i, wanted), i)):
        before, now, whole = wanted.get(identity), found.get(identity), _parent(identity)
        if before == now or (
            identity != whole and _kind_of_table(wanted.get(whole)) != _kind_of_table(found.get(whole))
        ):
            continue
        problem = "added" if before is None else "missing" if now is None else "changed"
        differing.append(Difference(identity, problem, before, now, _repair(identity, before, now)))
    return tuple(differing)


_KINDS = tuple(
    "table type sequence column constraint index replica row policy rule owner privileges".split()  # noqa: SIM905
)


def _kind_of_table(definition: str | None) -> str | None:
    """Tell a table and a partition from each other, and from none."""
    return definition and ("partition" if definition.startswith("partition of ") else "table")


def _repair_order(identity: str, wanted: Mapping[str, str]) -> tuple[int, bool]:
    """Return when an object is put back: after what it is made of, and what is generated after what it is made from."""
    return _KINDS.index(identity.split(" ", 1)[0]), " generated always as (" in wanted.get(identity, "")


def _parent(identity: str) -> str:
    """Return the table that an object is part of or a property of, or the sequence or type, or the object itself."""
    kind, rest = identity.split(" ", 1)
    if kind in ("column", "constraint", "index", "rule", "policy"):
        return f"table {re.split(' of | on ', rest)[-1]}"
    if kind in ("owner", "row", "replica"):
        return rest.split("of ", 1)[1]
    if kind == "privileges":
        return rest.removeprefix("on ")
    return identity


def _repair(identity: str, wanted: str | None, found: str | None) -> str | None:
    kind, rest = identity.split(" ", 1)
    match kind:
        case "table" if wanted and wanted.startswith("partition of "):
            table, days = wanted.removeprefix("partition of ").split(" ", 1)
            return (
                f"create table {rest} {wanted};" if found is None
                else f"alter table {table} attach partition {rest} {days};"
            )  # fmt: skip
        case "table":
            return f"alter table {rest} set schema public;" if wanted is None else None
        case "privileges":
            assert found
            return f"revoke all {rest} from {found.removeprefix('of ')};"
        case "owner":
            return f"alter {rest.removeprefix('of ')} owner to {wanted};"
        case "row":
            table = rest.removeprefix("security of ")
            switch = "enable" if wanted and wanted.startswith("on") else "disable"
            force = "force" if wanted and wanted.endswith("forced") else "no force"
            return f"alter {table} {switch} row level security, {force} row level security;"
        case "replica":
            return f"alter {rest.removeprefix('identity of ')} replica identity {wanted};"
        case "column":
            name, table = rest.rsplit(" of ", 1)
            return _repair_column(name, table, wanted, found)
        case "constraint":
            name, table = rest.rsplit(" on ", 1)
            return _repair_constraint(name, table, wanted, found)
        case "rule" | "policy":
            name, table = rest.rsplit(" on ", 1)
            make = wanted if kind == "rule" else f"create policy {name} on {table} {wanted};"
            return _joined(found and f"drop {kind} {name} on {table};", wanted and make)
        case "index":
            name = rest.rsplit(" on ", 1)[0]
            if wanted and found == f"{wanted} (invalid)":
                return f"reindex index {name};"
            return _joined(found and f"drop index {name};", wanted and f"{wanted};")
        case "sequence":
            if wanted is None:
                return f"drop sequence {rest};"
            if found is None:
                return f"create sequence {rest} {wanted};"
            return f"alter sequence {rest} {' '.join([*wanted.split()[:2], *_options(wanted)])};"
        case "type" if wanted is None:
            return f"drop type {rest};"
        case _:
            return None


def _joined(*statements: str | None) -> str:
    return " ".join(filter(None, statements))


def _repair_constraint(name: str, table: str, wanted: str | None, found: str | None) -> str:
    if wanted and found and found.removesuffix(" (asleep)") == wanted:
        return f"alter table {table} enable trigger all;"
    if wanted and found and found.removesuffix(" NOT VALID") == wanted:
        return f"alter table {table} validate constraint {name};"
    actions = [f"drop constraint {name}"] if found else []
    actions += [f"add constraint {name} {wanted}"] if wanted else []
    return f"alter table {table} {', '.join(actions)};"


_OPTIONS = {
    "increment by": "increment by 1",
    "minvalue": "no minvalue",
    "maxvalue": "no maxvalue",
    "start with": "start with 1",
    "cache": "cache 1",
    "cycle": "no cycle",
}


def _options(text: str) -> list[str]:
    """Return all options of a sequence, those that its definition leaves out too."""
    found = {word: re.search(rf"{word}( -?\d+)?", text) for word in _OPTIONS}
    return [match.group() if (match := found[word]) else default for word, default in _OPTIONS.items()]


_COLUMN = re.compile(
    r"(?P<type>.+?)"
    r"( generated (?P<when>by default|always) as (?P<how>identity|\(.+\) \w+)( \((?P<options>[^)]+)\))?)?"
    r"(?P<fixed> not null)?( default (?P<default>.+))?",
    re.DOTALL,
)


def _repair_column(name: str, table: str, wanted: str | None, found: str | None) -> str | None:
    if wanted is None:
        return f"alter table {table} drop column {name};"
    if found is None:
        return f"alter table {table} add column {name} {wanted};"
    before, now = _COLUMN.fullmatch(wanted), _COLUMN.fullmatch(found)
    assert before
    assert now
    if before["how"] != now["how"] and {before["how"], now["how"]} != {None, "identity"}:
        return None
    actions, after = [], ""
    if before["type"] != now["type"]:
        actions.append(f"type {before['type']}")
    if now["how"] == "identity" and not before["how"]:
        actions.append("drop identity")
    if before["fixed"] != now["fixed"]:
        actions.append("set not null" if before["fixed"] else "drop not null")
    if before["how"] == now["how"] == "identity":
        if before["when"] != now["when"]:
            actions.append(f"set generated {before['when']}")
        if before["options"] != now["options"]:
            actions.append(" ".join(f"set {option}" for option in _options(before["options"] or "")))
    if before["default"] != now["default"]:
        actions.append(f"set default {before['default']}" if before["default"] else "drop default")
    if before["how"] == "identity" and not now["how"]:
        options = f" ({before['options']})" if before["options"] else ""
        actions.append(f"add generated {before['when']} as identity{options}")
        after = f" select setval(pg_get_serial_sequence('{table}', '{name}'), max({name})) from {table};"
    return f"alter table {table} {', '.join(f'alter column {name} {action}' for action in actions)};{after}"
