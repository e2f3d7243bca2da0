"""The commands for subscribers, as an operator meets them."""

import json
from pathlib import Path

import pytest
from cli_runner import failing, run
from factories import fill, visit
from sqlalchemy import text
from subscribing import Recording, account, log_states, ready, subscribed

from wizard.events.log import Log
from wizard.subscribers import pending, registry
from wizard.subscribers.registration import known_subscribers, register

HEADING = "subscriber  due  delivered  pending  dead  lag  state"


@pytest.fixture
def subscriber(monkeypatch: pytest.MonkeyPatch) -> Recording:
    """The subscriber that the settings ask for."""
    found = Recording()
    monkeypatch.setattr(registry, "subscribers_of", lambda _settings: [found])
    return found


def rows() -> list[list[str]]:
    """The table, without its heading, in words."""
    return [line.split() for line in run("subscribers").splitlines()[1:]]


@pytest.mark.usefixtures("log")
def test_without_subscribers_the_list_says_so() -> None:
    assert run("subscribers").startswith("No subscribers.")
    assert json.loads(run("subscribers", "--json")) == []


def test_the_list_shows_what_each_has_got_and_how_far_a_backfill_is(
    log: Log, subscriber: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.subscribers.backfill.JOURNEYS_AT_ONCE", 2)
    subscriber.batch_size = 2
    fill(log, ["j-1", "j-2", "j-3"])
    delivering = subscribed(log, subscriber)
    delivering.round()
    assert run("subscribers").splitlines()[0].split() == HEADING.split()
    assert rows() == [["recording", "2", "2", "0", "0", "0", "s", "backfill:", "2", "of", "3", "journeys"]]
    while delivering.round():
        pass
    assert rows() == [["recording", "3", "3", "0", "0", "0", "s", "ok"]]
    [record] = json.loads(run("subscribers", "--json"))
    assert (record["name"], record["due"], record["delivered"], record["lag_ms"]) == ("recording", 3, 3, 0)
    assert (record["state"], record["problems"], record["failing_since"]) == ("ok", [], None)
    assert record["last_delivered"].startswith("20")


def test_the_list_says_since_when_and_why_nothing_can_be_delivered(log: Log, subscriber: Recording) -> None:
    delivering = ready(log, subscriber)
    log.append(visit())
    subscriber.is_down = True
    with pytest.raises(Exception, match="it is down"):
        delivering.round()
    with log.database.writer.begin() as connection:
        connection.execute(text("UPDATE subscribers SET failing_since_ms = failing_since_ms - 3 * 3600000"))
        connection.execute(text("UPDATE pending_changes SET noted_ms = noted_ms - 5 * 60000"))
    assert rows() == [
        ["recording", "1", "0", "1", "0", "5", "min", "failing", "for", "3", "h:", "it", "is", "down"],
    ]


def test_what_no_setting_asks_for_is_named_and_can_be_removed(
    log: Log, subscriber: Recording, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    register(log.database, ["old", subscriber.name])
    assert "no setting asks for it" in run("subscribers")
    error = failing(monkeypatch, capsys, "subscribers", "remove", subscriber.name)
    assert error == "wizard: NAME: given 'recording', which the settings ask for; unset it on all servers first"
    assert run("subscribers", "remove", "old") == "Removed old.\n"
    assert known_subscribers(log.database) == ["recording"]
    error = failing(monkeypatch, capsys, "subscribers", "remove", "old")
    assert error == "wizard: NAME: given 'old'; allowed: recording"


def test_running_until_empty_delivers_everything(
    log: Log, subscriber: Recording, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(log, ["j-1", "j-2"])
    assert run("subscribers", "run", "recording", "--until-empty") == "Delivered 2 changes to recording; 0 dead.\n"
    assert subscriber.present == log_states(log)
    assert run("subscribers", "run", "recording", "--until-empty") == "Delivered 0 changes to recording; 0 dead.\n"
    log.append(visit("j-3"))
    subscriber.is_down = True
    assert failing(monkeypatch, capsys, "subscribers", "run", "recording", "--until-empty") == "wizard: it is down"


def test_running_is_for_what_the_settings_ask_for(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    register(log.database, ["old"])
    error = failing(monkeypatch, capsys, "subscribers", "run", "old")
    assert error == "wizard: NAME: given 'old'; the settings ask for no subscriber"


def test_refused_changes_are_retried_when_asked(
    log: Log, subscriber: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "RETRY_MS", ())
    fill(log, ["j-1", "j-2"])
    subscriber.refused = {"j-2"}
    assert run("subscribers", "run", "recording", "--until-empty") == "Delivered 1 change to recording; 1 dead.\n"
    assert rows() == [["recording", "2", "1", "0", "1", "0", "s", "refused", "changes"]]
    subscriber.refused = set()
    assert run("subscribers", "retry", "recording") == "Made 1 dead change of recording pending again.\n"
    assert run("subscribers", "run", "recording", "--until-empty") == "Delivered 1 change to recording; 0 dead.\n"
    assert run("subscribers", "retry", "recording") == "Made 0 dead changes of recording pending again.\n"


def test_a_backfill_is_repeated_when_asked(log: Log, subscriber: Recording) -> None:
    fill(log, ["j-1", "j-2"])
    run("subscribers", "run", "recording", "--until-empty")
    subscriber.kept.clear()
    assert run("subscribers", "backfill", "recording").startswith("All journeys will be delivered to recording again.")
    run("subscribers", "run", "recording", "--until-empty")
    assert subscriber.present == log_states(log)


@pytest.mark.usefixtures("subscriber")
def test_the_ledger_has_the_subscribers_and_fails_where_their_account_does_not_balance(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log.append(visit())
    assert "subscriber" not in run("ledger")
    assert json.loads(run("ledger", "--json"))["subscribers"] == []
    run("subscribers", "run", "recording", "--until-empty")
    log.append(visit("j-2"))
    shown = run("ledger")
    assert [line.split() for line in shown.splitlines() if line.startswith("recording")] == [
        ["recording", "2", "1", "1", "0"]
    ]
    assert shown.endswith("For each subscriber, due = delivered + pending + dead.\n")
    with log.database.writer.begin() as connection:
        connection.execute(text("DELETE FROM pending_changes"))
    expected = "subscriber recording: due 2 is not delivered 1 + pending 0 + dead 0 = 1"
    assert failing(monkeypatch, capsys, "ledger") == f"wizard: the ledger does not balance: {expected}"
    capsys.readouterr()
    assert "the ledger does not balance" in failing(monkeypatch, capsys, "ledger", "--json")


def test_the_ledger_as_json_has_the_subscribers(log: Log, subscriber: Recording) -> None:
    ready(log, subscriber)
    log.append(visit())
    record = json.loads(run("ledger", "--json"))
    assert record["balanced"] is True
    assert record["subscribers"][0]["pending"] == account(log).pending == 1


def test_an_erasure_reaches_a_restored_logs_subscriber(log: Log, subscriber: Recording, tmp_path: Path) -> None:
    """After a log was restored from a backup, the subscriber gets all journeys, in their state of the backup."""
    fill(log, ["j-1"])
    run("subscribers", "run", "recording", "--until-empty")
    run("backup", str(tmp_path / "copy.db"))
    log.append([*visit("j-2")])
    log.erase(["j-1"])
    run("subscribers", "run", "recording", "--until-empty")
    log.database.dispose()
    (tmp_path / "copy.db").rename(log.database.path)
    for name in ("wal", "shm"):
        log.database.path.with_name(f"{log.database.path.name}-{name}").unlink(missing_ok=True)
    run("subscribers", "backfill", "recording")
    run("subscribers", "run", "recording", "--until-empty")
    assert subscriber.present["j-1"] is not None
