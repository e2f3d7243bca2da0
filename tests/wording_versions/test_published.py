"""The published texts in a server's memory."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from published_versions import FILES, REQUIRED, publish, roll_back
from sqlalchemy import Connection, delete, event, text

from wizard.events.log import Log
from wizard.storage.database import LogError
from wizard.storage.studio_tables import wording_snapshots, wording_versions
from wizard.wording_versions import published as module
from wizard.wording_versions.published import KEPT, PublishedWording

TITLE = "questions.who.title"


def opened(log: Log) -> PublishedWording:
    found = PublishedWording(log.database, FILES, REQUIRED)
    found.require()
    return found


def title(found: PublishedWording, reference: str | None = None, locale: str = "en") -> str:
    texts = found.current if reference is None else found.get(reference)
    return texts.wording(locale).text(TITLE)


def titled(log: Log, text: str, locale: str = "en") -> int:
    return publish(log.database, {locale: {TITLE: text}})


@contextmanager
def statements(log: Log) -> Iterator[list[str]]:
    """The statements that are sent to be read with during the block."""
    sent: list[str] = []

    def note(_: Connection, __: object, statement: str, *___: object) -> None:
        sent.append(statement)

    event.listen(log.database.reader, "before_cursor_execute", note)
    yield sent
    event.remove(log.database.reader, "before_cursor_execute", note)


def test_before_anything_is_published_the_files_are_served(any_log: Log) -> None:
    found = opened(any_log)
    assert found.current is FILES
    assert found.get("") is FILES
    assert found.get("1-00000000") is FILES


def test_what_is_published_is_served_and_said_by_number_and_content(any_log: Log) -> None:
    found = opened(any_log)
    titled(any_log, "Für wen?", "de")
    assert found.refresh()
    assert title(found, locale="de") == "Für wen?"
    assert found.current.number == 1
    assert found.current.reference == found.current.version == found.current.wording("fr").version
    assert found.get(found.current.version) is found.current
    assert title(found, "", "de") == FILES.wording("de").text(TITLE)


def test_versions_of_visits_under_way_stay_and_the_twenty_newest_are_at_hand(any_log: Log) -> None:
    found = opened(any_log)
    known = []
    for number in range(1, KEPT + 3):
        titled(any_log, f"Question {number}?")
        found.refresh()
        known.append(found.current.version)
    assert [title(found, each) for each in known[2:]] == [f"Question {number}?" for number in range(3, KEPT + 3)]
    assert [found.get(each) for each in known[:2]] == [found.current] * 2
    again = opened(any_log)
    assert [title(again, each) for each in known] == [title(found, each) for each in known]


def test_languages_that_did_not_change_are_not_read_again(any_log: Log) -> None:
    found = opened(any_log)
    titled(any_log, "One?")
    found.refresh()
    before = found.current
    titled(any_log, "Two?")
    found.refresh()
    assert found.current.wordings["de"].texts is before.wordings["de"].texts
    assert found.current.wordings["en"].texts is not before.wordings["en"].texts


def test_texts_that_are_taken_from_the_files_are_logged(any_log: Log, caplog: pytest.LogCaptureFixture) -> None:
    titled(any_log, "{nobody}", "de")
    found = opened(any_log)
    assert title(found, locale="de") == FILES.wording("de").text(TITLE)
    assert f"version {found.current.version} of the texts: 1 taken from the installation's files" in caplog.text
    assert found.current.completed == (("de", TITLE),)


def test_a_rollback_is_a_version_with_the_earlier_texts(any_log: Log) -> None:
    found = opened(any_log)
    titled(any_log, "One?")
    roll_back(any_log.database, 0)
    found.refresh()
    assert title(found) == FILES.wording().text(TITLE)
    assert (found.current.number, found.current.files[0].texts) == (2, FILES.files[0].texts)


def test_a_version_that_another_server_has_published_is_read_when_a_visit_asks_for_it(any_log: Log) -> None:
    here, there = opened(any_log), opened(any_log)
    titled(any_log, "One?")
    there.refresh()
    with statements(any_log) as sent:
        assert title(here, there.current.version) == "One?"
    assert sent
    assert here.current.number == 1


def test_a_version_that_no_server_has_any_longer_is_looked_for_once(any_log: Log) -> None:
    """A log that was restored from a backup has fewer versions than visits have seen."""
    found = opened(any_log)
    titled(any_log, "One?")
    found.refresh()
    with statements(any_log) as sent:
        assert found.get("7-0000abcd") is found.current
        first = len(sent)
        assert found.get("7-0000abcd") is found.current
        assert len(sent) == first > 0
        titled(any_log, "Two?")
        found.refresh()
        before = len(sent)
        assert found.get("7-0000abcd") is found.current
        assert len(sent) > before, "once more after each publish"


@pytest.mark.parametrize("reference", ["x", "0-00000000", "9-xyz", "-1-00000000", "1" * 30, "1-0000000"])
def test_what_is_no_reference_is_the_current_version_without_a_look(reference: str) -> None:
    found = PublishedWording(None, FILES, REQUIRED)  # type: ignore[arg-type]  # must not be used
    assert found.get(reference) is FILES


def test_a_log_restored_from_before_the_first_publish_has_the_files_again(any_log: Log) -> None:
    found = opened(any_log)
    titled(any_log, "One?")
    found.refresh()
    with any_log.database.writer.begin() as connection:
        connection.execute(delete(wording_versions))
    found.refresh()
    assert found.current is FILES


def test_a_number_that_is_given_again_is_another_version(any_log: Log) -> None:
    found = opened(any_log)
    titled(any_log, "One?")
    found.refresh()
    before = found.current.version
    with any_log.database.writer.begin() as connection:
        connection.execute(text("DELETE FROM wording_versions"))
        connection.execute(text("DELETE FROM wording_languages"))
        connection.execute(text("DELETE FROM wording_changes"))
    titled(any_log, "Other?")
    found.refresh()
    assert (found.current.number, title(found)) == (1, "Other?")
    assert found.current.version != before
    assert found.get(before) is found.current


def broken(log: Log) -> None:
    """Make what was published unreadable."""
    with log.database.writer.begin() as connection:
        connection.execute(delete(wording_snapshots))


def test_what_can_not_be_read_leaves_the_last_good_version(any_log: Log) -> None:
    found = opened(any_log)
    titled(any_log, "One?")
    found.refresh()
    titled(any_log, "Two?")
    broken(any_log)
    assert not found.refresh()
    assert title(found) == "One?"


def test_a_log_that_is_gone_leaves_the_last_good_version(any_log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    found = opened(any_log)
    titled(any_log, "One?")
    found.refresh()

    def gone(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(module, "read_versions", gone)
    assert not found.refresh()
    assert title(found) == "One?"


def test_a_server_that_can_not_read_them_does_not_start(any_log: Log) -> None:
    with any_log.database.writer.begin() as connection:
        connection.execute(text("DROP TABLE wording_versions"))
    with pytest.raises(LogError, match="WIZARD_DATABASE_URL: the published texts can't be read"):
        opened(any_log)


def slow(seconds: threading.Event) -> Callable[..., None]:
    def read(*_: object, **__: object) -> None:
        seconds.wait(10)
        raise OSError

    return read


def test_a_request_waits_for_a_newer_version_but_not_for_long_and_not_each_time(
    any_log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, end = opened(any_log), threading.Event()
    monkeypatch.setattr(module, "read_versions", slow(end))
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.1)
    began = time.monotonic()
    assert found.get("1-00000000") is FILES
    first = time.monotonic()
    assert 0.1 <= first - began < 5
    for _ in range(10):
        assert found.get("1-00000000") is FILES
    assert time.monotonic() - first < 0.1
    end.set()
    for thread in threading.enumerate():
        if thread.name == "published-now":
            thread.join(10)


def test_the_thread_looks_again_and_again(any_log: Log) -> None:
    found = opened(any_log)
    titled(any_log, "One?")
    turns = iter([False, False, True])
    found.start(lambda _: next(turns)).join(10)
    assert title(found) == "One?"
