"""The commands `wizard report` and `wizard demo-data`."""

import click
from sqlalchemy.exc import SQLAlchemyError

from wizard.analytics.report import Report, report_of
from wizard.analytics.scope import SUSPECTS, Scope
from wizard.clock import system_ms
from wizard.commands.options import period_options, progress, several
from wizard.commands.report_text import as_record, as_text
from wizard.commands.standing import say_standing
from wizard.commands.terminal import echo_json
from wizard.config import read_settings
from wizard.demo import load
from wizard.demo.visits import Demo
from wizard.errors import WizardError
from wizard.events.dimensions import SPLITS
from wizard.events.log import Log
from wizard.events.open_log import open_log
from wizard.events.open_readings import opened_readings
from wizard.events.periods import read_period
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.storage.database import LogError
from wizard.storage.migrate import cause
from wizard.storage.moment import Moment


@click.command()
@period_options
@click.option("--by", type=click.Choice(SPLITS), help="Break the report down by this.")
@click.option(
    "--suspects",
    type=click.Choice([*SUSPECTS]),
    help="Include suspect visits, or count only these. Excluded by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all figures.")
def report(since: str | None, until: str | None, by: str | None, suspects: str | None, as_json: bool) -> None:
    """Print the funnel, the steps and the answers; docs/reports.md defines each figure."""
    settings = read_settings()
    period = read_period(since, until, settings.time_zone)
    scope = Scope(period, SUSPECTS[suspects] if suspects else "excluded")
    with opened_readings(settings) as readings:
        steps = [step.name for step in QUESTIONS.steps]

        def read(moment: Moment) -> Report:
            say_standing(moment.standing)
            return report_of(moment.figures, scope, settings.time_zone, by, steps)

        found = readings.read(read)
    if as_json:
        echo_json(as_record(found))
    else:
        click.echo(as_text(found))


@click.command("demo-data")
@click.option("--journeys", type=click.IntRange(1, 100_000_000), help="How many journeys to simulate.")
@click.option(
    "--days", default=30, show_default=True, type=click.IntRange(1, 3650), help="Over how many days, ending now."
)
@click.option("--seed", default=1, show_default=True, type=int, help="The same seed gives the same visits.")
@click.option("--remove", is_flag=True, help="Erase all demo journeys instead.")
def demo_data(journeys: int | None, days: int, seed: int, remove: bool) -> None:
    """Fill an empty log with simulated visits, to try reports with. Refuses a log with real visits."""
    if (journeys is None) != remove:
        given = "both" if remove else "neither"
        raise WizardError(f"--journeys, --remove: given {given}; allowed: one of them")
    log = open_log(read_settings())
    try:
        click.echo(_remove(log) if journeys is None else _add(log, journeys, days, seed))
    except SQLAlchemyError as error:
        raise LogError(f"WIZARD_DATABASE_URL: the log can't be used ({cause(error)})") from error
    finally:
        log.database.dispose()


def _add(log: Log, journeys: int, days: int, seed: int) -> str:
    visits = Demo(QUESTIONS, STRATEGY, seed).visits(journeys, days, system_ms())
    with progress("Simulating visits", lambda: journeys) as on_progress:
        added = load.add(log, visits, on_progress)
    return (
        f"{several(added.journeys, 'demo journey')} ({several(journeys, 'visit')}, {several(days, 'day')}, "
        f"seed {seed}): {several(added.stored, 'event')} stored, {several(added.present, 'duplicate')}. "
        "`wizard demo-data --remove` removes them."
    )


def _remove(log: Log) -> str:
    with progress("Erasing demo journeys", lambda: load.count(log)) as on_progress:
        erased = load.remove(log, on_progress)
    return f"Erased {several(erased.journeys, 'demo journey')} with {several(erased.events, 'event')}."
