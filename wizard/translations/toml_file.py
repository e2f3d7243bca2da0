"""Writes a file of texts: in the order of the English file, with the comments of its sections."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wizard.errors import WizardError
from wizard.files.atomic_write import atomic_write
from wizard.files.text import read_text
from wizard.languages import english_name
from wizard.questionnaire.wording import FORM, Texts, is_named
from wizard.questionnaire.wording_check import DEFAULT_FORM, flatten
from wizard.questionnaire.wording_files import TRANSLATION

KEY = r"(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')"
DOTTED = rf"{KEY}(?:\s*\.\s*{KEY})*"
HEADER = re.compile(rf"\s*\[\s*({DOTTED})\s*\]\s*(?:#.*)?")
PAIR = re.compile(rf"\s*({DOTTED})\s*=\s*(.*)")
BARE = re.compile(r"[A-Za-z0-9_-]+")
QUOTES = ('"""', "'''")
HASHES = f"[{TRANSLATION}.source]"
FILE_MODE = 0o644
REVIEWED_COMMENT = "        # whether a native speaker has read it"


@dataclass
class Section:
    """A table of a file: its name, the comment above it, and its keys in order, each with the comment above it."""

    name: str
    comment: tuple[str, ...] = ()
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Outline:
    """The comment at the top of a file, and its sections."""

    head: tuple[str, ...]
    sections: Sequence[Section]


def outline(text: str) -> Outline:
    """The outline of a file of texts. Keys that it can't find (of inline tables) are left out."""
    lines = iter(text.split("\n"))
    head: tuple[str, ...] = ()
    sections = [Section("")]
    comment: list[str] = []
    is_head = True
    for line in lines:
        stripped = line.strip()
        if stripped.startswith("#"):
            comment.append(stripped)
        elif not stripped:
            if is_head and comment:
                head, comment, is_head = tuple(comment), [], False
        elif found := HEADER.fullmatch(line):
            sections.append(Section(_plain(found[1]), tuple(comment)))
            comment, is_head = [], False
        elif found := PAIR.fullmatch(line):
            sections[-1].keys[_plain(found[1])] = tuple(comment)
            _skip_value(found[2], lines)
            comment, is_head = [], False
    return Outline(head, sections)


def _skip_value(start: str, lines: Iterator[str]) -> None:
    """Skip the further lines of a text in three quotes."""
    for quotes in QUOTES:
        if start.startswith(quotes) and quotes not in start[len(quotes) :]:
            while quotes not in next(lines, quotes):
                pass


def _plain(dotted: str) -> str:
    """A dotted key without quotes and spaces."""
    return ".".join(part.strip("\"'") for part in re.findall(KEY, dotted))


def written(source: str, texts: Texts, *, reviewed: bool, hashes: Mapping[str, str], head: Sequence[str] = ()) -> str:
    """The file of a translation with these `texts`, in the order of `source`, the text of the English file.

    `head` is the comment at its top. Raises WizardError where the file would not read as what was written.
    """
    about = [f"[{TRANSLATION}]", f"reviewed = {str(reviewed).lower()}{REVIEWED_COMMENT}"]
    return _file([head, about, *_table_lines(outline(source), texts), tuple(_hash_lines(hashes))], texts)


def written_source(source: str, texts: Texts) -> str:
    """The English file `source` with these `texts` instead of its own. Raises WizardError as `written` does."""
    english = outline(source)
    return _file([english.head, *_table_lines(english, texts)], texts)


def _file(parts: Iterable[Sequence[str]], texts: Texts) -> str:
    """The file of these parts, with an empty line between. Raises WizardError where it would not read as `texts`."""
    text = "\n\n".join("\n".join(part) for part in parts if part) + "\n"
    _verify(text, texts)
    return text


def _table_lines(english: Outline, texts: Texts) -> Iterator[Sequence[str]]:
    return ([*_comment(table.comment), *_lines(table, texts)] for table in _tables(english, texts))


