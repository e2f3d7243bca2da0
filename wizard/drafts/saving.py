"""Saves texts in a draft, inside a transaction that has locked the draft's row.

Different texts never conflict. Of the same text, an edit is applied if its editor has seen the last one; else it is
kept and told as a conflict. No row of `draft_edits` is ever changed, so nothing that was written is lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

from sqlalchemy import Connection, bindparam, insert, select, update

from wizard.drafts.model import Change, Conflict, Draft, NewText, Saved, TextId
from wizard.storage.audit_log import timed_id
from wizard.storage.studio_tables import draft_changes, draft_edits, drafts

PRIMARY_KEY = ("draft_id", "locale", "key")
UPDATE = (
    update(draft_changes)
    .where(*(draft_changes.c[name] == bindparam(f"new_{name}") for name in PRIMARY_KEY))
    .values({column.name: bindparam(f"new_{column.name}") for column in draft_changes.c if not column.primary_key})
)


@dataclass(frozen=True, slots=True)
class Editing:
    """Who edits which draft, when."""

    draft_id: str
    who: str
    at_ms: int


def locked(connection: Connection, draft_id: str) -> Draft | None:
    """The draft, whose row is locked until the transaction ends, on PostgreSQL; SQLite has one writer at a time."""
    found = select(drafts).where(drafts.c.draft_id == draft_id).with_for_update()
    row = connection.execute(found).mappings().one_or_none()
    return Draft(**row) if row else None


def read_changes(connection: Connection, draft_id: str, keys: Iterable[str] = ()) -> Mapping[TextId, Change]:
    """Every text that was changed in the draft, also those whose change was taken out again.

    With `keys`, only those of the texts with these keys, in all languages.
    """
    columns = [column for column in draft_changes.c if column is not draft_changes.c.draft_id]
    found = select(*columns).where(draft_changes.c.draft_id == draft_id)
    if wanted := set(keys):
        found = found.where(draft_changes.c.key.in_(wanted))
    rows = connection.execute(found.order_by(draft_changes.c.locale, draft_changes.c.key)).mappings()
    changes = (Change(**{**row, "is_changed": bool(row["is_changed"])}) for row in rows)
    return {change.id: change for change in changes}


def save_texts(connection: Connection, editing: Editing, texts: Sequence[NewText]) -> Sequence[Saved | Conflict]:
    """Save these texts, which were checked, in an open draft. Returns the result for each, in order."""
    saving = _Saving(connection, editing, texts)
    results = [saving.save(new) for new in texts]
    saving.write()
    changed = {"changed_ms": editing.at_ms, "changed_by": editing.who}
    connection.execute(update(drafts).where(drafts.c.draft_id == editing.draft_id).values(changed))
    return results


def keep_texts(connection: Connection, editing: Editing, texts: Sequence[NewText]) -> None:
    """Keep these texts among the edits of a draft that is closed, without applying them."""
    saving = _Saving(connection, editing, texts)
    for new in texts:
        saving.keep(new)
    saving.write()


class _Saving:
    """Saves texts of one draft. The rows are written at once, at the end: an import has hundreds."""

    def __init__(self, connection: Connection, editing: Editing, texts: Sequence[NewText]) -> None:
        self._connection = connection
        self._editing = editing
        self._stored = read_changes(connection, editing.draft_id, [new.key for new in texts])
        self._known = dict(self._stored)
        self._changed: dict[TextId, Change] = {}
        self._edits: list[dict[str, object]] = []

    def save(self, new: NewText) -> Saved | Conflict:
        before = self._known.get((new.locale, new.key))
        revision = before.revision if before else 0
        after = _changed(new, before, revision + 1, self._editing)
        if before and _is_same(before, after, new.seen):
            return Saved(revision, before.is_changed)
        if new.seen != revision:
            self.keep(new)
            return _conflict(new, before)
        self._known[after.id] = self._changed[after.id] = after
        self._add_edit(new, after.revision, is_applied=True)
        return Saved(after.revision, after.is_changed)

    def keep(self, new: NewText) -> None:
        """Keep an edit that was not applied, once: it may be sent again."""
        change = self._known.get((new.locale, new.key))
        revision = change.revision if change else 0
        if (new.locale, new.key, new.text, revision) not in self._kept:
            self._kept.add((new.locale, new.key, new.text, revision))
            self._add_edit(new, revision, is_applied=False)

    def write(self) -> None:
        """Write the rows of all that was saved and kept."""
        new, old = [], []
        for change in self._changed.values():
            row = {"draft_id": self._editing.draft_id, **asdict(change), "is_changed": int(change.is_changed)}
            if change.id in self._stored:
                old.append({f"new_{name}": value for name, value in row.items()})
            else:
                new.append(row)
        if new:
            self._connection.execute(insert(draft_changes), new)
        if old:
            self._connection.execute(UPDATE, old)
        if self._edits:
            self._connection.execute(insert(draft_edits), self._edits)

    @cached_property
    def _kept(self) -> set[tuple[str, str, str | None, int]]:
        """What this person has written in the draft that was not applied."""
        row = draft_edits.c
        found = select(row.locale, row.key, row.text, row.revision).where(
            row.draft_id == self._editing.draft_id, row.is_applied == 0, row.who == self._editing.who
        )
        return {(each.locale, each.key, each.text, each.revision) for each in self._connection.execute(found)}

    def _add_edit(self, new: NewText, revision: int, *, is_applied: bool) -> None:
        values = {"locale": new.locale, "key": new.key, "text": new.text, "revision": revision}
        made = {"edit_id": timed_id(self._editing.at_ms), "is_applied": int(is_applied)}
        self._edits.append({**values, **made, **asdict(self._editing)})


def _changed(new: NewText, before: Change | None, revision: int, editing: Editing) -> Change:
    """The change that a new text makes."""
    text = new.text if new.text is not None else before.text if before else ""
    is_same = text == new.base_text or (not text and new.base_text is None)
    is_changed = new.text is not None and (new.is_confirmed or not is_same)
    made_from = before.source_hash if before and new.text is None else new.source_hash
    return Change(new.locale, new.key, text, new.base_text, revision, is_changed, made_from, editing.at_ms, editing.who)


def _is_same(before: Change, after: Change, seen: int) -> bool:
    """Whether the text is in the draft already: it was sent again, or two people wrote the same."""
    is_same = (before.text, before.is_changed, before.source_hash) == (after.text, after.is_changed, after.source_hash)
    return is_same and (before.base_text == after.base_text or seen != before.revision)


def _conflict(new: NewText, theirs: Change | None) -> Conflict:
    if theirs is None:  # of a revision that never was
        return Conflict(new.text, None, "", 0, 0)
    text = theirs.text if theirs.is_changed else None
    return Conflict(new.text, text, theirs.changed_by, theirs.changed_ms, theirs.revision)
