"""The texts with the changes of a draft, and what is wrong with them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from wizard.drafts.model import REVIEWED, STALE, Change, TextId, base_key
from wizard.questionnaire.check import check_wordings
from wizard.questionnaire.text_limits import limit_problems
from wizard.questionnaire.wording import FORM, Required, Texts, Wording
from wizard.questionnaire.wording_check import problems as check_problems
from wizard.questionnaire.wording_check import unknown
from wizard.questionnaire.wording_files import SOURCE, WordingFile
from wizard.questionnaire.wording_set import WordingSet
from wizard.translations.status import source_hash

DRAFT = "draft"
"""The version of texts that are not published."""

Problems = Mapping[TextId, tuple[str, ...]]
"""What is wrong with texts, by locale and key, as lines that would follow the key."""


def apply(current: WordingSet, changes: Iterable[Change], required: Required) -> WordingSet:
    """The texts of `current` with the changes of a draft.

    Its `files` have exactly the texts of the draft, and their problems. Its `wordings` can all be rendered, whatever
    the draft has: a text that is missing or empty is the published one, or else the English one, and `completed` names
    it; one that can't be filled in is shown as it was typed.
    """
    by_locale: dict[str, dict[str, Change]] = defaultdict(dict)
    for change in changes:
        if change.is_changed:
            by_locale[change.locale][change.key] = change
    known = {file.locale: file for file in current.files}
    locales = sorted({*known, *by_locale}, key=lambda locale: (locale != SOURCE, locale))
    source = _texts(known.get(SOURCE, WordingFile(Path(f"{SOURCE}.toml"))), by_locale[SOURCE])
    files = tuple(_file(known.get(locale), locale, by_locale[locale], source, required) for locale in locales)
    wordings, completed = {}, []
    for file in files:
        texts, fallbacks = _renderable(file, current, required)
        wordings[file.locale] = Wording(file.locale, texts, DRAFT)
        completed += [(file.locale, key) for key in fallbacks]
    return WordingSet(current.number, DRAFT, files, wordings, tuple(completed))


def problems(files: Iterable[WordingFile], required: Required) -> Problems:
    """What `wizard check` says of each text of these files, and of those that they lack."""
    found: dict[TextId, list[str]] = defaultdict(list)
    for file in files:
        lines = [*check_problems(file.texts, required), *unknown(file.texts, required), *limit_problems(file.texts)]
        same = check_wordings({file.locale: Wording(file.locale, file.texts)})
        lines += [line.removeprefix(f"{file.locale}: ") for line in same]
        for line in lines:
            key, _, problem = line.partition(" ")
            found[file.locale, key].append(problem)
    return {text_id: tuple(lines) for text_id, lines in found.items()}


def _file(
    before: WordingFile | None, locale: str, changes: Mapping[str, Change], source: Texts, required: Required
) -> WordingFile:
    """The file of a language with its `changes`; `source` are the English texts of the draft."""
    if before and not changes:
        return before
    file = before or WordingFile(Path(f"{locale}.toml"))
    texts = _in_order(_texts(file, changes), source)
    hashes = dict(file.hashes)
    if locale != SOURCE:
        for key in {base_key(key) for key in changes if key != REVIEWED}:
            hashes.pop(key, None)
            made_from = _made_from([change for change in changes.values() if base_key(change.key) == key])
            if made_from != STALE and key in source:
                hashes[key] = made_from or source_hash(source[key])
    hashes = {key: hashes[key] for key in texts if key in hashes}
    reviewed = changes[REVIEWED].text == "true" if REVIEWED in changes else file.reviewed
    wrong, unused = tuple(check_problems(texts, required)), tuple(unknown(texts, required))
    return replace(file, texts=texts, problems=wrong, unknown=unused, reviewed=reviewed, hashes=hashes)


def _made_from(forms: Iterable[Change]) -> str | None:
    """The `source_hash` of a text from the changes of its forms: where one is stale, the text is; else of the last."""
    return min(forms, key=lambda change: (change.source_hash != STALE, -change.changed_ms)).source_hash


def _texts(file: WordingFile, changes: Mapping[str, Change]) -> Texts:
    """The texts of a file with its changes. An empty form of an answer takes the form out."""
    texts = {**file.texts, **{key: change.text for key, change in changes.items() if key != REVIEWED}}
    return {key: text for key, text in texts.items() if text or FORM not in key}


def _in_order(texts: Texts, source: Texts) -> Texts:
    """The texts in the order of the English ones, the forms of an answer after it."""
    order = {key: place for place, key in enumerate(source)}
    return dict(sorted(texts.items(), key=lambda item: (order.get(base_key(item[0]), len(order)), item[0])))


def _renderable(file: WordingFile, current: WordingSet, required: Required) -> tuple[Texts, tuple[str, ...]]:
    """The texts of a file as a page can show them, and the keys of those that were taken from the published ones."""
    if file is current.file(file.locale) and file.locale in current.wordings:
        return current.wordings[file.locale].texts, ()
    texts = dict(file.texts)
    missing = tuple(key for key in required if not texts.get(key, "").strip())
    published = (current.wordings.get(file.locale), current.wordings.get(SOURCE), current.wording())
    for key in missing:
        texts[key] = next((each.texts[key] for each in published if each and key in each.texts), key)
    for line in check_problems(texts, required):
        key, _, problem = line.partition(" ")
        if problem.startswith(("uses ", "has a stray brace")):
            texts[key] = texts[key].replace("{", "{{").replace("}", "}}")
    return texts, missing