def _tables(english: Outline, texts: Texts) -> Iterator[Section]:
    """The tables of a translation, in the order of the English ones; their keys are those of `texts`, in full."""
    tables: dict[str, Section] = {}
    left = {key for key in texts if FORM not in key}
    for section in english.sections:
        name = section.name.rpartition(".")[0] if is_named(section.name) else section.name
        table = tables.setdefault(name, Section(name, section.comment))
        for key, comment in section.keys.items():
            full = f"{section.name}.{key}".lstrip(".")
            full = parent if is_named(parent := full.rpartition(".")[0]) else full
            if full in left:
                table.keys[full] = comment
                left.remove(full)
    for key in sorted(left):
        parent = key.rpartition(".")[0]
        name = next((table.name for table in tables.values() if _has_dotted(table, parent)), parent)
        tables.setdefault(name, Section(name)).keys[key] = ()
    return (table for table in tables.values() if table.keys)


def _has_dotted(table: Section, name: str) -> bool:
    """Whether a dotted key of a table is that of a key of the table `name`."""
    return table.name != name and any(key.startswith(f"{name}.") for key in table.keys)


def _comment(comment: Sequence[str]) -> list[str]:
    return [*comment, ""] if comment else []


def _lines(table: Section, texts: Texts) -> Iterator[str]:
    """The lines of a table and of the tables of its forms."""
    yield f"[{_key(table.name)}]"
    with_forms = []
    for key, comment in table.keys.items():
        if any(other.startswith(f"{key}{FORM}") for other in texts):
            with_forms.append(key)
            continue
        yield from comment
        yield f"{_key(key.removeprefix(f'{table.name}.'))} = {_value(texts[key])}"
    for key in with_forms:
        yield from ("", f"[{_key(key)}]", f"{DEFAULT_FORM} = {_value(texts[key])}")
        for other, text in texts.items():
            if other.startswith(f"{key}{FORM}"):
                yield f"{_key(other.partition(FORM)[2])} = {_value(text)}"


def _key(dotted: str) -> str:
    return ".".join(part if BARE.fullmatch(part) else f'"{part}"' for part in dotted.split("."))


def _value(text: str) -> str:
    """A TOML string: on several lines where the text has some."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    escaped = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", lambda found: f"\\u{ord(found[0]):04x}", escaped)
    if "\n" in text:
        return f'"""\n{escaped}"""'
    return '"' + escaped.replace("\t", "\\t") + '"'


def _hash_lines(hashes: Mapping[str, str]) -> Iterator[str]:
    yield HASHES
    yield from (f'"{key}" = "{value}"' for key, value in hashes.items())


def _verify(text: str, texts: Texts) -> None:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WizardError(f"the file of texts can't be written: it would not be TOML ({error})") from error
    tree.pop(TRANSLATION, None)
    if flatten(tree) != dict(texts):
        raise WizardError("the file of texts can't be written: it would not read as what was translated")


def with_hashes(text: str, hashes: Mapping[str, str]) -> str:
    """The text of a file with its table of hashes replaced, or added at its end."""
    kept, is_hashes = [], False
    for line in text.split("\n"):
        if HEADER.fullmatch(line):
            is_hashes = line.strip().replace(" ", "") == HASHES
        if not is_hashes:
            kept.append(line)
    return "\n".join(["\n".join(kept).rstrip(), "", *_hash_lines(hashes)]) + "\n"


def head_of(path: Path) -> tuple[str, ...]:
    """The comment at the top of a file; for a new one, which language it has."""
    if path.is_file() and (found := outline(read_text(path)).head):
        return found
    return (f"# The texts in {english_name(path.stem)}, translated from en.toml: docs/translating.md.",)


def write(path: Path, text: str) -> None:
    """Write a file of texts, which everybody may read. Raises FileError."""
    mode = path.stat().st_mode & 0o777 if path.exists() else FILE_MODE
    with atomic_write(path) as part:
        part.write_text(text, "utf-8")
        part.chmod(mode)
