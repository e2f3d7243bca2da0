"""Publishing: all that a draft changes in one version, never over what the publisher has not seen."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from drafting import (
    ANNA,
    BEN,
    HINT,
    PIA,
    TITLE,
    change,
    drafts_on,
    new,
    publication,
    published,
    publisher_on,
    saved,
)
from factories import NOV_1
from published_versions import FILES, REQUIRED
from published_versions import changed as changed_files
from published_versions import publish as publish_texts
from sqlalchemy import insert, select

from wizard.drafts.history import difference, files_changed_since, files_of, history, history_of
from wizard.drafts.model import REVIEWED, Change, DraftClosed, NewText, TextRefused, UnknownDraft
from wizard.drafts.publish import Publisher, PublishRefused
from wizard.drafts.review import review
from wizard.drafts.store import Drafts
from wizard.events.log import Log
from wizard.maintenance.catch_up import CatchUp
from wizard.questionnaire.wording_set import WordingSet
from wizard.storage.older_servers import FIRST_WORKER
from wizard.storage.schema import ledger
from wizard.storage.studio_tables import audit_log
from wizard.translations.status import source_hash


@pytest.fixture
def drafts(any_log: Log) -> Drafts:
    return drafts_on(any_log.database, NOV_1)


@pytest.fixture
def publisher(any_log: Log) -> Publisher:
    return publisher_on(any_log.database, NOV_1 + 3_600_000)


def drafted(drafts: Drafts, *texts: NewText, title: str = "Headline") -> str:
    draft_id = drafts.begin(title, ANNA).draft_id
    for text in texts:
        saved(drafts, draft_id, text)
    return draft_id


def text(texts: WordingSet, key: str, locale: str = "en") -> str:
    return texts.wording(locale).texts[key]


def test_a_draft_is_published_as_one_version_with_all_that_is_said_of_it(
    any_log: Log, drafts: Drafts, publisher: Publisher
) -> None:
    draft = drafted(drafts, new(TITLE, "For whom?"), new(TITLE, "Für wen?", locale="de"))
    found = publisher.review(draft)
    assert [(each.locale, each.before, each.after, each.who) for each in found.texts] == [
        ("en", published("en", TITLE), "For whom?", ANNA),
        ("de", published("de", TITLE), "Für wen?", ANNA),
    ]
    assert found.lines == ()
    assert {locale for locale, _ in found.goes_stale} == set(FILES.wordings) - {"en", "de"}

    assert publisher.publish(draft, publication(0, " Shorter\nheadline ", found.fingerprint)) == 1
    current = publisher.current()
    assert (current.number, text(current, TITLE), text(current, TITLE, "de")) == (1, "For whom?", "Für wen?")
    assert text(current, HINT) == published("en", HINT)
    closed = drafts.get(draft)
    assert (closed.state, closed.published_number, closed.changed_by) == ("published", 1, PIA)
    with any_log.database.snapshot() as connection:
        (entry,) = history(connection)
        assert (entry.version.note, entry.version.who, entry.texts, entry.draft_title) == (
            "Shorter headline",
            PIA,
            2,
            "Headline",
        )
        assert [(each.locale, each.after, each.who, each.publisher) for each in history_of(connection, TITLE)] == [
            ("de", "Für wen?", ANNA, PIA),
            ("en", "For whom?", ANNA, PIA),
        ]
        row = connection.execute(select(audit_log).order_by(audit_log.c.at_ms.desc())).mappings().first()
    assert row
    assert [row[name] for name in ("who", "action", "subject", "before", "after", "note")] == [
        PIA,
        "version published",
        "version 1",
        "0",
        "1",
        "Shorter headline",
    ]


def test_a_draft_that_was_published_is_closed(drafts: Drafts, publisher: Publisher) -> None:
    draft = drafted(drafts, new(TITLE, "For whom?"))
    publisher.publish(draft, publication(0))
    with pytest.raises(PublishRefused, match="was published as version 1 by pia"):
        publisher.publish(draft, publication(1))
    with pytest.raises(DraftClosed, match="begin another one"):
        drafts.save(draft, new(HINT, "Too late"), ANNA)
    with pytest.raises(DraftClosed):
        drafts.reopen(draft, ANNA)
    assert [each.text for each in drafts.kept(draft)] == ["Too late"]


def test_what_stops_a_publish_changes_nothing(any_log: Log, drafts: Drafts, publisher: Publisher) -> None:
    draft = drafted(drafts, new(TITLE, "Is {it}?"), new(HINT, "", locale="fr"))
    with pytest.raises(PublishRefused) as caught:
        publisher.publish(draft, publication(0))
    assert caught.value.lines == (
        f"en {TITLE} uses {{it}}; it may use no {{name}} at all",
        f"fr {HINT} is empty",
    )
    assert drafts.get(draft).state == "open"
    with any_log.database.snapshot() as connection:
        assert history(connection) == []


def test_a_draft_without_changes_is_not_published(drafts: Drafts, publisher: Publisher) -> None:
    draft = drafted(drafts, new(TITLE, "For whom?"))
    drafts.undo(draft, drafts.changes(draft)[0], ANNA)
    with pytest.raises(PublishRefused, match="the draft changes nothing"):
        publisher.publish(draft, publication(0))
    with pytest.raises(UnknownDraft):
        publisher.publish("none", publication(0))


def test_only_what_was_reviewed_is_published(drafts: Drafts, publisher: Publisher) -> None:
    draft = drafted(drafts, new(TITLE, "For whom?"))
    seen = publisher.review(draft).fingerprint
    saved(drafts, draft, new(HINT, "Typed while the publisher was reading"), BEN)
    with pytest.raises(PublishRefused, match="changed meanwhile; look at its changes again"):
        publisher.publish(draft, publication(0, expected_changes=seen))
    with pytest.raises(PublishRefused, match="the newest version is 0, not 3"):
        publisher.publish(draft, publication(3))


def test_two_drafts_on_different_texts_merge(drafts: Drafts, publisher: Publisher) -> None:
    one, other = drafted(drafts, new(TITLE, "For whom?")), drafted(drafts, new(HINT, "You"))
    publisher.publish(one, publication(0))
    with pytest.raises(PublishRefused, match=r"version 1 was published meanwhile \(pia@example\.com, 'Shorter'\)"):
        publisher.publish(other, publication(0))
    assert publisher.publish(other, publication(1)) == 2
    current = publisher.current()
    assert (text(current, TITLE), text(current, HINT)) == ("For whom?", "You")


def test_a_text_that_was_published_meanwhile_is_never_overwritten_unseen(drafts: Drafts, publisher: Publisher) -> None:
    one, other = drafted(drafts, new(TITLE, "For whom?")), drafted(drafts, new(TITLE, "For which?"))
    publisher.publish(one, publication(0))
    (conflict,) = publisher.review(other).conflicts
    assert (conflict.before, conflict.after, conflict.base_text) == ("For whom?", "For which?", published("en", TITLE))
    with pytest.raises(PublishRefused, match="was published with another text since"):
        publisher.publish(other, publication(1))
    saved(drafts, other, NewText("en", TITLE, "For which?", 1, "For whom?"))  # chosen
    assert publisher.publish(other, publication(1)) == 2


def test_a_change_that_is_published_already_has_no_effect(drafts: Drafts, publisher: Publisher) -> None:
    one, other = drafted(drafts, new(TITLE, "For whom?")), drafted(drafts, new(TITLE, "For whom?"), new(HINT, "You"))
    publisher.publish(one, publication(0))
    assert [each.key for each in publisher.review(other).texts] == [HINT]


def test_of_two_that_publish_at_once_one_is_refused(any_log: Log, drafts: Drafts) -> None:
    ids = [drafted(drafts, new(key, "Changed")) for key in (TITLE, HINT)]
    publishers = [publisher_on(any_log.database, NOV_1) for _ in ids]
    together = Barrier(2)

    def publish(place: int) -> int | PublishRefused:
        together.wait()
        try:
            return publishers[place].publish(ids[place], publication(0))
        except PublishRefused as refused:
            return refused

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(publish, range(2)))
    (refused,) = [each for each in results if isinstance(each, PublishRefused)]
    assert 1 in results
    assert "version 1 was published meanwhile (pia@example.com, 'Shorter')" in str(refused)
    states = sorted(drafts.get(draft).state for draft in ids)
    assert states == ["open", "published"]


def test_of_saves_during_a_publish_each_is_published_or_kept(any_log: Log, drafts: Drafts) -> None:
    draft = drafted(drafts, new(TITLE, "0"))
    publisher, together = publisher_on(any_log.database, NOV_1), Barrier(2)

    def write() -> list[str]:
        together.wait()
        stored = ["0"]
        for number in range(1, 30):
            stored.append(str(number))
            try:
                saved(drafts, draft, new(TITLE, str(number), seen=number))
            except DraftClosed:
                break
        return stored

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        together.wait()
        publisher.publish(draft, publication(0))
        stored = writing.result()
    applied = [each.text for each in drafts.edits(draft, "en", TITLE) if each.is_applied]
    assert applied[-1] == text(publisher.current(), TITLE)
    assert [*applied, *(each.text for each in drafts.kept(draft))] == stored


def test_a_rollback_is_a_version_with_the_earlier_texts(any_log: Log, drafts: Drafts, publisher: Publisher) -> None:
    for number, title in enumerate(("First", "Second")):
        before = text(publisher.current(), TITLE)
        publisher.publish(drafted(drafts, NewText("en", TITLE, title, 0, before)), publication(number))
    assert publisher.roll_back(1, publication(2, "Too long")) == 3
    assert text(publisher.current(), TITLE) == "First"
    assert publisher.roll_back(0, publication(3, "")) == 4
    assert text(publisher.current(), TITLE) == published("en", TITLE)
    with any_log.database.snapshot() as connection:
        rows = [(each.version.kind, each.version.restored_number, each.texts) for each in history(connection)]
        assert rows == [("rollback", 0, 1), ("rollback", 1, 1), ("publish", None, 1), ("publish", None, 1)]
        assert [(each.before, each.after, each.who, each.note) for each in history_of(connection, TITLE, "en")][1] == (
            "Second",
            "First",
            PIA,
            "Too long",
        )
        assert [entry.version.number for entry in history(connection, 2)] == [4, 3]
        assert [entry.version.number for entry in history(connection, 2, before=3)] == [2, 1]
        (difference_,) = difference(files_of(connection, 1, FILES), files_of(connection, 2, FILES))
    assert (difference_.id, difference_.before, difference_.after) == (("en", TITLE), "First", "Second")


@pytest.mark.parametrize(
    ("number", "seen", "message"),
    [
        (2, 2, "version 2 is the newest one already"),
        (0, 2, "version 2 has the texts of version 0 already"),
        (9, 2, "there is no version 9"),
        (-1, 2, "there is no version -1"),
        (1, 1, "version 2 was published meanwhile"),
    ],
)
def test_a_rollback_that_makes_no_sense_is_refused(log: Log, number: int, seen: int, message: str) -> None:
    publisher = publisher_on(log.database, NOV_1)
    publish_texts(log.database, {"en": {TITLE: "First"}})
    publish_texts(log.database, {"en": {TITLE: str(published("en", TITLE))}})
    with pytest.raises(PublishRefused, match=message):
        publisher.roll_back(number, publication(seen))


def test_nothing_is_published_while_servers_of_an_older_version_store_visits(
    any_log: Log, drafts: Drafts, publisher: Publisher
) -> None:
    draft = drafted(drafts, new(TITLE, "Shorter"))
    row = {"day_ms": NOV_1, "outcome": "stored", "reason": "", "worker": FIRST_WORKER - 1, "events": 2}
    any_log.database.write(lambda connection: connection.execute(insert(ledger).values(row)))
    with pytest.raises(PublishRefused, match="a server of an older version stored visits a moment ago"):
        publisher.publish(draft, publication(0))
    with pytest.raises(PublishRefused, match="update every server"):
        publisher.roll_back(0, publication(0))
    CatchUp(any_log).run()
    assert publisher.publish(draft, publication(0)) == 1


@pytest.mark.parametrize("note", ["a" * 501, "a\0b", "a\u202eb"])
def test_a_note_is_one_line(log: Log, note: str) -> None:
    with pytest.raises(TextRefused, match="note: "):
        publisher_on(log.database, NOV_1).roll_back(0, publication(0, note))


def test_a_language_is_published_as_far_as_it_is_translated(log: Log) -> None:
    drafts, publisher = drafts_on(log.database, NOV_1), publisher_on(log.database, NOV_1)
    publisher.publish(drafted(drafts, NewText("it", TITLE, "Per chi?", 0, None)), publication(0))
    assert "it" not in publisher.current().wordings
    more = [NewText("it", key, FILES.wording("en").texts[key], 0, None) for key in REQUIRED if key != TITLE]
    draft = drafted(drafts, *more)
    assert publisher.review(draft).shown == ("it",)
    publisher.publish(draft, publication(1))
    assert text(publisher.current(), TITLE, "it") == "Per chi?"


def test_a_broken_text_stops_a_language_that_is_not_shown_yet_too() -> None:
    found = review(FILES, [Change("it", TITLE, "{per} chi?", None)], REQUIRED)
    assert found.lines == (f"it {TITLE} uses {{per}}; it may use no {{name}} at all",)
    assert found.remaining["it", HINT] == ("is missing",)


def test_a_problem_of_the_published_texts_does_not_stop_a_draft() -> None:
    files = changed_files(FILES.files, {"en": {TITLE: "a" * 300}})
    current = WordingSet(4, "4-00000000", files, FILES.wordings)
    found = review(current, [change(HINT, "You")], REQUIRED)
    assert found.lines == ()
    assert found.remaining["en", TITLE] == ("has 300 characters; allowed: up to 70",)


def test_a_translation_that_still_fits_and_a_review_are_published(log: Log) -> None:
    drafts, publisher = drafts_on(log.database, NOV_1), publisher_on(log.database, NOV_1)
    publisher.publish(drafted(drafts, new(TITLE, "For whom?")), publication(0))
    german = published("de", TITLE)
    confirmed = NewText("de", TITLE, german, 0, german, source_hash("For whom?"), is_confirmed=True)
    draft = drafted(drafts, confirmed, NewText("de", REVIEWED, "true", 0, "false"))
    found = publisher.review(draft)
    assert [(each.key, each.before, each.after) for each in found.texts] == [
        (TITLE, german, german),
        (REVIEWED, "false", "true"),
    ]
    publisher.publish(draft, publication(1))
    file = publisher.current().file("de")
    assert file
    assert file.reviewed
    assert file.hashes[TITLE] == source_hash("For whom?")


def test_files_that_changed_since_a_version_are_told(log: Log) -> None:
    publish_texts(log.database, {"en": {TITLE: "First"}})
    other = WordingSet(0, "ffffffff", FILES.files, FILES.wordings)
    with log.database.snapshot() as connection:
        assert files_changed_since(connection, FILES) is None
        version = files_changed_since(connection, other)
    assert version
    assert version.number == 1
