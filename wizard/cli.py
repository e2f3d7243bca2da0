"""The command line: `wizard serve` and `check`; wizard/commands/ has the other commands."""

import os
import sys

import click

from wizard import __version__
from wizard.commands.backup import backup
from wizard.commands.doctor import doctor
from wizard.commands.log import export, journals, journey, ledger
from wizard.commands.maintenance import migrate, purge, rebuild
from wizard.commands.notes import notes
from wizard.commands.people import audit, people
from wizard.commands.report import demo_data, report
from wizard.commands.routes import routes
from wizard.commands.shared import shared
from wizard.commands.sign_ins import sign_in_link, sign_ins, sign_out
from wizard.commands.subscribers import subscribers
from wizard.commands.terminal import accept_any_text, exiting_on_signals
from wizard.commands.texts import check_texts
from wizard.commands.translations import translations
from wizard.commands.wording import wording
from wizard.config import read_settings
from wizard.errors import WizardError
from wizard.questionnaire.check import check
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY


@click.group(
    commands=[
        report,
        demo_data,
        export,
        ledger,
        journals,
        journey,
        migrate,
        rebuild,
        backup,
        purge,
        doctor,
        sign_in_link,
        sign_ins,
        sign_out,
        people,
        audit,
        notes,
        shared,
        subscribers,
        translations,
        wording,
        routes,
    ],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="wizard")
def wizard() -> None:
    """A deployment wizard for marketing sites. Settings are environment variables; docs/settings.md lists them."""


@wizard.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Worker processes.")
@click.option("--allow-made-up-key", is_flag=True, help="Serve other machines although WIZARD_SECRET_KEYS is not set.")
def serve(host: str, port: int, workers: int, allow_made_up_key: bool) -> None:
    """Serve the wizard until stopped (Ctrl-C, or SIGTERM)."""
    from wizard.serve import serve as run  # the server is not needed by any other command

    run(read_settings(), host, port, workers, allow_made_up_key=allow_made_up_key)


@wizard.command("check")
@click.option("--strict", is_flag=True, help="Fail where a translation is stale, or a text is not used, too.")
def check_command(strict: bool) -> None:
    """Check the routing on every path, the texts and the destinations, and say which translations are stale."""
    settings = read_settings()
    proof = check(QUESTIONS, STRATEGY, settings.destinations)
    for problem in proof.problems:
        click.echo(problem, err=True)
    if found := len(proof.problems):
        raise WizardError(f"the routing is not right: {proof.paths} paths walked, problems found: {found}")
    locales = check_texts(settings.wording_dir, strict=strict)
    click.echo(f"The routing is right: {proof.paths} paths, each with one outcome; texts in {', '.join(locales)}.")


def main() -> None:
    """Run the command line. A WizardError becomes one line on standard error, and exit code 1.

    Ended by a signal, it exits with 128 plus the signal's number, as shells do.
    """
    accept_any_text()
    with exiting_on_signals():
        _run()


def _run() -> None:
    try:
        wizard.main(prog_name="wizard")
    except WizardError as error:
        click.echo(f"wizard: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        if error.filename is not None:
            raise
        # The error came from standard output, which would raise it again when it is flushed at exit.
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  # open until exit
        click.echo(f"wizard: standard output: can't be written ({error.strerror})", err=True)
        sys.exit(1)
