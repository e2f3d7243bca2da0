"""`wizard backup`: copies the log, records other backups, and says how old the newest one is."""

from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from wizard.clock import system_ms
from wizard.commands.options import progress
from wizard.config import Settings, read_settings
from wizard.events.open_log import opened_log, require_log
from wizard.maintenance.backup import back_up, page_count
from wizard.maintenance.backup_age import OLD_DAYS, backup_in_words, is_old, record_backup
from wizard.storage.database import LogError, open_database
from wizard.storage.log_state import read_state
from wizard.storage.migrate import cause


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--record", is_flag=True, help="Only record that a backup was made now, such as by pg_dump.")
@click.option("--check", is_flag=True, help=f"Say how old the newest backup is; fail if older than {OLD_DAYS} days.")
def backup(file: Path | None, record: bool, check: bool) -> None:
    """Copy the SQLite log to FILE, while it is in use, and check the copy. Requires FILE, --record or --check."""
    if (file is not None) + record + check != 1:
        raise click.UsageError("Exactly one of FILE, --record and --check is needed.")
    settings = read_settings()
    if check:
        _check(settings)
    elif file is None:
        _record(settings)
    else:
        _copy(settings, file)


def _copy(settings: Settings, file: Path) -> None:
    require_log(settings)
    database = open_database(settings.database_url)  # at any version: a backup is made before a migration
    if not database.is_sqlite:
        raise LogError(
            "WIZARD_DATABASE_URL: names a PostgreSQL database; copy it with pg_dump, and then run: "
            "wizard backup --record"
        )
    with progress("Copying", lambda: page_count(database)) as on_progress:
        back_up(database, file, on_progress)
    click.echo(f"Copied {database.path} to {file} ({file.stat().st_size:,} bytes), and checked the copy.")
    try:
        record_backup(database, system_ms())
    except SQLAlchemyError as error:
        click.echo(f"It could not be recorded ({cause(error)}); run: wizard backup --record", err=True)
    finally:
        database.dispose()


def _record(settings: Settings) -> None:
    with opened_log(settings, writes=True) as log:
        record_backup(log.database, system_ms())
    click.echo("Recorded that a backup was made now.")


def _check(settings: Settings) -> None:
    with opened_log(settings) as log, log.database.reader.connect() as connection:
        state = read_state(connection)
    now_ms = system_ms()
    said = backup_in_words(state, now_ms)
    if is_old(state, now_ms):
        raise LogError(f"{said[0].lower()}{said[1:]}; after each backup, run: wizard backup --record")
    click.echo(f"{said}.")
