"""Writes the texts of a language as a PO file: the key as context, the English as source, stale texts as fuzzy."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from io import BytesIO

from babel.core import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import write_po

from wizard import __version__
from wizard.errors import WizardError
from wizard.languages import english_name
from wizard.questionnaire.wording import FORM, Required, Texts, forms_of
from wizard.questionnaire.wording_files import WordingFile
from wizard.translations.notes import notes
from wizard.translations.status import stale_keys
from wizard.translations.toml_file import Outline

FUZZY = "fuzzy"
BRACES = "python-brace-format"
HEADER = """\
# The texts of the deployment wizard in {language}.
# Translate msgstr, and keep what is in braces. "fuzzy" marks texts whose English has changed."""


def po_file(file: WordingFile, source: Texts, required: Required, english: Outline, now: datetime) -> bytes:
    """The texts of `file` as a PO file in UTF-8, made `now`; those that are missing are empty.

    Raises WizardError where CLDR does not know the language.
    """
    stale = frozenset(stale_keys(file, source))
    forms = forms_of(file.texts)
    catalog = _catalog(file.locale, now)
    for key, form_key in _keys(source, file.texts):
        message = Message(
            source[key],
            file.texts.get(form_key, ""),
            flags=[FUZZY] if key in stale and form_key in file.texts else [],
            auto_comments=[line for line in notes(form_key, required, english, forms) if line],
            context=form_key,
        )
        message.flags -= {"python-format", BRACES}
        if required.get(key) and forms.keys().isdisjoint(required[key]):  # else {who.dative} would count as an error
            message.flags.add(BRACES)
        catalog[message.id] = message
    written = BytesIO()
    write_po(written, catalog, sort_output=False)
    return written.getvalue()


def _keys(source: Texts, texts: Texts) -> Iterator[tuple[str, str]]:
    """The key of each entry, in the order of the English texts: without and with the name of a form."""
    for key in source:
        if FORM in key:
            continue
        yield key, key
        yield from ((key, other) for other in _forms(key, texts))


def _forms(key: str, texts: Iterable[str]) -> Iterator[str]:
    return (other for other in texts if other.startswith(f"{key}{FORM}"))


def _catalog(locale: str, now: datetime) -> Catalog:
    try:
        known = Locale.parse(locale, sep="-")
    except (ValueError, UnknownLocaleError) as error:
        raise WizardError(f"{locale}: not a language that CLDR knows, such as de or pt-BR") from error
    language = english_name(locale)
    catalog = Catalog(
        known,
        header_comment=HEADER.format(language=language),
        project="deployment-wizard",
        version=__version__,
        language_team=language,
        creation_date=now,
        revision_date=now,
        charset="utf-8",
        fuzzy=False,
    )
    catalog.last_translator = catalog.msgid_bugs_address = ""  # else there would be an example's
    return catalog
