"""Checks from inside of what a log is kept by: backups, the retention, the change feed and its subscribers."""

from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from wizard.doctor.finding import Finding, days, ok, one_line, problem, warning
from wizard.doctor.installation import Installation
from wizard.events.feed_ledger import SubscriberAccount, read_subscriber_accounts
from wizard.maintenance.backup_age import backup_in_words, is_old
from wizard.maintenance.retention import EACH_MS, USUAL_DAYS, days_kept
from wizard.storage.log_state import LogState, has_state, read_state

LATE_DAYS = 3
"""For how long the retention may not have been applied: a server does that once a day."""

FAILING_MS = 3_600_000
"""How long nothing can be delivered to a subscriber until that is a problem."""


def _state(found: Installation) -> LogState | None:
    """The state of the log; None where there is no log, it can't be read, or its tables are too old."""
    with suppress(SQLAlchemyError), found.database() as database:
        if database.is_sqlite and not database.path.exists():
            return None
        with database.reader.connect() as connection:
            return read_state(connection) if has_state(connection) else None
    return None


def _unknown(name: str) -> Finding:
    return warning(name, "The log can't be read, or its tables are older.", "Correct what `log` and `schema` found.")


def backup(found: Installation) -> Finding:
    """Whether a backup was recorded within the last week."""
    name = "backup"
    state = _state(found)
    if state is None:
        return _unknown(name)
    age = f"{backup_in_words(state, found.clock())}."
    if is_old(state, found.clock()):
        return warning(name, age, "Run wizard backup each day; after a backup by other means: wizard backup --record.")
    return ok(name, age)


def retention(found: Installation) -> Finding:
    """Whether it is set how long visits are kept, and whether a server erases what is older."""
    name = "retention"
    state = _state(found)
    if state is None:
        return _unknown(name)
    kept = days_kept(found.settings, state)
    if found.settings.retention_days is None and not state.made_at:
        return warning(
            name,
            "WIZARD_RETENTION_DAYS is not set, and this log is older than the setting, so all visits are kept.",
            f"Set it, such as to {USUAL_DAYS} (25 months), or to 0 to keep all.",
        )
    age_ms = None if state.retention_ms is None else found.clock() - state.retention_ms
    if kept and age_ms is not None and age_ms > LATE_DAYS * EACH_MS:
        return warning(
            name,
            f"Visits that are older than {days(kept)} were last erased {days(age_ms // EACH_MS)} ago.",
            "A running server does that once a day: look for errors in its log.",
        )
    return ok(name, f"Visits are kept for {days(kept)}." if kept else "All visits are kept.")


def subscribers(found: Installation) -> Finding:
    """Whether changes are delivered to each subscriber, and its account balances."""
    name = "subscribers"
    try:
        if _state(found) is None:
            return _unknown(name)
        with found.database() as database:
            accounts = read_subscriber_accounts(database)
    except SQLAlchemyError:
        return _unknown(name)
    for account in accounts:
        if finding := _fault(name, account, found.clock()):
            return finding
    if not accounts:
        return ok(name, "There are no subscribers.")
    waiting = sum(account.pending for account in accounts)
    return ok(name, f"Changes are delivered to {', '.join(each.name for each in accounts)} (pending: {waiting:,}).")


def _fault(name: str, account: SubscriberAccount, now_ms: int) -> Finding | None:
    if problems := account.problems():
        return problem(name, f"{one_line(problems[0])}.", f"Run: wizard subscribers backfill {account.name}")
    if account.failing_since_ms is not None:
        minutes = account.failing_ms(now_ms) // 60_000
        report = problem if account.failing_ms(now_ms) > FAILING_MS else warning
        return report(
            name,
            f"Nothing was delivered to {account.name} for {minutes:,} minutes ({one_line(account.last_error)}).",
            "Correct its address, or what is wrong there; all that waits is delivered then.",
        )
    if account.dead:
        return warning(
            name,
            f"{account.name} refused changes ({account.dead:,}).",
            f"Correct the cause, which the server's log has, and run: wizard subscribers retry {account.name}",
        )
    return None
