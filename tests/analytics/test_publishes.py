"""Published versions of a period, and the releases that they explain."""

from collections.abc import Iterator

import pytest
from factories import DATABASES, NOV_1, log_on
from sqlalchemy import insert

from wizard.analytics.publishes import Publish, published_number, read_publishes, without_published
from wizard.analytics.releases import Release
from wizard.events.log import DAY_MS, Log
from wizard.events.periods import Period
from wizard.storage.studio_tables import wording_versions

FILES = "3f4a91c2"


@pytest.fixture(params=DATABASES)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    log = log_on(request.param, request)
    yield log
    log.database.dispose()


def add(log: Log, number: int, at_ms: int, note: str = "", restored: int | None = None) -> str:
    """Add a version. Returns what visits say of it."""
    row = {
        "number": number,
        "hash": f"{number:08x}" + "f" * 56,
        "kind": "publish" if restored is None else "rollback",
        "note": note,
        "who": "one@example.com",
        "at_ms": at_ms,
        "from_number": number - 1,
        "restored_number": restored,
        "files_version": FILES,
    }
    with log.database.writer.begin() as connection:
        connection.execute(insert(wording_versions).values(row))
    return f"{number}-{number:08x}"


def test_versions_are_read_with_their_exact_time_and_the_version_before(log: Log) -> None:
    first = add(log, 1, NOV_1 + 5, "Shorter headline")
    second = add(log, 2, NOV_1 + DAY_MS - 1, restored=0)
    third = add(log, 3, NOV_1 + DAY_MS)
    with log.database.snapshot() as connection:
        assert read_publishes(connection, Period(NOV_1, NOV_1 + DAY_MS)) == (
            Publish(1, first, FILES, NOV_1 + 5, "one@example.com", "Shorter headline"),
            Publish(2, second, first, NOV_1 + DAY_MS - 1, "one@example.com", "", 0),
        )
        assert [each.version for each in read_publishes(connection, Period())] == [first, second, third]
        assert read_publishes(connection, Period(NOV_1 - DAY_MS, NOV_1)) == ()


def test_a_release_of_a_published_version_is_left_out_and_others_stay(log: Log) -> None:
    published = add(log, 1, NOV_1)
    kept = [
        Release("wording", FILES, "0a0b0c0d", NOV_1),
        Release("wording", "1-00000002", FILES, NOV_1),  # of a log that was restored: another version with this number
        Release("version", published, "q1", NOV_1),
    ]
    with log.database.snapshot() as connection:
        assert without_published(connection, [Release("wording", published, FILES, NOV_1 + 9), *kept]) == (*kept,)
        assert without_published(connection, kept[:1]) == (kept[0],)


@pytest.mark.parametrize(
    ("version", "number"),
    [("12-3fa94c21", 12), ("3fa94c21", None), ("demo", None), ("0-3fa94c21", None), ("12-3fa94c2", None), ("", None)],
)
def test_the_number_of_a_published_version_is_read_from_what_visits_say(version: str, number: int | None) -> None:
    assert published_number(version) == number
