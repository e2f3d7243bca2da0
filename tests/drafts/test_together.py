"""Several people save, publish and roll back at once: nothing is lost, and each version follows from the last."""

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest
from drafting import HINT, TITLE, drafts_on, publisher_on
from factories import NOV_1
from published_versions import FILES
from sqlalchemy import select

from wizard.drafts.history import difference, files_of, history
from wizard.drafts.model import DraftClosed, NewText
from wizard.drafts.publish import Publication, PublishRefused
from wizard.events.log import Log
from wizard.storage.studio_tables import wording_changes

KEYS = (TITLE, HINT, "questions.who.missing")
WRITERS, PUBLISHERS = 3, 2


class Work:
    """What several threads do with the drafts of one log, each with connections of its own."""

    def __init__(self, log: Log, rounds: int) -> None:
        self.log = log
        self.rounds = rounds
        self.written: list[tuple[str, str, str]] = []
        self.lock = Lock()
        self.ids = [drafts_on(log.database, NOV_1).begin(f"Draft {number}", "x").draft_id for number in range(2)]

    def write(self, writer: int) -> None:
        """Save texts, having seen the last one or not."""
        chance = random.Random(writer)  # noqa: S311  # the same choices in each run
        drafts = drafts_on(self.log.database, NOV_1 + writer)
        for number in range(self.rounds):
            with self.lock:
                place = chance.randrange(len(self.ids))
                draft = self.ids[place]
            key, text = chance.choice(KEYS), f"Text {writer}.{number}"
            rows = {change.key: change for change in drafts.changes(draft, with_unchanged=True)}
            seen = rows[key].revision if key in rows and chance.random() < 0.8 else 0
            self.written.append((draft, key, text))
            try:
                drafts.save(draft, NewText("en", key, text, seen, FILES.wording("en").texts[key]), f"w{writer}")
            except DraftClosed:
                with self.lock:
                    if self.ids[place] == draft:
                        self.ids[place] = drafts.begin("Next", f"w{writer}").draft_id

    def publish(self, publisher: int) -> None:
        """Publish drafts, choosing their texts in conflicts, and roll back now and then."""
        chance = random.Random(100 + publisher)  # noqa: S311
        who = f"p{publisher}"
        drafts = drafts_on(self.log.database, NOV_1)
        publishing = publisher_on(self.log.database, NOV_1 + publisher)
        for _ in range(self.rounds):
            draft = chance.choice(self.ids)
            review = publishing.review(draft)
            try:
                if review.number and chance.random() < 0.2:
                    publishing.roll_back(chance.randrange(review.number), Publication("", who, review.number))
                    continue
                rows = {change.key: change for change in drafts.changes(draft)}
                for text in review.conflicts:
                    new = NewText("en", text.key, text.after, rows[text.key].revision, text.before)
                    drafts.save(draft, new, who)
                publishing.publish(draft, Publication("", who, review.number))
            except (PublishRefused, DraftClosed):
                continue


def test_nothing_is_lost_and_each_version_follows_from_the_last(any_log: Log, pytestconfig: pytest.Config) -> None:
    work = Work(any_log, 150 if pytestconfig.getoption("--soak") else 12)
    with ThreadPoolExecutor(WRITERS + PUBLISHERS) as pool:
        running = [pool.submit(work.write, number) for number in range(WRITERS)]
        running += [pool.submit(work.publish, number) for number in range(PUBLISHERS)]
        for each in running:
            each.result()

    drafts = drafts_on(any_log.database, NOV_1)
    ids = {draft for draft, _, _ in work.written}
    edits = {(draft, key, edit.text) for draft in ids for key in KEYS for edit in drafts.edits(draft, "en", key)}
    assert set(work.written) <= edits
    with any_log.database.snapshot() as connection:
        versions = [entry.version for entry in reversed(history(connection))]
        assert [version.number for version in versions] == list(range(1, len(versions) + 1))
        assert any(version.kind == "publish" for version in versions)
        for version in versions:
            before, after = (files_of(connection, version.number - at, FILES) for at in (1, 0))
            found = select(wording_changes).where(wording_changes.c.number == version.number)
            rows = {(row.locale, row.key): (row.before, row.after) for row in connection.execute(found)}
            assert rows == {each.id: (each.before, each.after) for each in difference(before, after)}
        for draft in ids:
            if number := drafts.get(draft).published_number:
                (file,) = (file for file in files_of(connection, number, FILES) if file.locale == "en")
                assert {change.key: change.text for change in drafts.changes(draft)}.items() <= file.texts.items()
