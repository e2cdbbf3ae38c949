"""Proposes mutants of a file: what the operators make of it, a changed line each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from harness.dev.mutants.kept import Mutant
from rilascio.errors import HarnessError
from rilascio.extras import install_command


def proposed(root: Path, files: list[Path]) -> Iterator[Mutant]:
    """Return the mutants that the operators make of files of the checkout."""
    try:
        from harness.dev.mutants import python_operators, sql_operators
    except ImportError as error:
        raise HarnessError(
            f"{error.name} is missing, by whose means mutants are proposed.",
            f"Install it: {install_command('mutants')}",
        ) from None
    sources = [file.read_text(encoding="utf-8") for file in sorted((root / "sql" / "procedures").rglob("*.sql"))]
    parameters = sql_operators.parameter_types(sources)
    for file in files:
        text = file.read_text(encoding="utf-8")
        made = python_operators.changes(text) if file.suffix == ".py" else sql_operators.changes(text, parameters)
        seen: set[tuple[str, str, str]] = set()
        turns: Counter[str] = Counter()
        for operator, change in made:
            old, new, occurrence = _lines(text, *change)
            if old != new and (old, new, occurrence) not in seen:
                seen.add((old, new, occurrence))
                turns[operator] += 1
                name = f"{file.stem}: {operator}, {turns[operator]}"
                yield Mutant(name, file.relative_to(root).as_posix(), old, new, operator, occurrence)


def _lines(text: str, start: int, end: int, new: str) -> tuple[str, str, str]:
    """Return the lines that a change touches, what they become, and which occurrence of them it is."""
    while start < end and text[start:end][:1] == new[:1]:
        start, new = start + 1, new[1:]
    while start < end and text[start:end][-1:] == new[-1:]:
        end, new = end - 1, new[:-1]
    begin = text.rfind("\n", 0, start) + 1
    while begin < start and text[begin] == " ":
        begin += 1
    stop = text.find("\n", end) if "\n" in text[end:] else len(text)
    old = text[begin:stop]
    changed = re.sub(r"(?<=\S) {2,}", " ", text[begin:start] + new + text[end:stop]).strip()
    return old, changed, f"{text.count(old, 0, begin) + 1} of {text.count(old)}"
