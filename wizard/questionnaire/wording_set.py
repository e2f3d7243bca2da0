"""The texts of one version: the files of all languages, and the wordings of those that can be shown.

Version 0 is the installation's files. A published version was complete when it was published; where the questionnaire
has changed since, it is completed from the installation's files.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from wizard.questionnaire.wording import FORM, Required, Wording, is_named
from wizard.questionnaire.wording_check import problems, unknown
from wizard.questionnaire.wording_files import SOURCE, WordingFile, WordingFolder

FILES = 0
"""The number of the version that is the installation's files."""


@dataclass(frozen=True, eq=False)
class WordingSet:
    """The texts of version `number`. `version` is what events say of them.

    `files` are those of all languages, English first, `wordings` those that can be shown, by locale. `completed` are
    the texts, as locale and key, that were taken from the installation's files.
    """

    number: int
    version: str
    files: tuple[WordingFile, ...]
    wordings: Mapping[str, Wording]
    completed: tuple[tuple[str, str], ...] = ()

    @property
    def reference(self) -> str:
        """What a journey keeps of its version: empty for the installation's files."""
        return self.version if self.number else ""

    @property
    def source(self) -> WordingFile | None:
        """The file that the others are translated from, if there is one."""
        return self.folder.source

    @property
    def folder(self) -> WordingFolder:
        """The files as a folder of the installation has them."""
        return WordingFolder(self.files, self.wordings)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The locales that can't be shown."""
        return tuple(file.locale for file in self.files if file.locale not in self.wordings)

    def wording(self, locale: str = "") -> Wording:
        """The texts of `locale`; the default ones where there are none (any longer)."""
        return self.wordings.get(locale) or next(iter(self.wordings.values()))

    def file(self, locale: str) -> WordingFile | None:
        """The file of `locale`, if there is one."""
        return next((file for file in self.files if file.locale == locale), None)


def set_of_files(folder: WordingFolder) -> WordingSet:
    """Version 0: the installation's files."""
    default = next(iter(folder.wordings.values()))
    return WordingSet(FILES, default.version, folder.files, folder.wordings)


@dataclass(frozen=True)
class CompletedFile:
    """The `file` of a language as it can be shown today, and the keys that were taken from the installation's."""

    file: WordingFile
    keys: tuple[str, ...] = ()


def set_of_completed(number: int, version: str, languages: Iterable[CompletedFile], files: WordingSet) -> WordingSet:
    """A published version of these languages. If none of them can be shown, it has the texts of `files`."""
    ordered = sorted(languages, key=lambda each: (each.file.locale != SOURCE, each.file.locale))
    whole = {each.file.locale: each.file.texts for each in ordered if not each.file.problems}
    texts = whole or {locale: wording.texts for locale, wording in files.wordings.items()}
    return WordingSet(
        number,
        version,
        tuple(each.file for each in ordered),
        {locale: Wording(locale, own, version) for locale, own in texts.items()},
        tuple((each.file.locale, key) for each in ordered for key in each.keys),
    )


def completed(published: WordingFile, files: WordingSet, required: Required) -> CompletedFile:
    """The file of a published language, completed from that of the installation.

    Texts that are missing or can't be used are taken from there; those that nothing uses are left out. A file that is
    not whole even so keeps its problems.
    """
    own = files.file(published.locale) or WordingFile(published.path)
    texts = _used(published, required)
    replaced: set[str] = set()
    while found := _unusable(texts, required) - replaced:
        replaced |= found
        texts = _without(texts, found) | _only(own.texts, found)
    if problems(texts, required) and own.texts and not own.problems:
        replaced, texts = {_base(key) for key in own.texts}, dict(own.texts)
    hashes = _in_order(_without(published.hashes, replaced) | _only(own.hashes, replaced), files)
    made = WordingFile(
        published.path,
        _in_order(texts, files),
        tuple(problems(texts, required)),
        reviewed=published.reviewed,
        hashes={key: of for key, of in hashes.items() if key in texts},
    )
    differs = {_base(key) for key, text in texts.items() if published.texts.get(key) != text}
    return CompletedFile(made, tuple(sorted(replaced & differs)))


def _used(file: WordingFile, required: Required) -> dict[str, str]:
    unused = {line.partition(" ")[0] for line in unknown(file.texts, required)}
    return {key: text for key, text in file.texts.items() if key not in unused}


def _unusable(texts: Mapping[str, str], required: Required) -> set[str]:
    """The keys of texts that are missing or can't be used. The answers to a question have forms in common."""
    found = {_base(line.partition(" ")[0]) for line in problems(texts, required)}
    questions = {key.split(".")[1] for key in found if is_named(key)}
    return found | {key for key in required if is_named(key) and key.split(".")[1] in questions}


def _base(key: str) -> str:
    return key.partition(FORM)[0]


def _without(texts: Mapping[str, str], keys: set[str]) -> dict[str, str]:
    return {key: text for key, text in texts.items() if _base(key) not in keys}


def _only(texts: Mapping[str, str], keys: set[str]) -> dict[str, str]:
    return {key: text for key, text in texts.items() if _base(key) in keys}


def _in_order(texts: Mapping[str, str], files: WordingSet) -> Mapping[str, str]:
    """The texts in the order of the installation's English, the forms of an answer after it."""
    order = _order(files)
    return dict(sorted(texts.items(), key=lambda item: (order.get(_base(item[0]), len(order)), item[0])))


@lru_cache(4)
def _order(files: WordingSet) -> Mapping[str, int]:
    return {key: place for place, key in enumerate(files.files[0].texts)}
