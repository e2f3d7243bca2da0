"""The table `refused_frames`: counts by site and day, once each, and no more sites than the limit."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import migrate_at
from visits import STEPS

from wizard.events.admission import DAY_MS, Tally
from wizard.events.batch import Batch, Record
from wizard.events.log import Log
from wizard.events.periods import Period
from wizard.events.refused_frames import KEPT_DAYS, MAX_SITES, OTHER, RefusedSite, read_refused_sites
from wizard.storage.database import open_database

DAY = 20_000 * DAY_MS
EVER = Period()


@pytest.fixture
def log(address: str) -> Iterator[Log]:
    database = open_database(address)
    yield Log(database, STEPS)
    database.dispose()


def ingest(log: Log, *sites: tuple[int, str | None], since: int = 0) -> None:
    """Ingest a journal's records from `since` on, each of two rejected events."""
    records = [
        Record(since + 2 * number, 2, tally=Tally(day_ms, "rejected", "not-allowed-frame"), site=site)
        for number, (day_ms, site) in enumerate(sites, 1)
    ]
    log.ingest(Batch("journal", "machine", since, records, 0, DAY))


class RefusedFramesContract:
    def test_frames_are_counted_by_site_and_day(self, log: Log) -> None:
        ingest(log, (DAY, "https://a.example"), (DAY, "https://b.example"), (DAY, "https://a.example"), (DAY, None))
        ingest(log, (DAY + DAY_MS, "https://a.example"), since=8)
        assert read_refused_sites(log.database, EVER) == [
            RefusedSite("https://a.example", 3, DAY, DAY + DAY_MS),
            RefusedSite("https://b.example", 1, DAY, DAY),
        ]
        assert read_refused_sites(log.database, Period(DAY, DAY + DAY_MS), "https://a.example") == [
            RefusedSite("https://a.example", 2, DAY, DAY)
        ]
        assert read_refused_sites(log.database, EVER, "https://c.example") == []

    def test_records_that_are_in_the_log_already_are_not_counted_again(self, log: Log) -> None:
        for _ in range(3):
            ingest(log, (DAY, "https://a.example"), (DAY, "https://a.example"))
        assert read_refused_sites(log.database, EVER) == [RefusedSite("https://a.example", 2, DAY, DAY)]

    def test_sites_beyond_the_limit_are_counted_together_and_known_ones_by_name(self, log: Log) -> None:
        flood = [(DAY, f"https://{number}.example") for number in range(MAX_SITES + 50)]
        ingest(log, *flood)
        ingest(
            log,
            (DAY, "https://0.example"),
            (DAY, "https://new.example"),
            (DAY + DAY_MS, "https://new.example"),
            since=2 * len(flood),
        )
        found = {each.site: each.frames for each in read_refused_sites(log.database, Period(DAY, DAY + DAY_MS))}
        assert len(found) == MAX_SITES + 1
        assert (found[OTHER], found["https://0.example"]) == (51, 2)
        assert [each.site for each in read_refused_sites(log.database, Period(DAY + DAY_MS))] == ["https://new.example"]

    def test_old_days_are_deleted(self, log: Log) -> None:
        ingest(log, (DAY, "https://a.example"))
        ingest(log, (DAY + (KEPT_DAYS + 1) * DAY_MS, "https://b.example"), since=2)
        assert [each.site for each in read_refused_sites(log.database, EVER)] == ["https://b.example"]


class TestRefusedFramesOnSqlite(RefusedFramesContract):
    @pytest.fixture
    def address(self, tmp_path: Path) -> str:
        address = f"sqlite:///{tmp_path}/log.db"
        migrate_at(address)
        return address


class TestRefusedFramesOnPostgresql(RefusedFramesContract):
    @pytest.fixture
    def address(self, postgresql_url: str) -> str:
        return postgresql_url
