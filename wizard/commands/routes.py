"""The command `wizard routes`."""

from collections import Counter
from typing import TextIO

import click

from wizard.analytics.path_visits import read_path_visits
from wizard.analytics.scope import Scope
from wizard.clock import system_ms
from wizard.commands.route_changes_text import Comparison, as_record, as_text
from wizard.commands.standing import say_standing
from wizard.commands.terminal import echo_json
from wizard.config import read_settings
from wizard.events.log import DAY_MS
from wizard.events.open_readings import opened_readings
from wizard.events.periods import Period
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.route_changes import PathKey, RoutesError, compare, read_paths
from wizard.questionnaire.routes import as_mermaid, as_records, as_table
from wizard.questionnaire.strategy import STRATEGY
from wizard.storage.database import LogError
from wizard.storage.moment import Moment

DAYS = 28


@click.command()
@click.option("--json", "form", flag_value="json", help="Print JSON: a record for each path, or for each difference.")
@click.option("--graph", "form", flag_value="graph", help="Print a Mermaid flowchart.")
@click.option(
    "--against",
    metavar="OLD.json",
    type=click.File("r", encoding="utf-8"),
    help="Compare with the paths in this file (- for standard input), which `wizard routes --json` printed before.",
)
@click.option(
    "--days",
    type=click.IntRange(0, 3650),
    help=f"With --against: count the finished visits of so many days, ending now ({DAYS}; 0 counts none).",
)
def routes(form: str | None, against: TextIO | None, days: int | None) -> None:
    """Print every path from answers to a recommendation, or which of them differ and how many visits took those."""
    if against:
        if form == "graph":
            raise click.UsageError("--graph is not allowed with --against.")
        found = _comparison(against, DAYS if days is None else days)
        echo_json(as_record(found)) if form == "json" else click.echo(as_text(found))
    elif days is not None:
        raise click.UsageError("--days is only allowed with --against.")
    elif form == "json":
        echo_json(as_records(QUESTIONS, STRATEGY))
    elif form == "graph":
        click.echo(as_mermaid(QUESTIONS, STRATEGY))
    else:
        click.echo(as_table(QUESTIONS, STRATEGY))


def _comparison(file: TextIO, days: int) -> Comparison:
    """Raises RoutesError, and LogError if visits are counted and the log can't be read."""
    try:
        earlier = read_paths(file.read())
    except (RoutesError, UnicodeDecodeError) as error:
        why = error if isinstance(error, RoutesError) else "it is not UTF-8"
        allowed = "a file with the output of `wizard routes --json`, or - for standard input"
        raise RoutesError(f"--against: given {file.name!r}, which can't be used: {why}; allowed: {allowed}") from error
    changes = compare(earlier, QUESTIONS, STRATEGY)
    return Comparison(earlier, QUESTIONS, changes, days, _visits(days) if days else None)


def _visits(days: int) -> Counter[PathKey]:
    scope = Scope(Period(since_ms=system_ms() - days * DAY_MS))

    def read(moment: Moment) -> Counter[PathKey]:
        say_standing(moment.standing)
        return read_path_visits(moment.figures, scope)

    try:
        with opened_readings(read_settings()) as readings:
            return readings.read(read)
    except LogError as error:
        raise LogError(f"{error}; --days 0 compares without the log") from error
