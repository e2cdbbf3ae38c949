"""A long query in Python is found, wherever it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.dev.embedded_queries import QUERY_LINES, embedded_query_errors

LONG = "\n".join(["select", *["    1,"] * QUERY_LINES])


@pytest.mark.parametrize(
    "text", [f'QUERY = """\n{LONG}\n"""', f'def run(table):\n    return f"""{LONG} from {{table}}"""']
)
def test_a_long_query_belongs_into_a_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "module.py").write_text(text)
    [problem] = embedded_query_errors([tmp_path / "module.py"])
    assert f"a query of {QUERY_LINES + 1} lines" in problem


def test_short_queries_and_long_sentences_may_stand_in_python(tmp_path: Path) -> None:
    short = LONG.rpartition("\n")[0]
    (tmp_path / "module.py").write_text(f'"""Select\n{LONG}\n"""\nQUERY = """\n{short}\n"""\n')
    assert embedded_query_errors([tmp_path / "module.py"]) == []
