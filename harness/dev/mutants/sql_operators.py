"""Mutants of SQL, bodies of routines included: places from PostgreSQL's own scanner, and its grammar says what parses.

A place is a span of the text, so that a mutant is a change of the file as it is written, and not of a tree that would
have to be printed again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pglast
from pglast import ast, parser

Change = tuple[int, int, str]
"""From where to where (exclusive) a text is replaced, and by what; operators write `{3:8}` for a span of the text."""

_TURNED = {"=": "<>", "<>": "=", "<": "<=", "<=": "<", ">": ">=", ">=": ">"}

_END_OF_CONDITION = frozenset(
    [
        "and", "or", "where", "on", "when", "then", "else", "end", "group", "order", "having", "limit", "offset", "for",
        "union", "except", "intersect", "returning", "loop", "inner", "left", "right", "full", "cross", "join",
        "window", "as", ";", ",",
    ]
)  # fmt: skip
_BEGIN_OF_CONDITION = _END_OF_CONDITION | {"if", "elsif", "(", "["}
_END_OF_ORDER = frozenset(["limit", "offset", "for", "loop", "on", "rows", "range", ";", "union"])

_TYPE_OF_OURS = re.compile(r"\berp(_\w+)?\.\w+(?=(\s*\[\])?\s*[;,)\n]| (constant|:=|default|\[\]))")
_COLUMN_TYPE = re.compile(r"\berp(_\w+)?\.(?=\w+%)")
_PARAMETER = re.compile(r"%\(\w+\)s")


@dataclass(frozen=True)
class Token:
    """A word of SQL, in small letters, with its place and the number of brackets around it."""

    word: str
    start: int
    end: int
    depth: int


def tokens_of(text: str) -> list[Token]:
    """Return the words of a text and of the bodies within it; comments are none."""
    found = []
    depth = 0
    for start, end in _spans(text, 0):
        word = text[start:end].lower()
        depth -= word in (")", "]")
        found.append(Token(word, start, end, depth))
        depth += word in ("(", "[")
    return found


def _spans(text: str, offset: int) -> Iterator[tuple[int, int]]:
    for token in parser.scan(text):
        word = text[token.start : token.end + 1]
        if "COMMENT" in token.name:
            continue
        quote = re.match(r"\$\w*\$", word)
        if quote:
            yield from _spans(word[quote.end() : -quote.end()], offset + token.start + quote.end())
        else:
            yield offset + token.start, offset + token.end + 1


def parses(text: str) -> bool:
    """Return whether the grammar takes a text, and the bodies in plpgsql within it; types of ours stand for texts."""
    try:
        for statement in pglast.parse_sql(_PARAMETER.sub("$1", text)):
            node = statement.stmt
            if isinstance(node, ast.CreateFunctionStmt) and any(
                option.defname == "language" and option.arg.sval == "plpgsql" for option in node.options
            ):
                end = statement.stmt_location + (statement.stmt_len or len(text))
                pglast.parse_plpgsql(
                    _COLUMN_TYPE.sub("pg_catalog.", _TYPE_OF_OURS.sub("text", text[statement.stmt_location : end]))
                )
    except parser.ParseError as error:
        return "LookupExplicitNamespace" in str(error)  # a type of ours that does not stand for a text
    return True


def _is_within(token: Token, depth: int, ends: Collection[str]) -> bool:
    """Return whether a word is neither one of those that end a clause of that depth nor the bracket around it."""
    return token.depth > depth or (token.depth == depth and token.word not in ends)


def comparisons(tokens: Sequence[Token]) -> Iterator[Change]:
    """Turn a comparison, or move its boundary by one."""
    for token in tokens:
        if token.word in _TURNED:
            yield token.start, token.end, _TURNED[token.word]


def _condition_after(tokens: Sequence[Token], index: int) -> int:
    """Return the index behind the condition that begins at an index; the `and` of a `between` is within it."""
    depth = tokens[index].depth
    within = False
    for end in range(index, len(tokens)):
        token = tokens[end]
        if token.depth == depth and token.word == "and" and within:
            within = False
        elif not _is_within(token, depth, _END_OF_CONDITION):
            return end
        elif token.depth == depth and token.word == "between":
            within = True
    return len(tokens)


def _conditions(tokens: Sequence[Token]) -> Iterator[tuple[Change, str]]:
    """Drop one side of an `and`; with what is dropped."""
    for index, token in enumerate(tokens):
        if token.word != "and":
            continue
        end = _condition_after(tokens, index + 1)
        begin = index
        while begin and tokens[begin - 1].depth >= token.depth:
            if tokens[begin - 1].depth == token.depth and tokens[begin - 1].word in _BEGIN_OF_CONDITION:
                break
            begin -= 1
        if any(t.word == "between" and t.depth == token.depth for t in tokens[begin:index]):
            continue
        if end > index + 1:
            dropped = " ".join(t.word for t in tokens[index + 1 : end])
            yield (token.start, tokens[end - 1].end, ""), dropped
        if begin < index:
            dropped = " ".join(t.word for t in tokens[begin:index])
            yield (tokens[begin].start, tokens[index + 1].start, ""), dropped


def conditions(tokens: Sequence[Token]) -> Iterator[Change]:
    """Drop one side of an `and`."""
    return (change for change, dropped in _conditions(tokens) if "company_id" not in dropped)


def company_conditions(tokens: Sequence[Token]) -> Iterator[Change]:
    """Drop the side of an `and` that binds to a company."""
    return (change for change, dropped in _conditions(tokens) if "company_id" in dropped)


def orders(tokens: Sequence[Token]) -> Iterator[Change]:
    """Drop an `order by`."""
    for index, (first, second) in enumerate(pairwise(tokens)):
        if (first.word, second.word) == ("order", "by"):
            end = index + 2
            while _is_within(tokens[end], first.depth, _END_OF_ORDER):
                end += 1
            yield first.start, tokens[end - 1].end, ""


def locks(tokens: Sequence[Token]) -> Iterator[Change]:
    """Drop a lock, weaken it, or let it wait where it would skip what others hold."""
    for index, token in enumerate(tokens):
        end = index + 1
        while token.word == "for" and tokens[end].word in ("no", "key", "update", "share"):
            end += 1
        if tokens[end - 1].word not in ("update", "share"):
            continue
        if tokens[end - 1].word == "update":
            yield token.start, tokens[end - 1].end, "for share"
        if tokens[end].word == "of":
            end += 2
        waits = tokens[end].word not in ("skip", "nowait")
        last = end if waits else end + (tokens[end].word == "skip") + 1
        yield token.start, tokens[last - 1].end, ""
        if not waits:
            yield tokens[end].start, tokens[last - 1].end, ""


def fallbacks(tokens: Sequence[Token]) -> Iterator[Change]:
    """Take the first argument of a coalesce for all of it."""
    for index, token in enumerate(tokens):
        if token.word == "coalesce" and tokens[index + 1].word == "(":
            arguments, end = _arguments(tokens, index + 1)
            if arguments:
                first, last = arguments[0]
                yield token.start, tokens[end].end, f"{{{tokens[first].start}:{tokens[last].end}}}"


def _arguments(tokens: Sequence[Token], bracket: int) -> tuple[list[tuple[int, int]], int]:
    """Return the first and the last word of each argument in a bracket, and the index of where it closes."""
    depth = tokens[bracket].depth
    found = []
    begin = index = bracket + 1
    while index < len(tokens) and not (tokens[index].word == ")" and tokens[index].depth == depth):
        if tokens[index].word == "," and tokens[index].depth == depth + 1:
            found.append((begin, index - 1))
            begin = index + 1
        index += 1
    if index > begin:
        found.append((begin, index - 1))
    return found, index


def swapped_arguments(tokens: Sequence[Token], parameters: Mapping[str, Sequence[str]]) -> Iterator[Change]:
    """Swap two arguments of one type that stand beside each other in a call of a routine of ours."""
    for index, token in enumerate(tokens):
        if token.word not in parameters or tokens[index - 3].word == "function":
            continue
        if (tokens[index - 1].word, tokens[index + 1].word) != (".", "("):
            continue
        arguments, _ = _arguments(tokens, index + 1)
        types = parameters[token.word]
        for n, (left, right) in enumerate(pairwise(arguments)):
            by_name = any(t.word == "=>" for t in tokens[left[0] : right[1]])
            if not by_name and n + 1 < len(types) and types[n] == types[n + 1]:
                spans = [f"{{{tokens[first].start}:{tokens[last].end}}}" for first, last in (right, left)]
                yield tokens[left[0]].start, tokens[right[1]].end, ", ".join(spans)


def statements(tokens: Sequence[Token]) -> Iterator[Change]:
    """Drop a grant, a revoke, an index or a trigger."""
    begin = 0
    for index, token in enumerate(tokens):
        if token.word == ";" and token.depth == 0:
            words = [t.word for t in tokens[begin : begin + 3]]
            if words[0] in ("grant", "revoke") or (words[0] == "create" and {"index", "trigger"} & set(words)):
                yield tokens[begin].start, token.end, ""
            begin = index + 1


def constraints(tokens: Sequence[Token]) -> Iterator[Change]:
    """Let a check hold of everything, or drop another constraint."""
    for index, token in enumerate(tokens):
        if token.word != "constraint" or tokens[index - 1].word in ("on", "drop", "validate"):
            continue
        end = index + 2
        while _is_within(tokens[end], token.depth, {",", ";"}):
            end += 1
        if tokens[index + 2].word == "check":
            yield tokens[index + 3].start, tokens[end - 1].end, "(true)"
        elif tokens[end].word == ",":
            yield token.start, tokens[end].end, ""


OPERATORS: dict[str, Callable[[Sequence[Token]], Iterator[Change]]] = {
    "comparison turned": comparisons,
    "condition dropped": conditions,
    "company condition dropped": company_conditions,
    "order by dropped": orders,
    "lock dropped or weakened": locks,
    "coalesce dropped": fallbacks,
    "statement dropped": statements,
    "constraint dropped": constraints,
}


def parameter_types(texts: Sequence[str]) -> dict[str, list[str]]:
    """Return the types of the parameters of the routines that some files make."""
    found = {}
    for text in texts:
        for statement in pglast.parse_sql(text):
            node = statement.stmt
            if isinstance(node, ast.CreateFunctionStmt):
                taken = [p for p in node.parameters or () if p.mode.value in ("i", "d", "b", "v")]
                found[node.funcname[-1].sval] = [
                    ".".join(n.sval for n in p.argType.names) + "[]" * len(p.argType.arrayBounds or ()) for p in taken
                ]
    return found


def changes(text: str, parameters: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Change]]:
    """Return each change of a text that the grammar takes, after the name of its operator."""
    tokens = tokens_of(text)
    found = [(name, change) for name, operator in OPERATORS.items() for change in operator(tokens)]
    found += [("arguments swapped", change) for change in swapped_arguments(tokens, parameters)]
    for name, (start, end, written) in found:
        new = re.sub(r"\{(\d+):(\d+)\}", lambda part: text[int(part[1]) : int(part[2])], written)
        if parses(text[:start] + new + text[end:]):
            yield name, (start, end, new)
