"""What the rows of a kind name: its references, each with the alias under which its row is found and its lookup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.dev.data_puts.kinds import PARENTS
from rilascio.loading.files import FILE, File, FileReference


@dataclass(frozen=True)
class Resolved:
    """A reference of a row, with the column that holds the id and the reference by which its parent is found."""

    reference: FileReference
    identity: str
    parent: Resolved | None

    @property
    def alias(self) -> str:
        return self.identity.removesuffix("_id")

    @property
    def target(self) -> File:
        return FILE[self.reference.file]

    @property
    def code(self) -> str:
        """The column that names the row, given its parent."""
        return self.reference.columns[-1]

    @property
    def parents(self) -> Iterator[Resolved]:
        """The references by which its row is found, the nearest first."""
        parent = self.parent
        while parent:
            yield parent
            parent = parent.parent

    def found_id(self, prefix: str) -> str:
        """SQL of the id that the lookup of the prefix finds."""
        return f"{prefix}{self.alias}.{self.target.identity}"

    def lookup(self, prefix: str, column: str) -> str:
        """SQL of the lookup, where `column` has the place of each value of the row."""
        name = "job_order_by_number" if self.target.name == "job_order" else f"{self.target.name}_by_code"
        arguments = [parent.found_id(prefix) for parent in self.parents]
        values = ", ".join([*reversed(arguments), column.format(self.code)])
        return f"erp_internal.{name}(p_company_id, {values}) as {prefix}{self.alias} on true"


def references(file: File) -> list[Resolved]:
    """Return the references that give a row of the kind an id, each after the one by which its parent is found."""
    found = list[Resolved]()
    for reference in file.references:
        target = FILE[reference.file]
        if target.identity is None or target.identity not in reference.takes:
            continue
        parent = None
        if target.name in PARENTS:
            above = FILE[PARENTS[target.name]]
            columns = reference.columns[: len(above.key)]
            parent = next(r for r in found if r.target is above and r.reference.columns == columns)
        found.append(Resolved(reference, reference.takes[target.identity], parent))
    return found


def in_key(file: File, resolved: Resolved) -> bool:
    """Whether the reference belongs to the key of the kind."""
    return set(resolved.reference.columns) <= set(file.key)


def key_references(file: File) -> list[Resolved]:
    """Return the references that belong to the key of the kind."""
    return [r for r in references(file) if in_key(file, r)]


def other_references(file: File) -> list[Resolved]:
    """Return the references that do not belong to the key of the kind."""
    return [r for r in references(file) if not in_key(file, r)]


def self_reference(file: File) -> Resolved | None:
    """Return the reference to rows of the same kind, which may be made by the same call."""
    return next((r for r in references(file) if r.target is file), None)


def planned_id(file: File, resolved: Resolved) -> str:
    """SQL of the id of a reference where a row is planned: that of the key, or what has been looked up anew."""
    return f"x.{resolved.identity}" if in_key(file, resolved) else resolved.found_id("new_")


def taken_columns(resolved: Resolved) -> dict[str, str]:
    """Return what a rule asks about the row that is named, beside its id: names there, by the names here."""
    return {name: source for source, name in resolved.reference.takes.items() if source != resolved.target.identity}
