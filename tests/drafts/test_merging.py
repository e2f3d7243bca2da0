"""Whatever several people save in a draft, in whatever order: each text is in the draft or told as a conflict."""

from collections import defaultdict

from drafting import MovingClock
from factories import NOV_1, sqlite_log
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from wizard.drafts.model import Conflict, NewText, Saved
from wizard.drafts.store import Drafts

PEOPLE = ("anna", "ben", "cleo")
KEYS = ("a.one", "a.two")
BASE = "published"
TEXTS = st.sampled_from(["x", "y", "z", BASE, ""])


class Draft(RuleBasedStateMachine):
    """Three people with one draft: each knows a text as they saw it last, or as their last save left it."""

    @initialize()
    def begin(self) -> None:
        import tempfile  # noqa: PLC0415  # a folder for each run of the machine
        from pathlib import Path  # noqa: PLC0415

        self.folder = tempfile.TemporaryDirectory()
        self.log = sqlite_log(Path(self.folder.name))
        self.drafts = Drafts(self.log.database, MovingClock(NOV_1))
        self.draft = self.drafts.begin("x", PEOPLE[0]).draft_id
        self.seen: dict[tuple[str, str], int] = defaultdict(int)
        self.shown: dict[str, str | None] = dict.fromkeys(KEYS)
        self.revisions: dict[str, int] = dict.fromkeys(KEYS, 0)
        self.written: list[tuple[str, str, str | None]] = []

    @rule(person=st.sampled_from(PEOPLE), key=st.sampled_from(KEYS), text=TEXTS | st.none())
    def save(self, person: str, key: str, text: str | None) -> None:
        seen = self.seen[person, key]
        result = self.drafts.save(self.draft, NewText("en", key, text, seen, BASE), person)
        wanted = None if text in (None, BASE) else text
        if isinstance(result, Saved):
            if seen != self.revisions[key]:  # somebody had written the same
                assert wanted == self.shown[key]
            self.shown[key] = wanted
            self.revisions[key] = result.revision
        else:
            assert isinstance(result, Conflict)
            assert seen != self.revisions[key]
            assert (result.mine, result.theirs, result.revision) == (text, self.shown[key], self.revisions[key])
        self.seen[person, key] = result.revision  # they have been shown both
        self.written.append((person, key, text))

    @rule(person=st.sampled_from(PEOPLE), key=st.sampled_from(KEYS))
    def look(self, person: str, key: str) -> None:
        self.seen[person, key] = self.revisions[key]

    @invariant()
    def the_draft_has_the_last_text_that_was_applied(self) -> None:
        if hasattr(self, "drafts"):
            changes = {change.key: change.text for change in self.drafts.changes(self.draft)}
            assert changes == {key: text for key, text in self.shown.items() if text is not None}

    def teardown(self) -> None:
        if not hasattr(self, "drafts"):
            return
        kept = {(key, edit.text) for key in KEYS for edit in self.drafts.edits(self.draft, "en", key)}
        assert {(key, text) for _, key, text in self.written if text not in (None, BASE)} <= kept
        self.log.database.dispose()
        self.folder.cleanup()


Draft.TestCase.settings = settings(max_examples=settings().max_examples * 3 // 10, stateful_step_count=25)
test_nothing_that_is_saved_is_lost = Draft.TestCase
