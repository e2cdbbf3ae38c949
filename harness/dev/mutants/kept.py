"""The kept set: mutants by name, and the rooms that they lie in, in `kept.toml`."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from rilascio.errors import HarnessError

KEPT = Path(__file__).with_name("kept.toml")


@dataclass(frozen=True)
class Room:
    """A part of the product: where it lies, the tests that know it best, and whether nothing may slip through there."""

    name: str
    paths: tuple[str, ...]
    tests: tuple[str, ...]
    strict: bool = False


@dataclass(frozen=True)
class Mutant:
    """One change of one file: `old` becomes `new`.

    `old` stands in the file once, or as often as `occurrence` says: "2 of 3" is the second of three. `killer` is the
    test that fails with it, where one is known. A mutant with a reason why it is `equivalent` changes nothing that
    matters, and is not run.
    """

    name: str
    file: str
    old: str
    new: str
    reason: str
    occurrence: str = "1 of 1"
    killer: str = ""
    equivalent: str = ""

    def applied(self, text: str) -> str | None:
        """Return the text with the change, or None where the text is no longer the one that it was made for."""
        turn, count = (int(number) for number in self.occurrence.split(" of "))
        parts = text.split(self.old)
        if len(parts) - 1 != count or self.old == self.new:
            return None
        return self.old.join(parts[:turn]) + self.new + self.old.join(parts[turn:])

    def is_stale(self, root: Path) -> bool:
        """Return whether its file has changed so that it no longer says what to change."""
        file = root / self.file
        return not file.is_file() or self.applied(file.read_text(encoding="utf-8")) is None


@dataclass(frozen=True)
class KeptSet:
    """The mutants and the rooms of a file."""

    rooms: tuple[Room, ...]
    mutants: tuple[Mutant, ...]

    def room_of(self, mutant: Mutant) -> Room:
        """Return the room whose path is the longest that the file of the mutant lies under."""
        fitting = [(len(path), room) for room in self.rooms for path in room.paths if mutant.file.startswith(path)]
        if not fitting:
            raise HarnessError(
                f"No room holds {mutant.file}, of the mutant {mutant.name}.", f"Add its path to a room in {KEPT.name}."
            )
        return max(fitting, key=lambda pair: pair[0])[1]


def read_kept(file: Path = KEPT) -> KeptSet:
    """Return what a file keeps; a name that two mutants bear is an error."""
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    rooms = tuple(
        Room(name, tuple(room["paths"]), tuple(room["tests"]), room.get("strict", False))
        for name, room in content["room"].items()
    )
    mutants = tuple(Mutant(**mutant) for mutant in content.get("mutant", []))
    names = [mutant.name for mutant in mutants]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise HarnessError(f"Two mutants bear the name {min(repeated)}.", f"Rename one in {file}.")
    return KeptSet(rooms, mutants)


def text_of(mutants: Iterable[Mutant]) -> str:
    """Return the mutants as they stand in the file; what is as usual is left out."""
    return "\n".join(
        "[[mutant]]\n"
        + "".join(
            f"{field.name} = {json.dumps(value, ensure_ascii=False)}\n"
            for field in fields(mutant)
            if (value := getattr(mutant, field.name)) != field.default
        )
        for mutant in mutants
    )


def write_killers(killers: dict[str, str], file: Path = KEPT) -> None:
    """Write into the file which test was seen to kill each mutant named."""
    head, *blocks = re.split(r"^(?=\[\[mutant\]\]$)", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for index, block in enumerate(blocks):
        mutant = Mutant(**tomllib.loads(block)["mutant"][0])
        if mutant.name in killers:
            lines = [line for line in block.rstrip().splitlines() if not line.startswith("killer = ")]
            lines.append(f"killer = {json.dumps(killers[mutant.name], ensure_ascii=False)}")
            blocks[index] = "\n".join(lines) + "\n\n"
    file.write_text((head + "".join(blocks)).rstrip() + "\n", encoding="utf-8")
