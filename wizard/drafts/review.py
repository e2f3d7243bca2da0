"""What publishing a draft would change, and what stops it."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass

from wizard.drafts.applied import Problems, apply, problems
from wizard.drafts.model import REVIEWED, Change, TextId, base_key
from wizard.questionnaire.wording import Required
from wizard.questionnaire.wording_files import SOURCE, WordingFile
from wizard.questionnaire.wording_set import WordingSet
from wizard.translations.status import stale_keys

MAY_FOLLOW = ("is missing", "has no form")
"""What may be wrong with a language that is not shown yet: it is published as far as it is translated."""


@dataclass(frozen=True, slots=True)
class ReviewedText:
    """A text that a draft changes, from `before`, the published one, to `after`; None where there is none.

    Where they are the same, a translation was confirmed: it still fits the English of today. With `is_conflict`,
    another text than `base_text` was published since the draft changed it. `problems` are lines that would follow the
    key.
    """

    locale: str
    key: str
    before: str | None
    after: str | None
    base_text: str | None
    who: str
    at_ms: int
    is_conflict: bool = False
    problems: tuple[str, ...] = ()

    @property
    def id(self) -> TextId:
        """Which text it is."""
        return self.locale, self.key


@dataclass(frozen=True)
class Review:
    """What publishing a draft over version `number` would change.

    `texts` are in the order of the English texts, English first. `stopping` are problems that the draft brings, and
    `remaining` those that the published texts have already, or languages that are not shown yet. `goes_stale` are the
    translations whose English the draft changes. `shown` and `no_longer_shown` are languages. `fingerprint` is another
    one whenever somebody changes the draft. `applied` are the texts with the draft's changes.
    """

    number: int
    fingerprint: str
    texts: tuple[ReviewedText, ...]
    stopping: Problems
    remaining: Problems
    goes_stale: tuple[TextId, ...]
    shown: tuple[str, ...]
    no_longer_shown: tuple[str, ...]
    applied: WordingSet

    @property
    def conflicts(self) -> tuple[ReviewedText, ...]:
        """The texts of which another one was published since the draft changed them."""
        return tuple(text for text in self.texts if text.is_conflict)

    @property
    def lines(self) -> tuple[str, ...]:
        """A line for each reason not to publish; none if the draft can be published."""
        found = [f"{locale} {key} {line}" for (locale, key), lines in self.stopping.items() for line in lines]
        found += [
            f"{text.locale} {text.key} was published with another text since it was changed in the draft; choose one"
            for text in self.conflicts
        ]
        return tuple(found) if self.texts else ("the draft changes nothing",)


def review(current: WordingSet, changes: Iterable[Change], required: Required) -> Review:
    """What these `changes` would make of the published texts `current`."""
    changes = [change for change in changes if change.is_changed]
    applied = apply(current, changes, required)
    before = problems(current.files, required)
    unchanged = {file.locale for file in applied.files if file is current.file(file.locale)}
    wrong = {text_id: lines for text_id, lines in before.items() if text_id[0] in unchanged}
    wrong |= problems([file for file in applied.files if file.locale not in unchanged], required)
    stopping = _only(wrong, lambda text_id, line: _stops(text_id, line, current, before))
    remaining = _only(wrong, lambda text_id, line: line not in stopping.get(text_id, ()))
    texts = [_reviewed(change, current, applied, wrong) for change in changes]
    whole = tuple(file.locale for file in applied.files if not file.problems)
    was_whole = tuple(current.wordings)
    return Review(
        current.number,
        fingerprint(changes),
        tuple(sorted((text for text in texts if text), key=_order(applied))),
        stopping,
        remaining,
        tuple(sorted(_stale(applied) - _stale(current))),
        tuple(locale for locale in whole if locale not in was_whole),
        tuple(locale for locale in was_whole if locale not in whole),
        applied,
    )


def fingerprint(changes: Iterable[Change]) -> str:
    """The hash of these changes."""
    content = sorted(json.dumps(astuple(change)) for change in changes if change.is_changed)
    return hashlib.sha256("\n".join(content).encode()).hexdigest()


def text_of(texts: WordingSet, locale: str, key: str) -> str | None:
    """The text of a key, None where there is none; of REVIEWED, whether the language was reviewed."""
    file = texts.file(locale)
    if key == REVIEWED:
        return str(bool(file and file.reviewed)).lower()
    return file.texts.get(key) if file else None


def _reviewed(change: Change, current: WordingSet, applied: WordingSet, wrong: Problems) -> ReviewedText | None:
    """What a change changes; None if that is published already."""
    before, after = (text_of(texts, *change.id) for texts in (current, applied))
    if before == after and _hash(current, change) == _hash(applied, change):
        return None
    base = change.base_text if change.key != REVIEWED else change.base_text or "false"
    return ReviewedText(
        *change.id,
        before,
        after,
        base,
        change.changed_by,
        change.changed_ms,
        is_conflict=before not in (base, after),
        problems=wrong.get(change.id, ()),
    )


def _hash(texts: WordingSet, change: Change) -> str | None:
    file = texts.file(change.locale)
    return file.hashes.get(base_key(change.key)) if file else None


def _stops(text_id: TextId, line: str, current: WordingSet, before: Problems) -> bool:
    """Whether a problem stops the draft: one that the published texts don't have."""
    is_shown = text_id[0] in current.wordings
    return line not in before.get(text_id, ()) and (is_shown or not line.startswith(MAY_FOLLOW))


def _stale(texts: WordingSet) -> set[TextId]:
    """The translations that are stale."""
    if texts.source is None:
        return set()
    source = texts.source.texts
    others = (file for file in texts.files if file.locale != SOURCE)
    return {(file.locale, key) for file in others for key in stale_keys(file, source) if key in file.texts}


def _only(found: Problems, keep: Callable[[TextId, str], bool]) -> Problems:
    """The problems that `keep` is true of."""
    kept = {text_id: tuple(line for line in lines if keep(text_id, line)) for text_id, lines in found.items()}
    return {text_id: lines for text_id, lines in kept.items() if lines}


def _order(texts: WordingSet) -> Callable[[ReviewedText], tuple[bool, str, int, str]]:
    """Sorts English first, then by language, in the order of the English texts."""
    first: WordingFile | None = texts.source
    places = {key: place for place, key in enumerate(first.texts if first else ())}
    return lambda text: (
        text.locale != SOURCE,
        text.locale,
        places.get(base_key(text.key), len(places)),
        text.key,
    )
