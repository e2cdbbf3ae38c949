"""The language in which people are answered: chosen once, for sentences, help, click's own words and the database.

Sentences are written in English where they are used, in `_()`; `languages/it.po` has them in Italian. What has no
translation is English.
"""

from __future__ import annotations

import gettext
import io
import re
import string
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ENGLISH = "en"
LANGUAGES = (ENGLISH, "it")
"""Those that there are sentences in, as `erp.language` names them too."""

VARIABLES = ("RILASCIO_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""The variables of the environment that choose, where no option does; the first that is set decides."""

FOLDER = Path(__file__).parent / "languages"

COLUMN = "column"
"""The context of the headings of tables."""

VERB = "verb"
"""The context of what an action does."""


class _Spoken:
    """What was chosen last; English until then."""

    language: str | None = None
    translations: gettext.NullTranslations = gettext.NullTranslations()


def preferred(environment: Mapping[str, str]) -> str:
    """Return the language that the environment names, English for one that there are no sentences in."""
    named = next((environment[name] for name in VARIABLES if environment.get(name)), "")
    language = re.split(r"[_.@-]", named.lower())[0]
    return language if language in LANGUAGES else ENGLISH


def speak(language: str) -> None:
    """Choose the language of everything that is said from now on."""
    _Spoken.language, _Spoken.translations = language, translations(language)


def spoken() -> str | None:
    """Return the language that was chosen, None where nobody has: a session then keeps the one that it has."""
    return _Spoken.language


@cache
def translations(language: str) -> gettext.NullTranslations:
    """Return the sentences of a language."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    import polib  # only where it is needed: reading takes a moment

    return gettext.GNUTranslations(io.BytesIO(polib.pofile(str(FOLDER / f"{language}.po")).to_binary()))


def _(sentence: str, /, **values: object) -> str:
    """Return a sentence in the language chosen, with values in place of their `{names}`, as `str.format` puts them."""
    return filled(_Spoken.translations.gettext(sentence) if sentence else "", **values)


def marked(sentence: str, *, context: str = "", plural: str = "") -> str:
    """Return a sentence as it is: one that is kept in a constant, and is translated where it is shown.

    `_()` does it, `in_context()` for a word that has a `context`, `counted()` for one that has a `plural`.
    """
    return sentence


def in_context(context: str, word: str) -> str:
    """Return a word in the language chosen, as it is in a context; of a column that nobody knows, its name."""
    return _Spoken.translations.pgettext(context, word)


def plural(one: str, many: str, count: int) -> str:
    """Return the noun that goes with a count."""
    return _Spoken.translations.ngettext(one, many, count)


def noun_of(one: str) -> str:
    """Return a noun for one thing."""
    return plural(one, f"{one}s", 1)


def nouns_of(one: str) -> str:
    """Return a noun for many things."""
    return plural(one, f"{one}s", 2)


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun: `1 order`, `1,234 orders`."""
    return filled("{count:,} {noun}", count=count, noun=plural(one, many or f"{one}s", count))


def filled(sentence: str, /, **values: object) -> str:
    """Return a sentence with its values; `{count:,}` parts thousands as the language does."""
    return _FORMATTER.vformat(sentence, (), values) if values else sentence


class _Formatter(string.Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        text: str = super().format_field(value, format_spec)
        return text.replace(",", in_context("between thousands", ",")) if format_spec == "," else text


_FORMATTER = _Formatter()
