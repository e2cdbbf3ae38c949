"""Mutants of Python, by the operators of cosmic-ray.

Of the kept libraries it is the one whose operators are an interface: each says where it can change a node of parso's
tree, which keeps every space of the text. mutmut has more of them, for libcst, but as internals; mutatest, which works
on compiled code, is no longer kept.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.operators.provider import OperatorProvider

from harness.dev.mutants.sql_operators import Change

_LEFT_OUT = ("VariableInserter", "VariableReplacer", "RemoveDecorator", "ExceptionReplacer")
"""They need names to be given, or make what no maintainer would write."""

_CLOSE_BY = {
    "Eq": ("NotEq",), "NotEq": ("Eq",), "Lt": ("LtE",), "LtE": ("Lt",), "Gt": ("GtE",), "GtE": ("Gt",),
    "Is": ("IsNot",), "IsNot": ("Is",), "In": ("NotIn",), "NotIn": ("In",),
    "Add": ("Sub",), "Sub": ("Add",), "Mul": ("Add",), "Div": ("Mul",), "FloorDiv": ("Div",), "Mod": ("Add",),
}  # fmt: skip
"""Which replacement is proposed, of all that the library knows for an operator of Python."""


def _is_proposed(name: str) -> bool:
    if name in _LEFT_OUT:
        return False
    for kind in ("ReplaceComparisonOperator_", "ReplaceBinaryOperator_"):
        if name.startswith(kind):
            old, _, new = name.removeprefix(kind).partition("_")
            return new in _CLOSE_BY.get(old, ())
    return not name.startswith("ReplaceUnaryOperator") or name.startswith("ReplaceUnaryOperator_Delete")


def _copied(node: Any) -> Any:
    """Return a copy of a node and of what it holds, in the place of the node; not of all that is above it."""
    above, node.parent = node.parent, None
    copied = copy.deepcopy(node)
    node.parent = copied.parent = above
    return copied


def _compiles(text: str) -> bool:
    try:
        compile(text, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def changes(text: str) -> Iterator[tuple[str, Change]]:
    """Return each change of a text, after the name of its operator."""
    provider = OperatorProvider()
    tree = get_ast(text)
    nodes = list(ast_nodes(tree))
    begins = [0]
    for line in text.splitlines(keepends=True):
        begins.append(begins[-1] + len(line))
    for name in filter(_is_proposed, provider):
        operator = provider[name]()
        for node in nodes:
            for index, _ in enumerate(list(operator.mutation_positions(node))):
                changed = operator.mutate(_copied(node), index)
                (line, column), (last, end) = node.start_pos, node.end_pos
                start, stop = begins[line - 1] + column, begins[last - 1] + end
                new = "" if changed is None else changed.get_code(include_prefix=False).strip()
                if new != text[start:stop] and _compiles(text[:start] + new + text[stop:]):
                    yield name, (start, stop, new)
