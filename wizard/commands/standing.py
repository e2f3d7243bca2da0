"""Says on standard error where the figures of a command come from, where that needs saying."""

import click

from wizard.clock import system_ms
from wizard.config import read_settings
from wizard.dashboard.standing import notice_of
from wizard.storage.moment import Standing


def say_standing(standing: Standing | None) -> None:
    """Print a line, unless figures are up to date or no warehouse is set."""
    if notice := notice_of(standing, system_ms(), read_settings().time_zone, "These figures are"):
        click.echo(notice, err=True)
