"""What the pages of published versions show."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from wizard.dashboard.labels import plural
from wizard.drafts.history import PublishedVersion, difference, files_changed_since, files_of, history
from wizard.questionnaire.wording_set import FILES
from wizard.storage.studio_tables import wording_changes
from wizard.studio.changed_texts import Change, of_differences
from wizard.studio.times import when
from wizard.web.services import services
from wizard.wording_versions.store import Version, newest_number, read_row, read_versions

SAID = "version_said"
"""The key of the session that holds the version that was just published, to be said once."""

A_PAGE = 30
"""How many versions a page of the list has."""

MOST_OFFERED = 50
"""With how many versions, the newest ones, a page offers to compare."""

FILES_NAME = "The installation\N{RIGHT SINGLE QUOTATION MARK}s files"


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version in the list. `what` is what it did: `Published`, `Rolled back to version 9`, `Imported`."""

    number: int
    what: str
    note: str
    who: str
    when: str
    texts: str
    draft: str
    files_changed: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class VersionList:
    """A page of the list. `newest` is the number of the newest version, `before` that from which the next page goes on.

    `previous` is the version that the newest one replaced; None where there is none. `files_changed` says that the
    installation's files have changed since then.
    """

    rows: Sequence[VersionRow]
    newest: int
    previous: int | None
    before: int | None
    is_first: bool
    files_changed: bool


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version, compared with version `against`. `newest` is the number of the newest one."""

    number: int
    row: VersionRow | None
    against: int | None
    newest: int
    previous: int | None
    offered: Sequence[int]
    changes: Sequence[Change]


def name_of(number: int) -> str:
    """A version by its number, in a sentence's first place: Version 12; of 0, The installation's files."""
    return f"Version {number}" if number else FILES_NAME


def name_in_text(number: int) -> str:
    """A version by its number, within a sentence."""
    name = name_of(number)
    return name[:1].lower() + name[1:]


def read_list(connection: Connection, before: int | None) -> VersionList:
    """A page of the versions with a smaller number than `before`, the newest first. Raises SQLAlchemyError."""
    newest = newest_number(connection)
    found = history(connection, A_PAGE + 1, before)
    rows = [_row(each, newest) for each in found[:A_PAGE]]
    row = read_row(connection, newest)
    return VersionList(
        rows,
        newest,
        row.from_number if row else None,
        rows[-1].number if len(found) > A_PAGE else None,
        before is None,
        files_changed_since(connection, services().published.files) is not None,
    )


def read_one(connection: Connection, number: int, against: int | None) -> VersionView | None:
    """A version, compared with `against`, by default with the one that it replaced; None if one of them is unknown.

    The installation's files are compared with the newest version by default. Raises SQLAlchemyError.
    """
    newest, files = newest_number(connection), services().published.files
    row = read_row(connection, number)
    if row is None and number != FILES:
        return None
    if against is None:
        against = row.from_number if row else newest or None
    if row and against == row.from_number:
        changes = recorded(connection, number)
    elif against is None:
        changes = []
    else:
        old, new = (files_of(connection, each, files) for each in (against, number))
        if not old:
            return None
        changes = of_differences(difference(old, new), {})
    newest_row = read_row(connection, newest)
    return VersionView(
        number,
        _row_of(connection, row, newest) if row else None,
        against,
        newest,
        newest_row.from_number if newest_row else None,
        [each.number for each in read_versions(connection, MOST_OFFERED) if each.number != number],
        changes,
    )


def recorded(connection: Connection, number: int) -> list[Change]:
    """The texts that a version changed, as they were then, with who wrote each; in the order of its English texts."""
    columns = (wording_changes.c.locale, wording_changes.c.key, wording_changes.c.before, wording_changes.c.after)
    found = select(*columns, wording_changes.c.who).where(wording_changes.c.number == number)
    source = next(iter(files_of(connection, number, services().published.files)), None)
    order = {key: place for place, key in enumerate(source.texts if source else ())}
    rows = [Change(*row) for row in connection.execute(found)]
    return sorted(rows, key=lambda each: (order.get(each.key.partition("#")[0], len(order)), each.key, each.locale))


def what_of(version: Version) -> str:
    """What a version did, in words."""
    if version.kind == "rollback" and version.restored_number is not None:
        restored = version.restored_number
        return f"Rolled back to {name_in_text(restored)}"
    return "Imported" if version.kind == "import" else "Published"


def _row_of(connection: Connection, version: Version, newest: int) -> VersionRow:
    (found,) = history(connection, 1, version.number + 1)
    return _row(found, newest)


def _row(found: PublishedVersion, newest: int) -> VersionRow:
    version = found.version
    return VersionRow(
        version.number,
        what_of(version),
        version.note,
        version.who,
        when(version.at_ms),
        f"{found.texts:,} {plural(found.texts, 'text')} changed",
        found.draft_title,
        found.files_changed,
        version.number == newest,
    )
