"""Stores drafts: begins, renames, discards and reopens them, and saves their texts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update

from wizard.clock import Clock
from wizard.drafts.model import (
    Change,
    Conflict,
    Draft,
    DraftClosed,
    DraftError,
    Edit,
    NewText,
    Saved,
    State,
    UnknownDraft,
    checked,
    checked_title,
)
from wizard.drafts.saving import Editing, keep_texts, locked, read_changes, save_texts
from wizard.intake.timeouts import TIMEOUT_SECONDS, with_timeout
from wizard.storage.audit_log import AuditEntry, record, timed_id
from wizard.storage.database import Database
from wizard.storage.studio_tables import draft_changes, draft_edits, drafts

T = TypeVar("T")


class Drafts:
    """The drafts in one database. `who` is an e-mail address, or what the command line says.

    Every method raises SQLAlchemyError where the database can't be used, or after `seconds`; those that name a draft
    raise UnknownDraft, those that change it DraftClosed where it is not open.
    """

    def __init__(self, database: Database, clock: Clock, seconds: float = TIMEOUT_SECONDS) -> None:
        self._database = database
        self._clock = clock
        self._seconds = seconds

    def begin(self, title: str, who: str) -> Draft:
        """A new draft, without changes. Raises TextRefused for a title that is empty, too long or on several lines."""
        now_ms = self._clock()
        draft = Draft(timed_id(now_ms), checked_title(title), "open", now_ms, who, now_ms, who)

        def add(connection: Connection) -> None:
            values = {name: getattr(draft, name) for name in drafts.c.keys()}  # noqa: SIM118  # a collection of columns
            connection.execute(insert(drafts).values(values))
            record(connection, now_ms, AuditEntry(who, "draft begun", draft.subject))

        self._write(add)
        return draft

    def all(self, state: State | None = "open") -> Sequence[Draft]:
        """The drafts of a state, or with None all; the one that was changed last first."""
        found = select(drafts).order_by(drafts.c.changed_ms.desc(), drafts.c.draft_id)
        if state:
            found = found.where(drafts.c.state == state)
        return [Draft(**row) for row in self._rows(found)]

    def counts(self) -> Mapping[str, int]:
        """How many texts each draft changes, by its id; without drafts that change none."""
        changed = select(draft_changes.c.draft_id, func.count().label("texts")).where(draft_changes.c.is_changed == 1)
        return {row["draft_id"]: row["texts"] for row in self._rows(changed.group_by(draft_changes.c.draft_id))}

    def get(self, draft_id: str) -> Draft:
        """The draft `draft_id`."""
        rows = self._rows(select(drafts).where(drafts.c.draft_id == draft_id))
        return Draft(**_known(next(iter(rows), None), draft_id))

    def find(self, name: str) -> Draft:
        """The draft with this id, or the open one with this title. Raises DraftError where several have it."""
        is_open = (drafts.c.title == name) & (drafts.c.state == "open")
        rows = self._rows(select(drafts).where((drafts.c.draft_id == name) | is_open))
        if len(rows) > 1:
            ids = ", ".join(sorted(row["draft_id"] for row in rows))
            raise DraftError(f"several drafts have the title {name!a}; name one by its id: {ids}")
        return Draft(**_known(next(iter(rows), None), name))

    def rename(self, draft_id: str, title: str, who: str) -> Draft:
        """Give an open draft another title. Raises TextRefused as `begin` does."""
        return self._change(draft_id, "open", "draft renamed", who, title=checked_title(title))

    def discard(self, draft_id: str, who: str) -> Draft:
        """Close an open draft. Its changes stay, so that it can be reopened."""
        return self._change(draft_id, "open", "draft discarded", who, state="discarded")

    def reopen(self, draft_id: str, who: str) -> Draft:
        """Open a draft that was discarded."""
        return self._change(draft_id, "discarded", "draft reopened", who, state="open")

    def changes(self, draft_id: str, *, with_unchanged: bool = False) -> tuple[Change, ...]:
        """The texts that the draft changes, by locale and key.

        `with_unchanged` adds those whose change was taken out again: the next save needs their revision, too.
        """
        found = self._read(lambda connection: read_changes(connection, draft_id))
        return tuple(change for change in found.values() if change.is_changed or with_unchanged)

    def save(self, draft_id: str, new: NewText, who: str) -> Saved | Conflict:
        """Save a text. Raises TextRefused where it can't be stored."""
        return self.save_all(draft_id, [new], who)[0]

    def save_all(self, draft_id: str, texts: Sequence[NewText], who: str) -> Sequence[Saved | Conflict]:
        """Save several texts at once, all or none. Returns the result for each, in order. Raises TextRefused.

        The texts for a draft that is closed are kept among its edits; then DraftClosed is raised.
        """
        valid = [checked(new) for new in texts]
        editing = Editing(draft_id, who, self._clock())

        def save(connection: Connection) -> Sequence[Saved | Conflict] | Draft:
            draft = _known(locked(connection, draft_id), draft_id)
            if draft.state == "open":
                return save_texts(connection, editing, valid)
            keep_texts(connection, editing, valid)
            return draft

        result = self._write(save)
        if isinstance(result, Draft):
            raise closed(result)
        return result

    def undo(self, draft_id: str, change: Change, who: str) -> Saved | Conflict:
        """Take the `change`, as it was seen, out of the draft. That is an edit, too."""
        return self.save(draft_id, NewText(change.locale, change.key, None, change.revision, change.base_text), who)

    def edits(self, draft_id: str, locale: str, key: str) -> tuple[Edit, ...]:
        """Every edit of a text in the draft, the first one first."""
        return self._edits(draft_edits.c.draft_id == draft_id, draft_edits.c.locale == locale, draft_edits.c.key == key)

    def kept(self, draft_id: str) -> tuple[Edit, ...]:
        """The edits in the draft that were not applied, because of a conflict."""
        return self._edits(draft_edits.c.draft_id == draft_id, draft_edits.c.is_applied == 0)

    def _edits(self, *only: ColumnElement[bool]) -> tuple[Edit, ...]:
        row = draft_edits.c
        order = (row.locale, row.key, row.revision, row.is_applied.desc(), row.at_ms, row.edit_id)
        found = select(row.locale, row.key, row.text, row.revision, row.is_applied, row.at_ms, row.who)
        rows = self._rows(found.where(*only).order_by(*order))
        return tuple(Edit(**{**each, "is_applied": bool(each["is_applied"])}) for each in rows)

    def _change(self, draft_id: str, expected: State, action: str, who: str, **values: str) -> Draft:
        """Write `values` to a draft in the state `expected`. Returns it as it is then."""
        now_ms = self._clock()

        def change(connection: Connection) -> Draft:
            draft = _known(locked(connection, draft_id), draft_id)
            if draft.state != expected:
                raise closed(draft)
            changed = {**values, "changed_ms": now_ms, "changed_by": who}
            connection.execute(update(drafts).where(drafts.c.draft_id == draft_id).values(changed))
            before, after = (draft.title, values["title"]) if "title" in values else ("", "")
            record(connection, now_ms, AuditEntry(who, action, draft.subject, before, after))
            return Draft(**connection.execute(select(drafts).where(drafts.c.draft_id == draft_id)).mappings().one())

        return self._write(change)

    def _rows(self, found: Select[Any]) -> Sequence[Mapping[str, Any]]:
        return self._read(lambda connection: [dict(row) for row in connection.execute(found).mappings()])

    def _read(self, work: Callable[[Connection], T]) -> T:
        def read() -> T:
            with self._database.reader.connect() as connection:
                return work(connection)

        return with_timeout(read, self._seconds)

    def _write(self, work: Callable[[Connection], T]) -> T:
        return with_timeout(lambda: self._database.write(work), self._seconds)


def closed(draft: Draft) -> DraftClosed:
    """Why a draft can't be changed."""
    if draft.state == "open":
        return DraftClosed(f"the draft {draft.title!r} is open already")
    what = f"published as version {draft.published_number}" if draft.state == "published" else "discarded"
    more = "begin another one" if draft.state == "published" else "reopen it to change it"
    return DraftClosed(f"the draft {draft.title!r} was {what} by {draft.changed_by}; {more}")


def _known(found: T | None, name: str) -> T:
    if found is None:
        raise UnknownDraft(f"draft: given {name[:64]!a}; there is no such draft")
    return found
