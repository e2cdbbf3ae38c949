"""The sentences of the command line, gathered from its sources, and the catalogs of their translations.

`make docs` puts what is new into `harness/rilascio/languages`, to be translated there, and takes out what is no longer
said.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import jinja2
import polib

from rilascio.cli import main
from rilascio.help_texts import Group, sentences_of
from rilascio.language import COLUMN, FOLDER, VERB

WIDTH = 120

OF_CLICK = "click."
"""How the place of a sentence of click begins. Those of other versions than the one installed stay in the catalogs."""

CLICK = ("core", "decorators", "exceptions", "formatting", "parser", "types")
"""The modules of click that have words for users."""

_OF_DEVELOPERS = (
    "Arguments take",
    "Boolean option",
    "Could not determine",
    "DeprecationWarning",
    "Name '",
    "No options defined",
)
"""How sentences of click begin that only those read who write commands."""


_CONTEXTS = {"COLUMN": COLUMN, "VERB": VERB}


@dataclass(frozen=True)
class Sentence:
    """What is translated: a sentence, a noun and its plural, or a word in a context."""

    text: str
    plural: str = ""
    context: str | None = None


def sentences() -> dict[Sentence, str]:
    """Return what the command line says, each with where it is said first."""
    gathered: dict[Sentence, str] = {}
    for sentence, place in (*_of_commands(main), *_of_sources(), *_of_templates(), *_of_click()):
        gathered.setdefault(sentence, place)
    plurals = {sentence.text for sentence in gathered if sentence.plural}
    return {
        sentence: place
        for sentence, place in gathered.items()
        if sentence.plural or sentence.context or sentence.text not in plurals
    }


def catalog(language: str) -> polib.POFile:
    """Return the catalog of a language with every sentence, those without a translation empty."""
    old = polib.pofile(str(FOLDER / f"{language}.po"), wrapwidth=WIDTH)
    known = {_key(entry): entry for entry in old}
    new = polib.POFile(wrapwidth=WIDTH)
    new.metadata, new.header = old.metadata, old.header
    for sentence, place in sentences().items():
        entry = polib.POEntry(
            msgid=sentence.text, msgid_plural=sentence.plural, msgctxt=sentence.context, comment=place
        )
        translated = known.get(sentence)
        if sentence.plural:
            entry.msgstr_plural = translated.msgstr_plural if translated else {0: "", 1: ""}
        else:
            entry.msgstr = translated.msgstr if translated else ""
        new.append(entry)
    said = {_key(entry) for entry in new}
    new += [entry for entry in old if entry.comment.startswith(OF_CLICK) and _key(entry) not in said]
    return new


def write_catalogs() -> None:
    """Write the catalog of every language anew."""
    for file in sorted(FOLDER.glob("*.po")):
        file.write_text(str(catalog(file.stem)), encoding="utf-8")


def _key(entry: polib.POEntry) -> Sentence:
    return Sentence(entry.msgid, entry.msgid_plural, entry.msgctxt)


def _of_commands(command: click.Command, *path: str) -> Iterator[tuple[Sentence, str]]:
    place = " ".join(("rilascio", *path))
    for text in sentences_of(command):
        yield Sentence(text), place
    if isinstance(command, Group):
        for name, inner in command.commands.items():
            yield Sentence(name, context=command.context_of_names), place
            yield from _of_commands(inner, *path, name)


def _of_sources() -> Iterator[tuple[Sentence, str]]:
    """Yield what is said by the functions of `rilascio.language`, and the headings of tables."""
    for file in sorted(FOLDER.parent.rglob("*.py")):
        place = file.relative_to(FOLDER.parent).as_posix()
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for call in _calls(tree):
            match call.function:
                case "_":
                    yield Sentence(call.texts[0]), place
                case "marked":
                    yield Sentence(call.texts[0], call.named.get("plural", ""), call.named.get("context")), place
                case "counted":
                    one = call.texts[0]
                    yield Sentence(one, call.texts[1] if call.texts[1:] else f"{one}s"), place
                case "in_context" if call.texts[1:]:
                    yield Sentence(call.texts[1], context=call.texts[0]), place
        for heading in _headings(tree):
            yield Sentence(heading, context=COLUMN), place


def _of_templates() -> Iterator[tuple[Sentence, str]]:
    """Yield what the pages of the form say by the same functions."""
    for file in sorted(FOLDER.parent.rglob("*.html")):
        place = file.relative_to(FOLDER.parent).as_posix()
        for call in jinja2.Environment().parse(file.read_text(encoding="utf-8")).find_all(jinja2.nodes.Call):
            texts = [part.value for part in call.args if isinstance(part, jinja2.nodes.Const)]
            texts = [text for text in texts if isinstance(text, str)]
            match call.node, texts:
                case jinja2.nodes.Name(name="_"), [text]:
                    yield Sentence(text), place
                case jinja2.nodes.Name(name="counted"), [text]:
                    yield Sentence(text, f"{text}s"), place
                case jinja2.nodes.Name(name="title"), [text]:
                    yield Sentence(text, context=COLUMN), place


def _headings(tree: ast.AST) -> Iterator[str]:
    """Yield the headings of tables: what stands in `print_table([…], …)`, in `columns` or in `…_COLUMNS`.

    Tuples within grids are those of their columns, `ORDER` among them.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="print_table"), args=[_headings, *_]):
                yield from _words(node.args[0])
            case ast.Call(func=ast.Name(id="print_columns"), args=[_rows, columns, *_]):
                yield from _words(columns)
            case ast.Call(func=ast.Name(id="print_fields"), args=[ast.Dict(keys=keys)]):
                yield from _words(ast.Tuple(elts=[key for key in keys if key]))
            case ast.Call(func=ast.Name(id="Grid"), args=[_view, columns, *_]):
                yield from _words(columns)
            case ast.keyword(arg="columns" | "feasibility_columns", value=columns):
                yield from _words(columns)
            case ast.Assign(targets=[ast.Name(id=name)], value=columns) if name.endswith("_COLUMNS"):
                yield from _words(columns)
            case ast.AnnAssign(target=ast.Name(id="columns"), value=ast.Tuple() as columns):
                yield from _words(columns)


def _words(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield from str(node.value).split()
    if isinstance(node, ast.Tuple | ast.List):
        for part in node.elts:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value


def _of_click() -> Iterator[tuple[Sentence, str]]:
    for module in CLICK:
        file = Path(click.__path__[0]) / f"{module}.py"
        for call in _calls(ast.parse(file.read_text(encoding="utf-8"))):
            if call.function in ("_", "ngettext") and not call.texts[0].startswith(_OF_DEVELOPERS):
                yield Sentence(call.texts[0], call.texts[1] if call.function == "ngettext" else ""), OF_CLICK + module


@dataclass(frozen=True)
class Call:
    """A call of a function of one name, and the texts that it is given."""

    function: str
    texts: list[str]
    named: dict[str, str]


def _calls(tree: ast.AST) -> Iterator[Call]:
    """Yield the calls that are given texts; names of capitals are those of contexts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            texts = [text for text in map(_text, node.args) if text is not None]
            named = {part.arg: _text(part.value) for part in node.keywords if part.arg}
            if texts:
                yield Call(node.func.id, texts, {name: text for name, text in named.items() if text is not None})


def _text(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name) if name in _CONTEXTS:
            return _CONTEXTS[name]
        case _:
            return None
