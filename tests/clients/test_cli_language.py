"""The command line in Italian: chosen by the environment or an option, complete in its help, called by its names."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from psycopg.conninfo import make_conninfo

from harness.dev import sentences
from rilascio import language
from rilascio.cli import main
from rilascio.help_texts import Group, sentences_of
from tests.clients.test_cli_orders import WORKSHOP

LOADED = ("workshop", WORKSHOP)

GLOSSARY = Path(__file__).parents[2] / "docs" / "explanation" / "glossary.md"

NOTHING_SAID = dict.fromkeys(language.VARIABLES)
ITALIAN = NOTHING_SAID | {"LANG": "it_IT.UTF-8", "COLUMNS": "80"}


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("language", "translations"):
        monkeypatch.setattr(language._Spoken, name, getattr(language._Spoken, name))


@pytest.fixture
def operator(rilascio_login: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Name the workshop in RILASCIO_DSN as a member of erp_operator, and give the URL."""
    dsn = rilascio_login()
    monkeypatch.setenv("RILASCIO_DSN", dsn)
    return dsn


def rilascio(*arguments: str, env: dict[str, str | None] | None = None) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="rilascio", env=env or ITALIAN)


def commands(command: click.Command = main, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        assert isinstance(command, Group), f"{command.name} has no names in other languages: cls=Group"
        for name, inner in command.commands.items():
            yield from commands(inner, *path, name)


# --- which language --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "italian"),
    [
        ({}, False),
        ({"LANG": "it_IT.UTF-8"}, True),
        ({"LANG": "it"}, True),
        ({"LANG": "it_IT@euro"}, True),
        ({"LANG": "C.UTF-8"}, False),
        ({"LANG": "fr_FR.UTF-8"}, False),
        ({"LANG": "item"}, False),
        ({"LANG": "it_IT.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, False),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "it_IT.UTF-8", "LC_ALL": ""}, True),
        ({"LC_MESSAGES": "it_IT.UTF-8", "LC_ALL": "C"}, False),
        ({"LC_ALL": "C", "RILASCIO_LANGUAGE": "it"}, True),
        ({"LC_ALL": "it_IT.UTF-8", "RILASCIO_LANGUAGE": "en"}, False),
    ],
)
def test_the_first_variable_that_is_set_chooses_and_what_there_is_not_is_english(
    environment: dict[str, str], italian: bool
) -> None:
    result = rilascio("release", "--help", env=NOTHING_SAID | environment)
    assert result.stdout.startswith("Uso: " if italian else "Usage: ")


@pytest.mark.parametrize(
    "arguments", [("--language", "it", "--help"), ("--help", "--language=it"), ("--language", "it")], ids=" ".join
)
def test_the_option_chooses_before_the_environment_wherever_it_stands(arguments: tuple[str, ...]) -> None:
    assert "Uso: rilascio [OPZIONI] COMANDO [ARGOMENTI]...\n" in rilascio(*arguments, env={"LC_ALL": "en_US"}).output
    assert "Usage: rilascio" in rilascio("--language", "en", "--help").output


def test_a_language_that_there_is_not_is_refused_in_the_one_that_the_environment_names() -> None:
    result = rilascio("--language", "de", "release")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        2,
        "Errore: Valore non valido per '--language': 'de' non è uno di questi: 'en', 'it'.",
    )


# --- help ------------------------------------------------------------------------------------------------------------


def test_every_sentence_has_an_italian_one_with_the_same_values() -> None:
    catalog = sentences.catalog("it")
    assert [entry.msgid for entry in catalog if not entry.translated()] == [], "translate these in languages/it.po"
    for entry in catalog:
        values = set(re.findall(r"{(\w+)", entry.msgid + entry.msgid_plural))
        for text in (entry.msgstr, *entry.msgstr_plural.values()):
            assert set(re.findall(r"{(\w+)", text)) <= values, entry.msgid


def test_the_italian_catalog_is_the_one_that_make_docs_writes() -> None:
    """No sentence is missing, and none is there that is no longer said."""
    file = language.FOLDER / "it.po"
    written = sentences.polib.pofile(str(file))

    def said(entries: sentences.polib.POFile) -> list[tuple[str, str, str]]:
        return [
            (entry.msgctxt or "", entry.msgid, entry.comment)
            for entry in entries
            if not entry.comment.startswith(sentences.OF_CLICK)
        ]

    assert said(written) == said(sentences.catalog("it")), "run make docs"


@pytest.mark.parametrize("path", dict(commands()), ids=" ".join)
def test_no_sentence_of_help_is_left_in_english(path: tuple[str, ...]) -> None:
    command = dict(commands())[path]
    shown = " ".join(rilascio(*path, "--help").output.split())
    same = {"FILE", "FILE|host", "N", "SHARD", "URL", "UUID"}
    for sentence in {*sentences_of(command), "Show this message and exit."} - same:
        assert f" {sentence} " not in f" {shown} "
    for parameter in command.params:
        valueless = isinstance(parameter, click.Option) and parameter.is_flag
        assert parameter.metavar or valueless or isinstance(parameter.type, click.Choice), parameter.name


def test_help_is_italian_at_80_columns_and_its_examples_are_commands() -> None:
    result = rilascio("release", "--help")
    assert result.exit_code == 0
    assert max(len(line) for line in result.stdout.splitlines() if not line.startswith("    rilascio")) <= 80
    assert result.stdout.startswith(
        "Uso: rilascio release [OPZIONI] [ORDINE[=QUANTITÀ]]...\n\n  Rilascia ordini lanciati"
    )
    assert "  Esempi:\n    rilascio release 2026/15 2026/16/1\n" in result.stdout
    assert "\nOpzioni:\n" in result.stdout
    assert re.search(r"-h, --help +Mostra questo messaggio ed esce\.\n", result.stdout)


# --- names -----------------------------------------------------------------------------------------------------------


def test_commands_are_listed_by_their_names_in_the_language() -> None:
    listed = re.findall(r"^  ([\w-]+)  ", rilascio("--help").output.split("Comandi:")[1], re.MULTILINE)
    assert len(listed) == len(set(listed)) == len(main.commands)
    assert {"rilascia", "ripristina", "anteprima", "griglia", "spiega", "dichiara", "registra", "storico"} <= {*listed}
    assert {"elaborazioni", "annulla", "elimina", "evadi", "riapri", "storicizza", "riunisci"} <= {*listed}
    assert "release" not in listed


@pytest.mark.parametrize("environment", [ITALIAN, {"RILASCIO_LANGUAGE": "en"}], ids=["it", "en"])
@pytest.mark.parametrize("path", dict(commands()), ids=" ".join)
def test_a_command_is_called_by_either_name_in_either_language(
    path: tuple[str, ...], environment: dict[str, str | None]
) -> None:
    first, second = (rilascio(*called, "--help", env=environment) for called in (path, italian(path)))
    assert first.exit_code == second.exit_code == 0
    assert first.output.split("\n\n", 1)[1] == second.output.split("\n\n", 1)[1]


def test_the_glossary_has_the_names_of_commands_in_both_languages() -> None:
    table = GLOSSARY.read_text(encoding="utf-8").split("## Commands")[1]
    named = re.findall(r"^\| `(.+)` \| `(.+)` \|$", table, re.MULTILINE)
    expected = {(" ".join(path), " ".join(italian(path))) for path, _ in commands() if path}
    assert set(named) == expected
    assert len(named) == len(expected)


def italian(path: tuple[str, ...]) -> list[str]:
    """Return what a command is called in Italian, with the groups above it."""
    command: click.Command = main
    names = []
    for name in path:
        assert isinstance(command, Group)
        names.append(language.translations("it").pgettext(command.context_of_names, name))
        command = command.commands[name]
    return names


def test_a_command_that_there_is_not_is_told_in_italian() -> None:
    result = rilascio("rilasia", "2026/1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "\nErrore: Non c'è un comando 'rilasia'." in result.stderr


# --- the database ----------------------------------------------------------------------------------------------------


def test_R63_the_database_answers_in_the_language_of_the_command_line(operator: str) -> None:
    """Whatever the role or the connection has for erp.language."""
    spoken = {"it": "L'ordine 2026/4/0 non è lanciato.", "en": "Order 2026/4/0 is not launched."}
    for chosen, sentence in spoken.items():
        for dsn in (operator, make_conninfo(operator, options="-c erp.language=it")):
            result = rilascio("--language", chosen, "preview", "2026/4", "--dsn", dsn)
            assert sentence in result.stdout


# --- what planners meet ----------------------------------------------------------------------------------------------


def test_a_release_with_a_refusal_is_told_in_italian_as_the_database_words_it(operator: str) -> None:
    result = rilascio("rilascia", "2026/1", "2026/3")
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["ordine", "esito", "registrazioni", "movimenti"]
    assert [line.split() for line in lines[2:4]] == [["2026/1", "rilascio", "1", "2"], ["2026/3", "rifiuto", "0", "0"]]
    assert re.search(r"^1 rilascio, 1 rifiuto: 2 movimenti in 1 registrazione\. Elaborazione \d+\.$", *searched(result))
    assert re.search(r"^ordine +motivo +messaggio$", *searched(result))
    assert "insufficient_stock" in result.stdout
    assert re.search(r"^Suggerimento: Con --on-shortage split si rilascia ciò che", *searched(result))
    assert max(map(len, lines)) <= 80 or any(line.startswith("Suggerimento: ") for line in lines)


def searched(result: Result) -> tuple[str, re.RegexFlag]:
    return result.stdout, re.MULTILINE


def test_the_release_grid_is_headed_in_italian_and_filtered_by_the_names_of_columns(operator: str) -> None:
    result = rilascio("griglia", "rilascio", "--where", "item_code=BIKE", "--limit", "2")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].split() == [
        *("ordine", "articolo", "descrizione", "quantità", "um", "fine", "ritardo"),
    ]
    assert " sì\n" in result.stdout
    assert result.stderr.startswith("2 di 3 righe; --limit 0 le mostra tutte.\nLe prossime: --after ")


def test_runs_and_history_name_outcomes_in_italian(operator: str) -> None:
    assert rilascio("release", "2026/1", "2026/3").exit_code == 3
    assert "1 rilascio, 1 rifiuto" in rilascio("elaborazioni").stdout
    told = rilascio("storico", "2026/3").stdout
    assert told.split()[0] == "elaborazione"
    assert re.search(r" rifiuto$", told, re.MULTILINE)
    assert "disponibili 16." in told


@pytest.mark.parametrize("arguments", [("release", "2026/1", "2026/3"), ("preview", "2026/3"), ("grid", "release")])
@pytest.mark.parametrize("output_format", ["csv", "json"])
def test_csv_and_json_have_the_same_keys_and_codes_in_every_language(
    operator: str, arguments: tuple[str, ...], output_format: str
) -> None:
    said = ("--note", "x", "--request-key", str(uuid.uuid4())) if arguments[0] == "release" else ()
    english, italian = (
        rilascio("--language", chosen, *arguments, *said, "--format", output_format) for chosen in ("en", "it")
    )
    assert english.exit_code == italian.exit_code
    if output_format == "csv":
        assert english.stdout.splitlines()[0] == italian.stdout.splitlines()[0]
    codes = [re.findall(r'"code": ?"(\w+)"|""code"": ?""(\w+)""', text.stdout) for text in (english, italian)]
    assert codes[0] == codes[1]


ERRORS = [
    (("release",), 2, "Non è indicato nulla (ordine).", "Indicare ordini come 2026/15, o usare --all per tutto"),
    (("release", "2026-1"), 2, "'2026-1' non indica un ordine.", "Scrivere ANNO/NUMERO o ANNO/NUMERO/LOTTO"),
    (("release", "2027/1"), 1, "La società SHOP non ha un ordine lanciato o rilasciato 2027/1.", "rilascio grid"),
    (("grid", "release", "--where", "x"), 2, "Il filtro 'x' non si capisce.", "Scrivere COLONNA=VALORE"),
    (("grid", "release", "--where", "late=maybe"), 2, "'maybe' non è un valore per late, che è di tipo boolean.", "Si"),
    (("history", "--run", "99"), 1, "La società SHOP non ha un'elaborazione 99.", "rilascio runs mostra le ultime."),
    (("register", "--id", "1", "2026/9"), 1, "La società SHOP non ha dichiarazioni dell'ordine 2026/9.", "rilascio"),
    (("stock", "NIX"), 1, "La società SHOP non ha un articolo 'NIX'.", ""),
]


@pytest.mark.parametrize(("arguments", "code", "sentence", "hint"), ERRORS, ids=[" ".join(e[0]) for e in ERRORS])
def test_an_error_and_its_hint_are_italian(
    operator: str, arguments: tuple[str, ...], code: int, sentence: str, hint: str
) -> None:
    result = rilascio(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    first, *rest = result.stderr.splitlines()
    assert first == f"Errore: {sentence}"
    assert rest[:1] == [] if not hint else rest[0].startswith(f"Suggerimento: {hint}")


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (("--on-shortage", "mai"), "Valore non valido per '--on-shortage': 'mai' non è uno di questi"),
        (
            ("--record-date", "23/11/2026"),
            "Valore non valido per '--record-date': '23/11/2026' non è una data; anno, mese e giorno si scrivono come",
        ),
        (("--limit", "0"), "Valore non valido per '--limit': 0 non è nell'intervallo x>=1."),
        (("--on-shortage",), "L'opzione '--on-shortage' vuole un argomento."),
    ],
)
def test_an_option_wrongly_typed_is_told_in_italian(option: tuple[str, ...], sentence: str) -> None:
    result = rilascio("release", "2026/1", *option)
    assert result.exit_code == 2
    assert f"Errore: {sentence}" in result.stderr


def test_thousands_are_not_parted_by_a_comma_which_begins_decimals_in_italian() -> None:
    language.speak("it")
    assert language.counted(1234567, "order") == "1\u00a0234\u00a0567 ordini"
    language.speak("en")
    assert language.counted(1234567, "order") == "1,234,567 orders"


def test_who_is_asked_is_asked_in_italian_and_nothing_is_done_without_a_yes(operator: str) -> None:
    result = CliRunner().invoke(main, ["release", "--all", "--where", "order_number=1"], input="n\n", env=ITALIAN)
    assert result.stderr.startswith("Rilasciare 2 ordini della società SHOP? [s/N]: ")
    assert result.stderr.endswith("\nErrore: Non è stato fatto nulla.\n")


@pytest.mark.parametrize(("answer", "outcome"), [("sì", 0), ("S", 0), ("si", 0), ("yes", 0), ("", 1), ("sicuro", 1)])
def test_a_yes_is_taken_in_italian(operator: str, answer: str, outcome: int) -> None:
    result = CliRunner().invoke(
        main, ["release", "--all", "--where", "order_number=1"], input=f"{answer}\n", env=ITALIAN
    )
    assert result.exit_code == outcome
