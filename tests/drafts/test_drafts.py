"""Drafts on both databases: what is typed is kept, and two people on one text are both told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from drafting import ANNA, BEN, HINT, TITLE, drafts_on, new, published, refused, saved
from factories import NOV_1
from sqlalchemy import select

from wizard.drafts.model import Conflict, DraftClosed, DraftError, NewText, Saved, TextRefused, UnknownDraft
from wizard.drafts.store import Drafts
from wizard.events.log import Log
from wizard.storage.studio_tables import audit_log


@pytest.fixture
def drafts(any_log: Log) -> Drafts:
    return drafts_on(any_log.database, NOV_1)


@pytest.fixture
def on_sqlite(log: Log) -> Drafts:
    """For what is refused before it gets to a database."""
    return drafts_on(log.database, NOV_1)


@pytest.fixture
def draft(drafts: Drafts) -> str:
    return drafts.begin("  New\nheadline ", ANNA).draft_id


def test_a_draft_begins_open_and_empty(drafts: Drafts, draft: str) -> None:
    found = drafts.get(draft)
    assert (found.title, found.state, found.made_by, found.published_number) == ("New headline", "open", ANNA, None)
    assert drafts.all() == [found]
    assert drafts.changes(draft) == ()
    assert drafts.counts() == {}


def test_a_text_is_kept_as_it_was_typed(drafts: Drafts, draft: str) -> None:
    typed = "  Who\r\nis {it} <b>for</b>?\u202e 👋\r"
    assert saved(drafts, draft, new(TITLE, typed)) == Saved(1, is_changed=True)
    (change,) = drafts.changes(draft)
    assert change.text == "  Who\nis {it} <b>for</b>?\u202e 👋\n"
    assert (change.base_text, change.revision, change.changed_by) == (published("en", TITLE), 1, ANNA)
    assert drafts.counts() == {draft: 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (new(TITLE, "a\0b"), r"questions\.who\.title: has U\+0000, which can't be stored"),
        (new(TITLE, "a\udfffb"), r"has U\+DFFF"),
        (new(TITLE, "a" * 100_001), "has 100,001 characters; at most 100,000"),
        (new("questions who", "a"), "key: given 'questions who'"),
        (new("a." + "b" * 200, "a"), "key: given"),
        (NewText("../en", TITLE, "a", 0, None), "locale: given '../en'"),
        (NewText("en", TITLE, "a", 0, "b\0"), r"has U\+0000"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_one_line(on_sqlite: Drafts, text: NewText, message: str) -> None:
    draft = on_sqlite.begin("x", ANNA).draft_id
    with pytest.raises(TextRefused, match=message) as caught:
        on_sqlite.save(draft, text, ANNA)
    assert isinstance(caught.value, ValueError)
    assert "\n" not in str(caught.value)
    assert on_sqlite.changes(draft) == ()


def test_changes_to_different_texts_merge(drafts: Drafts, draft: str) -> None:
    saved(drafts, draft, new(TITLE, "Anna's"), ANNA)
    saved(drafts, draft, new(HINT, "Ben's"), BEN)
    saved(drafts, draft, new(TITLE, "Bens", locale="de"), BEN)
    assert {(each.id, each.text, each.changed_by) for each in drafts.changes(draft)} == {
        (("en", TITLE), "Anna's", ANNA),
        (("en", HINT), "Ben's", BEN),
        (("de", TITLE), "Bens", BEN),
    }


def test_the_second_of_two_texts_is_told_and_kept(drafts: Drafts, draft: str) -> None:
    saved(drafts, draft, new(TITLE, "Anna's"), ANNA)
    conflict = refused(drafts, draft, new(TITLE, "Ben's"), BEN)
    assert (conflict.mine, conflict.theirs, conflict.who, conflict.revision) == ("Ben's", "Anna's", ANNA, 1)
    assert [each.text for each in drafts.changes(draft)] == ["Anna's"]
    assert [(each.text, each.who) for each in drafts.kept(draft)] == [("Ben's", BEN)]
    assert refused(drafts, draft, new(TITLE, "Ben's"), BEN) == conflict  # sent again: kept once
    assert len(drafts.kept(draft)) == 1
    assert saved(drafts, draft, new(TITLE, "Both", seen=conflict.revision), BEN).revision == 2
    assert [(each.text, each.is_applied, each.revision) for each in drafts.edits(draft, "en", TITLE)] == [
        ("Anna's", True, 1),
        ("Ben's", False, 1),
        ("Both", True, 2),
    ]


def test_a_text_that_is_sent_again_is_no_conflict(drafts: Drafts, draft: str) -> None:
    assert saved(drafts, draft, new(TITLE, "Once")) == saved(drafts, draft, new(TITLE, "Once"))
    assert saved(drafts, draft, new(TITLE, "Once"), BEN).revision == 1
    assert len(drafts.edits(draft, "en", TITLE)) == 1


def test_a_revision_that_never_was_is_a_conflict(drafts: Drafts, draft: str) -> None:
    conflict = refused(drafts, draft, new(TITLE, "Ben's", seen=7))
    assert (conflict.theirs, conflict.revision) == (None, 0)
    assert saved(drafts, draft, new(TITLE, "Ben's", seen=0)).revision == 1


def test_a_change_is_taken_out_and_put_in_again(drafts: Drafts, draft: str) -> None:
    saved(drafts, draft, new(TITLE, "Changed"))
    (change,) = drafts.changes(draft)
    assert drafts.undo(draft, change, BEN) == Saved(2, is_changed=False)
    assert drafts.changes(draft) == ()
    assert [each.revision for each in drafts.changes(draft, with_unchanged=True)] == [2]
    assert drafts.undo(draft, change, ANNA) == Saved(2, is_changed=False)  # already
    conflict = refused(drafts, draft, new(TITLE, "Again", seen=1), ANNA)
    assert (conflict.theirs, conflict.who) == (None, BEN)
    saved(drafts, draft, new(TITLE, "Again", seen=2))
    assert [each.text for each in drafts.edits(draft, "en", TITLE)] == ["Changed", None, "Again", "Again"]


def test_an_undo_of_a_text_that_was_changed_meanwhile_is_a_conflict(drafts: Drafts, draft: str) -> None:
    saved(drafts, draft, new(TITLE, "Changed"))
    (change,) = drafts.changes(draft)
    saved(drafts, draft, new(TITLE, "Changed again", seen=1), BEN)
    conflict = drafts.undo(draft, change, ANNA)
    assert isinstance(conflict, Conflict)
    assert (conflict.mine, conflict.theirs) == (None, "Changed again")


def test_a_text_as_it_was_published_is_no_change_unless_it_is_confirmed(drafts: Drafts, draft: str) -> None:
    text = published("de", TITLE)
    saved(drafts, draft, new(TITLE, "Anders", locale="de"))
    assert saved(drafts, draft, new(TITLE, text, seen=1, locale="de")) == Saved(2, is_changed=False)
    confirmed = NewText("de", TITLE, text, 2, text, source_hash="0123abcd", is_confirmed=True)
    assert saved(drafts, draft, confirmed) == Saved(3, is_changed=True)
    assert [each.source_hash for each in drafts.changes(draft)] == ["0123abcd"]


def test_a_draft_is_discarded_and_reopened(drafts: Drafts, draft: str) -> None:
    saved(drafts, draft, new(TITLE, "Changed"))
    assert drafts.discard(draft, BEN).state == "discarded"
    assert drafts.all() == []
    assert [each.draft_id for each in drafts.all(None)] == [draft]
    with pytest.raises(DraftClosed, match=r"was discarded by ben@example\.com; reopen it"):
        drafts.save(draft, new(HINT, "Typed too late"), ANNA)
    assert [each.text for each in drafts.kept(draft)] == ["Typed too late"]
    with pytest.raises(DraftClosed):
        drafts.discard(draft, BEN)
    assert drafts.reopen(draft, ANNA).state == "open"
    with pytest.raises(DraftClosed, match="is open already"):
        drafts.reopen(draft, ANNA)
    assert [each.text for each in drafts.changes(draft)] == ["Changed"]


def test_each_action_is_in_the_audit_log(any_log: Log, drafts: Drafts, draft: str) -> None:
    drafts.rename(draft, "Headline 2", BEN)
    drafts.discard(draft, BEN)
    drafts.reopen(draft, ANNA)
    with any_log.database.snapshot() as connection:
        found = select(audit_log.c.who, audit_log.c.action, audit_log.c.before, audit_log.c.after)
        rows = connection.execute(found.order_by(audit_log.c.at_ms)).all()
    assert [tuple(row) for row in rows] == [
        (ANNA, "draft begun", "", ""),
        (BEN, "draft renamed", "New headline", "Headline 2"),
        (BEN, "draft discarded", "", ""),
        (ANNA, "draft reopened", "", ""),
    ]


@pytest.mark.parametrize("title", ["", "  ", "a" * 81, "a\x07b", "a\u202eb", "\0"])
def test_a_title_is_one_line(on_sqlite: Drafts, title: str) -> None:
    draft = on_sqlite.begin("x", ANNA).draft_id
    with pytest.raises(TextRefused, match="title: "):
        on_sqlite.begin(title, ANNA)
    with pytest.raises(TextRefused, match="title: "):
        on_sqlite.rename(draft, title, ANNA)


@pytest.mark.parametrize(
    "use",
    [
        lambda drafts: drafts.get("none"),
        lambda drafts: drafts.save("none", new(TITLE, "a"), ANNA),
        lambda drafts: drafts.discard("none", ANNA),
        lambda drafts: drafts.find("none"),
    ],
)
def test_an_unknown_draft_is_named(on_sqlite: Drafts, use: Callable[[Drafts], object]) -> None:
    with pytest.raises(UnknownDraft, match="given 'none'; there is no such draft"):
        use(on_sqlite)


def test_a_draft_is_found_by_its_id_or_its_title(drafts: Drafts, draft: str) -> None:
    assert drafts.find(draft).draft_id == drafts.find("New headline").draft_id == draft
    drafts.begin("New headline", BEN)
    with pytest.raises(DraftError, match="several drafts have the title"):
        drafts.find("New headline")


def test_of_many_at_once_each_text_is_applied_or_kept(drafts: Drafts, draft: str) -> None:
    people, together = 8, Barrier(8)

    def write(person: int) -> Saved | Conflict:
        together.wait()
        drafts.save(draft, new(f"questions.own.{person}", "own"), f"{person}@example.com")
        return drafts.save(draft, new(TITLE, f"by {person}"), f"{person}@example.com")

    with ThreadPoolExecutor(people) as pool:
        results = list(pool.map(write, range(people)))
    assert sum(isinstance(each, Saved) for each in results) == 1
    assert len(drafts.changes(draft)) == people + 1
    assert {each.text for each in drafts.edits(draft, "en", TITLE)} == {f"by {person}" for person in range(people)}
    assert len(drafts.kept(draft)) == people - 1
