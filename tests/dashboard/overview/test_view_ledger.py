"""What the overview says of the ledger to those who read figures: what may be off, by how much, and what to do."""

import pytest

from wizard.dashboard.overview.view_ledger import ledger_of
from wizard.events.ledger import Account, Ledger

WELL = Account(received=10, stored=6, duplicate=1, bot=2, rejected=1, present=5, erased=1)


@pytest.mark.parametrize(
    ("account", "detail", "visits"),
    [
        (Account(received=1, lost=1), "1 event lost", "1 visit"),
        (Account(received=5), "5 events received without being counted", "5 visits"),
        (Account(received=5, lost=3), "3 events lost, 2 events received without being counted", "5 visits"),
        (Account(lost=3), "3 events lost", "3 visits"),
        (Account(bot=2000), "2,000 events counted without being received", "2,000 visits"),
        (Account(received=4, stored=4, present=1, erased=1), "2 events missing since they were stored", "2 visits"),
        (Account(present=1), "1 event stored without being counted", "1 visit"),
    ],
)
def test_a_day_that_does_not_add_up_is_told_in_plain_words(account: Account, detail: str, visits: str) -> None:
    shown = ledger_of(Ledger({"2026-11-21": WELL, "2026-11-22": account}, {}), is_spooling=False)
    (alarm,) = shown.alarms
    assert alarm.meaning.startswith(f"Every figure that includes 22 Nov 2026 may be off by up to {visits}.")
    assert alarm.details == [f"22 Nov 2026 (UTC): {detail}"]
    assert alarm.command == "wizard ledger"
    assert not shown.is_balanced


def test_of_many_days_the_first_are_told_one_by_one() -> None:
    days = {f"2026-11-{day:02}": Account(received=day) for day in range(1, 6)}
    (alarm,) = ledger_of(Ledger(days, {}), is_spooling=False).alarms
    assert "one of these days may be off by up to 15 visits" in alarm.meaning
    told = [line.partition(" (")[0] for line in alarm.details]
    assert told == ["1 Nov 2026", "2 Nov 2026", "3 Nov 2026", "And 2 days more"]


def test_what_balances_is_quiet_until_events_are_spooled() -> None:
    ledger = Ledger({"2026-11-21": WELL}, {"stale-form": 1})
    quiet, loud = (ledger_of(ledger, is_spooling=spooling) for spooling in (False, True))
    assert (quiet.is_balanced, list(quiet.alarms)) == (True, [])
    assert quiet.rejected == [("stale-form", 1)]
    assert [alarm.heading for alarm in loud.alarms] == ["The newest visits are not included yet."]
