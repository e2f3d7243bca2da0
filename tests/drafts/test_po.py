"""PO files of drafts: a translator's changes are saved, and nobody else's are overwritten."""

import re

import pytest
from drafting import ANNA, BEN, HINT, PIA, TITLE, MovingClock, drafts_on, new, publication, published, saved
from factories import NOV_1
from hypothesis import given
from hypothesis import strategies as st
from published_versions import FILES, REQUIRED

from wizard.drafts.applied import apply, problems
from wizard.drafts.model import DraftClosed, NewText, UnknownDraft
from wizard.drafts.po import PoFiles, PoImported
from wizard.drafts.po_base import HEADER
from wizard.drafts.publish import Publisher
from wizard.drafts.store import Drafts
from wizard.errors import WizardError
from wizard.events.log import Log
from wizard.translations.po_import import parse_po_file
from wizard.translations.status import stale_keys
from wizard.wording_versions.published import PublishedWording


class Studio:
    """Everything that works on drafts, on one clock."""

    def __init__(self, log: Log) -> None:
        clock = MovingClock(NOV_1)
        wording = PublishedWording(log.database, FILES, REQUIRED)
        self.drafts = Drafts(log.database, clock)
        self.po = PoFiles(log.database, wording, REQUIRED, clock)
        self.publisher = Publisher(log.database, wording, REQUIRED, clock)
        self.draft = self.drafts.begin("German", ANNA).draft_id

    def exported(self) -> str:
        return self.po.export(self.draft, "de", ANNA).decode()

    def imported(self, content: str, locale: str = "de") -> PoImported:
        return self.po.import_(self.draft, content.encode(), "de.po", BEN, locale)

    def texts(self, locale: str = "de") -> dict[str, str]:
        changes = self.drafts.changes(self.draft)
        file = apply(self.publisher.current(), changes, REQUIRED).file(locale)
        assert file
        return dict(file.texts)


@pytest.fixture
def studio(any_log: Log) -> Studio:
    return Studio(any_log)


def translated(po: str, key: str, text: str, *, fuzzy: bool = False) -> str:
    """The PO file with another translation of a key, as a tool writes it."""
    before = re.search(
        rf'(#, [^\n]*\n)?msgctxt "{re.escape(key)}"\nmsgid .*?\nmsgstr [^\n]*(\n"[^\n]*)*', po, re.DOTALL
    )
    assert before, key
    entry = re.sub(r"#, fuzzy\n", "", before[0])
    entry = entry[: entry.index("msgstr ")] + f'msgstr "{text}"'
    return po.replace(before[0], ("#, fuzzy\n" if fuzzy else "") + entry)


def test_what_a_translator_changes_is_saved_in_the_draft(studio: Studio) -> None:
    po = translated(studio.exported(), TITLE, "Für wen?")
    result = studio.imported(po)
    assert (result.locale, result.saved, result.conflicts, result.ignored) == ("de", 1, {}, ())
    (change,) = studio.drafts.changes(studio.draft)
    assert (change.id, change.text, change.base_text, change.changed_by) == (
        ("de", TITLE),
        "Für wen?",
        published("de", TITLE),
        BEN,
    )
    assert studio.imported(po).saved == 0  # again


def test_a_file_as_it_was_exported_changes_nothing(studio: Studio) -> None:
    saved(studio.drafts, studio.draft, new(TITLE, "Für wen?", locale="de"))
    po = studio.exported()
    saved(studio.drafts, studio.draft, new(HINT, "Du", locale="de"), BEN)
    studio.drafts.undo(studio.draft, studio.drafts.changes(studio.draft)[1], BEN)
    before = studio.texts()
    assert studio.imported(po).saved == 0
    assert studio.texts() == before


def test_what_others_have_changed_since_stays_and_both_are_told(studio: Studio) -> None:
    po = studio.exported()
    saved(studio.drafts, studio.draft, new(HINT, "Ben's hint", locale="de"), BEN)
    saved(studio.drafts, studio.draft, new(TITLE, "Ben's title", locale="de"), BEN)
    result = studio.imported(translated(po, TITLE, "Translator's title"))
    assert result.saved == 0
    assert {key: (each.mine, each.theirs) for key, each in result.conflicts.items()} == {
        TITLE: ("Translator's title", "Ben's title")
    }
    assert (studio.texts()[TITLE], studio.texts()[HINT]) == ("Ben's title", "Ben's hint")
    assert [each.text for each in studio.drafts.kept(studio.draft)] == ["Translator's title"]


def test_what_was_published_since_stays(studio: Studio) -> None:
    po = translated(studio.exported(), HINT, "Translator's hint")
    other = studio.drafts.begin("Other", BEN).draft_id
    saved(studio.drafts, other, new(TITLE, "Published", locale="de"), BEN)
    saved(studio.drafts, other, new(HINT, "Published", locale="de"), BEN)
    studio.publisher.publish(other, publication(0))
    result = studio.imported(po)
    assert list(result.conflicts) == [HINT]
    assert studio.texts()[TITLE] == "Published"


