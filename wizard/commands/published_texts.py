"""What the commands about published texts work on: the configured log, and the installation's files."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from wizard.clock import Clock, system_ms
from wizard.config import read_settings
from wizard.drafts.publish import Publisher
from wizard.drafts.store import Drafts
from wizard.errors import WizardError
from wizard.events.open_log import opened_log
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import Required, required_texts
from wizard.questionnaire.wording_files import read_folder
from wizard.questionnaire.wording_set import WordingSet, set_of_files
from wizard.storage.audit_log import COMMAND_LINE
from wizard.storage.database import Database
from wizard.wording_versions.published import PublishedWording

MANY = 10**9
WHO_CHARACTERS = 120

folder_argument = click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
who_option = click.option("--who", help="Who does it, for the history. Default: the operating system's user.")


@dataclass(frozen=True)
class PublishedTexts:
    """The published texts in a log, and what drafts and publishes them. `current` is the newest version."""

    database: Database
    published: PublishedWording
    required: Required
    clock: Clock
    drafts: Drafts
    publisher: Publisher
    current: WordingSet


@contextmanager
def opened_texts(*, writes: bool = False) -> Iterator[PublishedTexts]:
    """The published texts in the configured log. Raises WizardError."""
    settings = read_settings()
    required = required_texts(QUESTIONS, STRATEGY)
    files = set_of_files(read_folder(settings.wording_dir, required))
    with opened_log(settings, writes=writes) as log:
        published = PublishedWording(log.database, files, required)
        published.require()
        drafts = Drafts(log.database, system_ms)
        publisher = Publisher(log.database, published, required, system_ms)
        yield PublishedTexts(log.database, published, required, system_ms, drafts, publisher, published.current)


def who_of(given: str | None) -> str:
    """Who gives the command: the option --who, or else the operating system's user, marked as at a command line."""
    if given is None:
        return _user()
    if not given.strip() or not given.isprintable() or len(given) > WHO_CHARACTERS:
        raise WizardError(f"--who: given {given[:WHO_CHARACTERS]!a}; allowed: one line of 1 to {WHO_CHARACTERS}")
    return given.strip()


def _user() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user may have no name
        return COMMAND_LINE
    return f"{name} ({COMMAND_LINE})"
