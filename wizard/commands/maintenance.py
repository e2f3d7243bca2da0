"""The commands that maintain the log: `wizard migrate`, `wizard rebuild`, `wizard purge`."""

import re
import sys

import click

from wizard.clock import system_ms
from wizard.commands.options import progress, several
from wizard.config import read_settings
from wizard.events.erasures import Erased
from wizard.events.log import DAY_MS, Log
from wizard.events.open_log import opened_log
from wizard.events.periods import iso
from wizard.maintenance.rebuild import count_journeys, truncate_wal
from wizard.maintenance.rebuild import purge as purge_log
from wizard.maintenance.rebuild import rebuild as rebuild_log
from wizard.storage.compatibility import is_newer, require_same
from wizard.storage.database import LogError, open_database
from wizard.storage.log_state import read_state
from wizard.storage.migrate import migrate as migrate_database
from wizard.storage.schema import VERSION

MAX_DAYS = 36_500


@click.command()
def migrate() -> None:
    """Migrate the tables of the log, and of the warehouse if there is one, to this version of the wizard."""
    settings = read_settings()
    database = open_database(settings.database_url, settings.durability)
    try:
        before, after = migrate_database(database)
        with database.reader.connect() as connection:
            writers_from = read_state(connection).writers_from
    finally:
        database.dispose()
    if before == after and is_newer(after):
        click.echo(f"The log's tables are at version {after}, newer than this wizard's {VERSION}, and stay so.")
    elif before == after:
        click.echo(f"The log's tables are already at version {after}.")
    elif before:
        click.echo(f"Migrated the log's tables from version {before} to {after}.")
        if before < writers_from:
            click.echo(f"Stop servers of versions before {writers_from} of the tables: they may not write any more.")
        else:
            click.echo("Servers of the version before may go on until you update them.")
    else:
        click.echo(f"Made the log's tables, at version {after}.")
    if settings.warehouse_url:
        from wizard.commands.warehouse import migrate_warehouse

        migrate_warehouse(settings.warehouse_url)


@click.command()
@click.option("--check", is_flag=True, help="Only compare; fail where rows differ.")
def rebuild(check: bool) -> None:
    """Rebuild the journey tables from the events, while the log is in use."""
    journeys = wrong = 0
    label = "Comparing" if check else "Rebuilding"
    with (
        opened_log(read_settings(), writes=not check) as log,
        progress(label, lambda: count_journeys(log.database)) as on_progress,
    ):
        if not check:
            require_same(log.database, "rebuild visits")
        for batch in rebuild_log(log, write=not check):
            journeys += batch.journeys
            wrong += batch.wrong
            on_progress(batch.journeys)
    if check and wrong:
        raise LogError(
            f"{wrong:,} of {several(journeys, 'journey')} have rows that do not match their events; run: wizard rebuild"
        )
    if wrong:
        click.echo(f"Corrected {wrong:,} of {several(journeys, 'journey')}, whose rows did not match their events.")
    else:
        click.echo(f"Checked {several(journeys, 'journey')}: all rows match their events.")


@click.command()
@click.option("--older-than", metavar="DAYS", help="Journeys that began at least this many days ago, such as 395d.")
@click.option("--journey", "journey_id", metavar="ID", help="One journey.")
@click.option("--yes", is_flag=True, help="Don't ask for confirmation.")
def purge(older_than: str | None, journey_id: str | None, yes: bool) -> None:
    """Erase whole journeys permanently. Requires either --older-than or --journey."""
    if (older_than is None) == (journey_id is None):
        raise click.UsageError("Exactly one of --older-than and --journey is needed.")
    before_ms = None if older_than is None else system_ms() - _days(older_than) * DAY_MS
    with opened_log(read_settings(), writes=True) as log:
        require_same(log.database, "erase visits")
        erased = _purge_one(log, str(journey_id)) if before_ms is None else _purge_older(log, before_ms, yes=yes)
        truncate_wal(log.database)
    click.echo(
        f"Erased {several(erased.journeys, 'journey')} with {several(erased.events, 'event')}. "
        "Earlier backups and exports still contain them."
    )


def _purge_older(log: Log, before_ms: int, *, yes: bool) -> Erased:
    journeys = count_journeys(log.database, before_ms)
    click.echo(f"{several(journeys, 'journey')} began before {iso(before_ms)}.")
    if journeys and not yes and sys.stdin.isatty():
        click.confirm("Erase them permanently?", abort=True)
    erased = Erased()
    with progress("Erasing", lambda: journeys) as on_progress:
        for batch in purge_log(log, before_ms):
            erased += batch
            on_progress(batch.journeys)
    return erased


def _purge_one(log: Log, journey_id: str) -> Erased:
    erased = log.erase([journey_id]) if journey_id.isascii() else Erased(0, 0)
    if not erased.events:
        raise LogError(f"--journey: given {journey_id!r}, which is not in the log; nothing was erased")
    return erased


def _days(text: str) -> int:
    """The number of days in `text`, such as 395d. Raises LogError."""
    if not re.fullmatch(r"[0-9]{1,5}d", text) or not 1 <= int(text[:-1]) <= MAX_DAYS:
        raise LogError(f"--older-than: given {text!r}; allowed: whole days from 1d to {MAX_DAYS}d, such as 395d")
    return int(text[:-1])
