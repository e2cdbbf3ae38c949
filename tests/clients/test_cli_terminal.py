"""Terminals that cannot show every character: what they lack is replaced, and no command fails on it."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys

import pytest

from rilascio import output


def rilascio(dsn: str, encoding: str, *arguments: str, columns: str = "60") -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"RILASCIO_DSN": dsn, "PYTHONIOENCODING": encoding, "COLUMNS": columns}
    command = [sys.executable, "-c", "from rilascio.cli import main; main()", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, check=False)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("columns", ["60", "20"])
def test_a_table_has_plain_lines_and_similar_characters(
    demo_urls: tuple[str, str], encoding: str, columns: str
) -> None:
    result = rilascio(demo_urls[1], encoding, "grid", "release", "--limit", "3", columns=columns)
    assert result.returncode == 0, result.stderr
    text = result.stdout.decode("ascii")
    if columns == "60":
        assert text.splitlines()[2] == "-" * 60
        assert "Frame 2 and 3 ~ " in text  # cut, where an ellipsis would stand
    else:
        assert text.startswith("-- 1 --\n")


def test_an_error_names_what_was_typed_as_far_as_the_terminal_shows_it() -> None:
    result = rilascio("", "ascii", "grid", "release", "--where", "größe→=1…")
    assert result.returncode == 2
    assert result.stderr.startswith(b"Error: The filter 'gro?e?=1~' is not understood.\n")


@pytest.mark.parametrize("output_format", ["csv", "json"])
def test_csv_and_json_for_a_file_are_utf_8_whatever_the_terminal_shows(
    demo_urls: tuple[str, str], output_format: str
) -> None:
    arguments = ("history", "--where", "note~–", "--format", output_format)
    release = ("release", "2026/24", "--record-date", "2026-11-23", "--note", "perché – sì")
    assert rilascio(demo_urls[1], "utf-8", *release).returncode == 0
    texts = {rilascio(demo_urls[1], encoding, *arguments).stdout for encoding in ("ascii", "latin-1", "utf-8")}
    (text,) = texts
    assert "perché – sì" in text.decode("utf-8")
    if output_format == "csv":
        assert len(list(csv.DictReader(io.StringIO(text.decode("utf-8"))))) == 1
    assert rilascio(demo_urls[1], "utf-8", "restore", "2026/24", "--note", "back").returncode == 0


def test_a_replacement_has_the_width_of_what_it_stands_for() -> None:
    assert len("…–—─’‘“”àß→ﬁ½".encode("ascii", "similar")) == len("…–—─’‘“”àß→ﬁ½")
    assert output._similar(UnicodeEncodeError("ascii", "Città – più…", 0, 12, "")) == ("Citta - piu~", 12)
