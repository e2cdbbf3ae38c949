"""How messages speak of what is read: a folder of CSV files, unless somebody has made them from something else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """The words for what is read.

    `place` is the whole, by default the path of the folder, and `whole` says what that is; `part` names the part of a
    kind, `piece` says what a part is, `pieces` what several are; `again` is what is done when they are corrected;
    `repeated` is what is said of a key that stands on an earlier line, which it may name.
    """

    place: str | None = None
    whole: str = "folder"
    part: str = "{}.csv"
    piece: str = "file"
    pieces: str = "files"
    again: str = "load"
    repeated: str = "stands on line %s already"

    def named(self, kind: str) -> str:
        """Return what the part of a kind is called."""
        return self.part.format(kind)


FOLDER = Wording()
