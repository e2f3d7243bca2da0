"""Published versions in the log's database: immutable, numbered without a gap, each text kept once."""

import pytest
from factories import NOV_1
from published_versions import FILES, WHO, publish, roll_back
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from wizard.events.log import Log
from wizard.storage.studio_tables import wording_changes, wording_snapshots
from wizard.wording_versions.store import (
    NewVersion,
    VersionError,
    add_version,
    content_of,
    file_of,
    newest_number,
    read_row,
    read_snapshots,
    read_version,
    read_versions,
)

TITLE = "questions.who.title"


def test_nothing_is_published_at_first(any_log: Log) -> None:
    with any_log.database.snapshot() as connection:
        assert newest_number(connection) == 0
        assert read_versions(connection) == ()
        assert read_version(connection, 0) == ()
        assert read_row(connection, 1) is None


def test_a_version_is_read_as_it_was_published(any_log: Log) -> None:
    number = publish(any_log.database, {"de": {TITLE: "Für wen? 👋 „ß“"}}, "Shorter", at_ms=NOV_1 + 5)
    with any_log.database.snapshot() as connection:
        files = read_version(connection, number)
        row = read_row(connection, number)
        assert read_versions(connection) == (row,)
    assert row
    assert (row.number, row.kind, row.note, row.who, row.at_ms) == (1, "publish", "Shorter", WHO, NOV_1 + 5)
    assert (row.from_number, row.restored_number, row.files_version) == (0, None, FILES.version)
    assert row.version == f"1-{row.hash[:8]}"
    assert [file.locale for file in files] == [file.locale for file in FILES.files]
    for file, before in zip(files, FILES.files, strict=True):
        wanted = {**before.texts, TITLE: "Für wen? 👋 „ß“"} if file.locale == "de" else before.texts
        assert (file.texts, file.hashes, file.reviewed) == (wanted, before.hashes, before.reviewed)


def test_versions_are_numbered_and_share_the_texts_that_they_have_in_common(any_log: Log) -> None:
    for text in ("One?", "Two?"):
        publish(any_log.database, {"en": {TITLE: text}})
    assert roll_back(any_log.database, 1) == 3
    with any_log.database.snapshot() as connection:
        versions = read_versions(connection)
        snapshots = connection.execute(select(func.count()).select_from(wording_snapshots)).scalar_one()
        changes = connection.execute(select(wording_changes).order_by("number")).all()
        assert read_version(connection, 3) == read_version(connection, 1)
        assert read_versions(connection, most=1, before=3) == versions[1:2]
    assert [(each.number, each.from_number, each.kind) for each in versions] == [
        (3, 2, "rollback"),
        (2, 1, "publish"),
        (1, 0, "publish"),
    ]
    assert versions[0].hash == versions[2].hash != versions[1].hash
    assert versions[0].version != versions[2].version
    assert snapshots == len(FILES.files) + 1
    assert [(each.number, each.before, each.after) for each in changes] == [
        (1, FILES.files[0].texts[TITLE], "One?"),
        (2, "One?", "Two?"),
    ]


def test_of_two_that_publish_over_the_same_version_the_second_is_refused(any_log: Log) -> None:
    publish(any_log.database, {"en": {TITLE: "One?"}})
    with pytest.raises(IntegrityError), any_log.database.writer.begin() as connection:
        add_version(connection, FILES.files, NewVersion("publish", "", WHO, NOV_1, 0, FILES.version), [])
    with any_log.database.snapshot() as connection:
        assert newest_number(connection) == 1


def test_texts_that_are_not_there_or_not_readable_are_said_to_be_so(any_log: Log) -> None:
    with any_log.database.writer.begin() as connection:
        connection.execute(insert(wording_snapshots).values(hash="a", content="{}"))
    with any_log.database.snapshot() as connection:
        assert read_snapshots(connection, {"a"}) == {"a": "{}"}
        with pytest.raises(VersionError, match="missing in wording_snapshots: b"):
            read_snapshots(connection, {"a", "b"})
    with pytest.raises(VersionError, match="published texts of de can't be read"):
        file_of("de", "{}")


def test_the_order_of_texts_makes_no_other_snapshot() -> None:
    file = FILES.files[1]
    again = file_of(file.locale, content_of(file))
    assert list(again.texts) != list(file.texts)
    assert content_of(again) == content_of(file)
