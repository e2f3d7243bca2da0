"""The part of `wizard check` that is about the texts."""

from collections.abc import Sequence
from pathlib import Path

import click

from wizard.errors import WizardError
from wizard.questionnaire.check import check_wordings
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.text_limits import limit_problems
from wizard.questionnaire.wording import required_texts
from wizard.questionnaire.wording_files import read_folder
from wizard.text_table import text_table
from wizard.translations.status import HEADINGS, statuses, warnings


def check_texts(directory: Path, *, strict: bool) -> Sequence[str]:
    """Print the problems and the warnings of the texts, and each language in numbers. Returns the locales.

    Raises WizardError where there are problems; with `strict`, where there are warnings, too.
    """
    required = required_texts(QUESTIONS, STRATEGY)
    folder = read_folder(directory, required)
    problems = [f"{file.path.name}: {problem}" for file in folder.files for problem in file.problems]
    problems += [f"{file.path.name}: {problem}" for file in folder.files for problem in limit_problems(file.texts)]
    problems += check_wordings(folder.wordings)
    warned = list(warnings(folder))
    for line in (*problems, *warned):
        click.echo(line, err=True)
    click.echo(text_table([HEADINGS, *(status.row() for status in statuses(folder, required))]))
    if problems:
        raise WizardError(f"the texts are not right: problems found: {len(problems)}")
    if strict and warned:
        raise WizardError(f"the texts are not right, by --strict: warnings found: {len(warned)}")
    return tuple(folder.wordings)
