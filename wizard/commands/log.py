"""The commands that read the log: `wizard export`, `wizard ledger`, `wizard journals`, `wizard journey`."""

import sys
from dataclasses import asdict
from pathlib import Path

import click

from wizard.commands.options import ProgressCounter, period_options, progress, several
from wizard.commands.standing import say_standing
from wizard.commands.terminal import echo_json
from wizard.config import read_settings
from wizard.events import feed_ledger, stored
from wizard.events import ledger as ledgers
from wizard.events.log import ROWS_AT_ONCE
from wizard.events.model import Event
from wizard.events.open_log import opened_log
from wizard.events.open_readings import opened_readings
from wizard.events.periods import Period, iso, read_days, read_period
from wizard.events.projection import JourneyRow
from wizard.files.atomic_write import atomic_write
from wizard.maintenance import journey_text
from wizard.maintenance.export import FORMATS, Writer, write_csv_for_excel
from wizard.storage.by_store import streamed
from wizard.storage.database import LogError
from wizard.storage.moment import Moment
from wizard.storage.readings import Readings
from wizard.text_table import text_table


@click.command()
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="jsonl", show_default=True)
@click.option("--for-excel", is_flag=True, help="CSV for spreadsheets: protects values that they would change.")
@period_options
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="A file; it is replaced only once the export is complete."
)
def export(form: str, for_excel: bool, since: str | None, until: str | None, output: Path | None) -> None:
    """Write every event, to standard output or to a file."""
    if for_excel and form != "csv":
        raise LogError(f"--for-excel: given with --format {form!r}; allowed with it: --format csv")
    settings = read_settings()
    period = read_period(since, until, settings.time_zone)
    if output is None and form == "parquet" and sys.stdout.isatty():
        raise LogError("--format: given 'parquet', which no terminal can show; allowed with it: -o FILE, or a pipe")
    write = write_csv_for_excel if for_excel else FORMATS[form].write
    with opened_readings(settings) as readings:
        if output and readings.log.owns(output):
            raise LogError(f"-o: given {str(output)!r}, which is a file of the log itself; allowed: any other")
        if output is None:
            _export(readings, period, write, None)
        else:
            with atomic_write(output) as part:
                count = _export(readings, period, write, part)
            click.echo(f"Wrote {several(count, 'event')} to {output}.", err=True)


@click.command()
@period_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all fields.")
@click.option("--warehouse", "of_warehouse", is_flag=True, help="Compare the warehouse with the log instead.")
@click.option("--repair", is_flag=True, help="With --warehouse: copy journeys that differ again.")
def ledger(since: str | None, until: str | None, as_json: bool, of_warehouse: bool, repair: bool) -> None:
    """Check that every event received is accounted for, and recount those stored. Fails where they differ."""
    settings = read_settings()
    period = read_days(since, until)
    if repair and not of_warehouse:
        raise click.UsageError("--repair is only allowed with --warehouse.")
    with opened_log(settings, writes=repair) as log:
        if of_warehouse:
            from wizard.commands.warehouse import compare_with_warehouse

            compare_with_warehouse(settings, log, period, as_json=as_json, is_repaired=repair)
            return
        found = ledgers.read_ledger(log.database, period)
    if as_json:
        echo_json(ledgers.as_record(found))
    else:
        click.echo(ledgers.as_table(found))
        if found.subscribers:
            click.echo(f"\n{feed_ledger.as_table(found.subscribers)}")
    if problems := found.problems():
        raise LogError(ledgers.as_error(problems))
    if unbalanced := found.subscriber_problems():
        raise LogError(f"the ledger does not balance: {'; '.join(unbalanced)}")
    if not as_json and found.days:
        waiting = " + waiting" if found.total.waiting else ""
        sums = f"received = stored + duplicate + bot + rejected{waiting}, and stored = present + erased."
        changes = " For each subscriber, due = delivered + pending + dead." if found.subscribers else ""
        click.echo(f"\nBalanced: {sums}{changes}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all fields.")
@click.option("--write-off", metavar="JOURNAL", help="Count the waiting events of this journal as lost.")
def journals(as_json: bool, write_off: str | None) -> None:
    """List the journals of all servers, and how many events waited in each at its last report."""
    with opened_log(read_settings(), writes=write_off is not None) as log:
        if write_off is not None:
            click.echo(f"Counted {several(log.write_off_journal(write_off), 'waiting event')} of {write_off} as lost.")
            return
        found = log.journals()
    if as_json:
        echo_json([asdict(row) for row in found])
    elif found:
        rows = [("machine", "journal", "in the log", "waiting", "last report (UTC)")]
        rows += [
            (row.machine, row.journal, f"{row.brought_in:,}", f"{row.waiting:,}", iso(row.seen_ms)) for row in found
        ]
        click.echo(text_table(rows))
    else:
        click.echo("No server has a journal.")


@click.command()
@click.argument("journey_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with events as in an export.")
def journey(journey_id: str, as_json: bool) -> None:
    """Print the events of one journey, one per line, and its totals."""
    settings = read_settings()

    def read(moment: Moment) -> tuple[list[Event], JourneyRow | None]:
        found = stored.trail_of(moment.figures, journey_id) if journey_id.isascii() else []
        say_standing(moment.standing)
        return found, stored.journey_of(moment.figures, journey_id) if found else None

    with opened_readings(settings) as readings:
        events, row = readings.read(read)
    if not events:
        raise LogError(f"ID: given {journey_id!r}, which is not in the log; allowed: the id of a journey in the log")
    if as_json:
        echo_json(journey_text.as_json(events, row))
    else:
        click.echo(journey_text.as_text(events, row))


def _export(readings: Readings, period: Period, write: Writer, path: Path | None) -> int:
    """Write the period's events to `path`, or to standard output if it is None. Returns their number."""
    since_ms, until_ms = period.since_ms, period.until_ms
    shown = path is not None or not sys.stdout.isatty()  # a progress bar would mix with events on a terminal

    def count() -> int:
        with readings.snapshot() as another:
            return stored.count_events(another, since_ms, until_ms)

    with (
        readings.snapshot() as connection,
        streamed(connection, stored.in_order(since_ms, until_ms), ROWS_AT_ONCE) as records,
        progress("Exporting", count, shown=shown) as on_progress,
    ):
        counted = ProgressCounter(records, on_progress)
        if path is None:
            write(counted, sys.stdout.buffer)
            sys.stdout.buffer.flush()  # raises a broken pipe here, where Click handles it
        else:
            with path.open("wb") as file:
                write(counted, file)
    return counted.count
