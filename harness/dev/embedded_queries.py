"""Long queries within Python, where no linter reads them: they belong into a `.sql` file (`rilascio.queries`)."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

QUERY_LINES = 10
"""Lines of the longest query that may stand in Python."""

# Docstrings begin with a capital letter.
_QUERY = re.compile(r"\s*(with|select|insert|update|delete|create|alter|drop)\s")


def embedded_query_errors(files: Iterable[Path]) -> list[str]:
    """Return a line for every query in the Python files that is too long."""
    problems = []
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _QUERY.match(node.value):
                count = len(node.value.strip().splitlines())
                if count > QUERY_LINES:
                    problems.append(f"{file} line {node.lineno}: a query of {count} lines belongs into a .sql file")
    return problems