def test_a_file_without_our_header_overwrites_no_change_of_the_draft(studio: Studio) -> None:
    po = "".join(line for line in studio.exported().splitlines(keepends=True) if HEADER not in line)
    saved(studio.drafts, studio.draft, new(TITLE, "Ben's title", locale="de"), BEN)
    result = studio.imported(translated(po, HINT, "Translator's hint"))
    assert (result.saved, list(result.conflicts)) == (1, [TITLE])
    assert (studio.texts()[TITLE], studio.texts()[HINT]) == ("Ben's title", "Translator's hint")


@pytest.mark.parametrize(
    "value", ["9 9-00000000 x 1", "0 00000000 x 1", "a b c d", "1 2", "٣ x y 1", "9" * 40 + " a b 1"]
)
def test_a_header_that_is_not_ours_is_ignored(log: Log, value: str) -> None:
    studio = Studio(log)
    po = re.sub(rf"{HEADER}: [^\\]*", f"{HEADER}: {value}", translated(studio.exported(), TITLE, "Für wen?"))
    assert value in po
    assert studio.imported(po).saved == 1


def test_a_text_that_does_not_fit_is_saved_with_its_problem(log: Log) -> None:
    studio = Studio(log)
    assert studio.imported(translated(studio.exported(), TITLE, "Für {wen}?")).saved == 1
    applied = apply(FILES, studio.drafts.changes(studio.draft), REQUIRED)
    assert ("de", TITLE) in problems(applied.files, REQUIRED)


def test_stale_texts_are_fuzzy_until_they_are_translated(log: Log) -> None:
    studio = Studio(log)
    saved(studio.drafts, studio.draft, new(TITLE, "For whom?"))
    po = studio.exported()
    fuzzy = [str(each.context) for each in parse_po_file(po.encode(), "de.po").catalog if each.id and each.fuzzy]
    assert fuzzy == [TITLE]
    studio.imported(translated(po, TITLE, str(published("de", TITLE))))  # it still fits
    applied = apply(FILES, studio.drafts.changes(studio.draft), REQUIRED)
    german, english = applied.file("de"), applied.source
    assert german
    assert english
    assert stale_keys(german, english.texts) == ()
    studio.imported(translated(studio.exported(), TITLE, str(published("de", TITLE)), fuzzy=True))  # "needs work"
    german = apply(FILES, studio.drafts.changes(studio.draft), REQUIRED).file("de")
    assert german
    assert stale_keys(german, english.texts) == (TITLE,)


def test_a_new_language_begins_with_an_export(log: Log) -> None:
    studio = Studio(log)
    po = studio.po.export(studio.draft, "it", ANNA).decode()
    assert studio.imported(translated(po, TITLE, "Per chi?"), "").locale == "it"
    assert studio.texts("it") == {TITLE: "Per chi?"}


@pytest.mark.parametrize(
    ("content", "locale", "message"),
    [
        ("msgid", "de", "de.po: can't be read as a PO file"),
        ("a\0b", "de", "de.po: is UTF-16, or holds NUL bytes"),
        ('msgid ""\nmsgstr ""\n"Language: fr\\n"\n', "de", "the file says that it is in 'fr', not in de"),
        ('msgid ""\nmsgstr ""\n"Language: en\\n"\n', "", "en: is the language that the others are translated from"),
        ('msgid ""\nmsgstr ""\n', "", "has no header Language"),
    ],
)
def test_what_can_not_be_read_is_said(log: Log, content: str, locale: str, message: str) -> None:
    with pytest.raises(WizardError, match=message):
        Studio(log).imported(content, locale)


@given(
    st.binary(max_size=300)
    | st.text(st.sampled_from('msgidtrx" \n\\:#,~|[]0Language-plural=;'), max_size=120).map(str.encode)
)
def test_whatever_is_sent_is_read_or_refused(raw: bytes) -> None:
    try:
        parse_po_file(b'msgid ""\nmsgstr ""\n"Language: de\\n"\n\n' + raw, "x.po")
        parse_po_file(raw, "x.po")
    except WizardError:
        pass


def test_a_draft_that_is_closed_takes_no_import(log: Log) -> None:
    studio = Studio(log)
    po = translated(studio.exported(), TITLE, "Für wen?")
    studio.drafts.discard(studio.draft, PIA)
    with pytest.raises(DraftClosed):
        studio.imported(po)
    assert [each.text for each in studio.drafts.kept(studio.draft)] == ["Für wen?"]
    studio.draft = "none"
    with pytest.raises(UnknownDraft):
        studio.imported(po)


def test_an_import_is_known_by_the_editors_revision(log: Log) -> None:
    drafts = drafts_on(log.database, NOV_1)
    assert drafts.all() == []
    studio = Studio(log)
    studio.imported(translated(studio.exported(), TITLE, "Für wen?"))
    conflict = studio.drafts.save(studio.draft, NewText("de", TITLE, "Mine", 0, published("de", TITLE)), ANNA)
    assert conflict == studio.drafts.save(studio.draft, NewText("de", TITLE, "Mine", 0, published("de", TITLE)), ANNA)
