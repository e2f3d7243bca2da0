"""Reads a PO file as Weblate, Crowdin and Poedit write it, into the texts of a language."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import takewhile
from pathlib import Path

from babel.core import get_global
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, PoFileParser, denormalize

from wizard.errors import WizardError
from wizard.files.text import NotText, decoded
from wizard.printable import printable
from wizard.questionnaire.wording import FORM, Required, Texts, is_named
from wizard.questionnaire.wording_check import problems
from wizard.questionnaire.wording_files import LOCALE, SOURCE, WordingFile
from wizard.translations.po_export import FUZZY
from wizard.translations.status import source_hash

LANGUAGE_HEADERS = ("X-Crowdin-Language", "Language")
"""The headers that name the language, the most exact one first: Crowdin adds a country to `Language`."""

MOST_PLURALS = 10
"""Of no language are there more plural forms; Arabic has six."""

UNREADABLE = (PoFileError, ValueError, LookupError, AttributeError, TypeError, ArithmeticError)
"""What Babel raises for files that it can't read: some errors are those of its own assumptions."""


@dataclass(frozen=True)
class Imported:
    """The texts of a language after an import, the hashes of their English, and a line for each ignored entry."""

    texts: Texts
    hashes: Mapping[str, str]
    ignored: tuple[str, ...]


class _Catalog(Catalog):
    """A catalog that believes no number of plural forms: Babel would make so many texts of each plural entry."""

    @property
    def num_plurals(self) -> int:
        """How many plural forms the language has."""
        return min(super().num_plurals, MOST_PLURALS)


@dataclass(frozen=True)
class PoFile:
    """A PO file as it was read: its entries, without obsolete ones, and all its headers. `name` is for messages."""

    name: str
    catalog: Catalog
    headers: Mapping[str, str]


def read_po_file(path: Path) -> PoFile:
    """The PO file at `path`. Raises WizardError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise WizardError(f"{path}: can't be read ({error.strerror or error})") from error
    return parse_po_file(raw, str(path))


def parse_po_file(raw: bytes, name: str) -> PoFile:
    """The PO file with the content `raw`, called `name`. Raises WizardError."""
    try:
        text = decoded(raw)
        catalog = _Catalog()
        PoFileParser(catalog, ignore_obsolete=True, abort_invalid=True).parse(StringIO(text))
        return PoFile(name, catalog, _headers(text))
    except NotText as error:
        raise WizardError(f"{name}: {error}") from error
    except UNREADABLE as error:
        raise WizardError(f"{name}: can't be read as a PO file: {printable(str(error))}") from error


def locale_of(file: PoFile, locales: tuple[str, ...]) -> str:
    """The locale of a PO file by its headers: one of `locales`, or a new one. Raises WizardError.

    `es_ES` is `es` where there is no file for Spain, since CLDR takes Spanish without a country as that of Spain.
    """
    headers = file.headers
    given = next((headers[name] for name in LANGUAGE_HEADERS if headers.get(name)), "")
    language, *more = given.replace("_", "-").split("-")
    locale = "-".join([language.lower(), *more])
    if not LOCALE.fullmatch(locale):
        raise WizardError(f"{file.name}: has no header Language, such as de or pt_BR; name it with --locale")
    for wanted in (locale, _without_likely_country(locale)):
        for known in locales:
            if known.lower() == wanted.lower():
                return known
    return locale


def _headers(text: str) -> Mapping[str, str]:
    """The headers as they are written: Babel keeps none that it doesn't know."""
    _, _, after = text.partition("msgstr ")
    written = "\n".join(takewhile(lambda line: line.startswith('"'), after.split("\n")))
    pairs = (line.partition(":") for line in denormalize(written or '""').split("\n"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _without_likely_country(locale: str) -> str:
    language, _, country = locale.partition("-")
    likely = get_global("likely_subtags").get(language, "")
    return language if likely.endswith(f"_{country.upper()}") else locale


def imported(catalog: Catalog, before: WordingFile, source: Texts, required: Required) -> Imported:
    """The texts of `before` with those of a PO file. An empty entry changes nothing.

    An entry that is not fuzzy was made from the English that it has beside it; a fuzzy one is
    stale. Raises WizardError where a text can't be used.
    """
    texts = {key: text for key, text in before.texts.items() if _is_kept(key)}
    hashes = dict(before.hashes)
    found, ignored = entries(catalog, source)
    for key, messages in found.items():
        texts |= {str(message.context): str(message.string) for message in messages}
        if not any(FUZZY in message.flags for message in messages):
            hashes[key] = source_hash(str(messages[0].id))
        elif hashes.get(key) == source_hash(source[key]):
            del hashes[key]
    _refuse_broken(texts, required)
    ordered = {key: hashes[key] for key in source if key in hashes and key in texts}
    return Imported(texts, ordered, ignored)


def _is_kept(key: str) -> bool:
    """Whether a text can be written: one that is in no table, or has forms that it can't have, is used by nothing."""
    base = key.partition(FORM)[0]
    return "." in key and (base == key or is_named(base))


def entries(catalog: Catalog, source: Texts) -> tuple[Mapping[str, Sequence[Message]], tuple[str, ...]]:
    """The translated entries by key, one for each form, and a line for each entry that is ignored.

    Of two entries with the same context, the one with the English of today counts.
    """
    found: dict[str, Message] = {}
    ignored = []
    for message in catalog:
        if not message.id:
            continue
        if problem := _problem(message, source):
            ignored.append(problem)
        elif message.string and (message.context not in found or message.id == source[_base(message)]):
            found[str(message.context)] = message
    by_key = defaultdict(list)
    for message in found.values():
        by_key[_base(message)].append(message)
    return by_key, tuple(ignored)


def _base(message: Message) -> str:
    return str(message.context).partition(FORM)[0]


def _problem(message: Message, source: Texts) -> str:
    """Why an entry is ignored; "" if it is not."""
    if not message.context:
        return f"an entry without a context: {str(message.id)[:60]!r}"
    if isinstance(message.id, tuple) or not isinstance(message.string, str):
        return f"{printable(message.context)}: has plural forms, and the text has none"
    base = _base(message)
    if base not in source or (FORM in message.context and not is_named(base)):
        return f"{printable(message.context)}: no text has this context"
    return ""


def _refuse_broken(texts: Texts, required: Required) -> None:
    """Raise WizardError where a text can't be used. Those that are missing may follow later."""
    is_missing = (" is missing", " has no form")
    wrong = [line for line in problems(texts, required) if not any(each in line for each in is_missing)]
    if wrong:
        raise WizardError(f"nothing was imported: {'; '.join(wrong)}")


def refuse_source(locale: str) -> None:
    """Raise WizardError for English, which is not translated."""
    if locale == SOURCE:
        raise WizardError(f"{locale}: is the language that the others are translated from")
