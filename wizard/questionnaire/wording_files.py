"""Reads the files of texts: one TOML file for each locale, checked against what the flow and the strategy need.

A file other than the default one that can't be used is left out. One that says what it was translated from has a table
`translation`, which holds no texts.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wizard.errors import WizardError
from wizard.files.text import NotText, read_text
from wizard.questionnaire.wording import Required, Texts, Wording
from wizard.questionnaire.wording_check import flatten, problems, unknown

LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
SOURCE = "en"
"""The locale that the others are translated from."""

TRANSLATION = "translation"
"""The table of a file that holds no texts: `reviewed`, and in `source` a hash of the English of each text."""


class WordingError(WizardError):
    """A file of texts can't be used. The message names the file and each problem's key."""


@dataclass(frozen=True)
class WordingFile:
    """A file of texts as it was read. With `problems`, it can't be used; `unknown` are texts that nothing uses.

    `reviewed` says whether a native speaker has read the texts; `hashes` are those of the English that each was made
    from, by key.
    """

    path: Path
    texts: Texts = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    reviewed: bool = False
    hashes: Mapping[str, str] = field(default_factory=dict)

    @property
    def locale(self) -> str:
        """The locale of the texts, after which the file is named."""
        return self.path.stem


def read_file(path: Path, required: Required) -> WordingFile:
    """Read and check the file `path`. Raises nothing: what is wrong is in its problems."""
    if not LOCALE.fullmatch(path.stem):
        return WordingFile(path, problems=("name a file of texts by its language, such as en.toml or pt-BR.toml",))
    try:
        tree = tomllib.loads(read_text(path))
    except NotText as error:
        return WordingFile(path, problems=(str(error),))
    except (OSError, tomllib.TOMLDecodeError) as error:
        return WordingFile(path, problems=(f"can't be read as TOML: {error}",))
    about = tree.pop(TRANSLATION, {})
    found = flatten(tree)
    texts = {key: str(text) for key, text in found.items()}
    more = tuple(unknown(found, required))
    wrong = problems(found, required)
    if about_wrong := _about_problems(about):
        return WordingFile(path, texts, (*wrong, *about_wrong), more)
    return WordingFile(path, texts, tuple(wrong), more, about.get("reviewed", False), about.get("source", {}))


def _about_problems(about: object) -> list[str]:
    """The problems of the table `translation`."""
    if not isinstance(about, dict):
        return [f"{TRANSLATION} is {about!r}; it must be a table"]
    found = [
        f"{TRANSLATION}.{key} is unknown; allowed: reviewed, source" for key in about.keys() - {"reviewed", "source"}
    ]
    if not isinstance(about.get("reviewed", False), bool):
        found.append(f"{TRANSLATION}.reviewed is {about['reviewed']!r}; allowed: true, false")
    source = about.get("source", {})
    if not isinstance(source, dict) or not all(isinstance(value, str) for value in source.values()):
        found.append(f"{TRANSLATION}.source must be a table of hashes; `wizard translations mark` writes it")
    return sorted(found)


def load(path: Path, required: Required) -> Wording:
    """Load and check the file `path`, whose name is its locale. Raises WordingError."""
    found = read_file(path, required)
    if wrong := sorted([*found.problems, *found.unknown]):
        raise WordingError(f"{path.name}: {'; '.join(wrong)}")
    return Wording(found.locale, found.texts, version_of({found.locale: found.texts}))


@dataclass(frozen=True)
class WordingFolder:
    """The files of a folder, the default locale first, and the wording of those that can be used, by locale."""

    files: tuple[WordingFile, ...]
    wordings: Mapping[str, Wording]

    @property
    def source(self) -> WordingFile | None:
        """The file that the others are translated from, if there is one."""
        return next((file for file in self.files if file.locale == SOURCE), None)

    @property
    def left_out(self) -> tuple[str, ...]:
        """A line for each file that can't be used: its first problem, and how many more there are."""
        broken = [file for file in self.files if file.problems]
        return tuple(f"{file.path.name}: {_in_short(file.problems)}; this language is left out" for file in broken)


def _in_short(lines: tuple[str, ...]) -> str:
    first, *more = lines
    return f"{first} (and {len(more)} more: run `wizard check`)" if more else first


def read_folder(directory: Path, required: Required) -> WordingFolder:
    """Read each `*.toml` of `directory`, English first if it exists. Raises WordingError where that can't be used.

    Without English, at least one file must be usable.
    """
    paths = sorted(directory.glob("*.toml"), key=lambda path: (path.stem != SOURCE, path.stem))
    if not paths:
        raise WordingError(f"no file of texts, such as en.toml, in the folder {directory}")
    files = tuple(read_file(path, required) for path in paths)
    usable = {file.locale: file.texts for file in files if not file.problems}
    if files[0].locale == SOURCE or not usable:
        load(paths[0], required)
    version = version_of(usable)
    return WordingFolder(files, {locale: Wording(locale, texts, version) for locale, texts in usable.items()})


def version_of(texts: Mapping[str, Texts]) -> str:
    """The version of the texts of all locales: eight hexadecimal digits that change whenever one of them does."""
    content = sorted((locale, sorted(own.items())) for locale, own in texts.items())
    return hashlib.sha256(repr(content).encode()).hexdigest()[:8]
