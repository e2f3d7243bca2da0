"""The commands `wizard shared list` and `wizard shared revoke`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click

from wizard.clock import system_ms
from wizard.commands.options import several
from wizard.commands.terminal import echo_json
from wizard.config import read_settings
from wizard.dashboard.sharing.shared_views import SharedView, SharedViews
from wizard.errors import WizardError
from wizard.events.open_log import opened_log
from wizard.events.periods import iso
from wizard.text_table import text_table

HEADINGS = ("id", "view", "made by", "made", "valid until", "opened", "last opened", "state")


class UnknownLink(WizardError):
    """There is no link of this id that could be revoked; the message says which."""


@click.group()
def shared() -> None:
    """List and revoke read-only links to views of the growth dashboard."""


@shared.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all fields.")
def list_command(as_json: bool) -> None:
    """List shared links, newest first."""
    with _opened() as opened:
        found, at_ms = opened.all(), system_ms()
    if as_json:
        echo_json([_record(each, at_ms) for each in found])
    elif found:
        click.echo(text_table([HEADINGS, *(_cells(each, at_ms) for each in found)]))
    else:
        click.echo("No shared links yet. Share on the dashboard's overview makes one.")


@shared.command("revoke")
@click.argument("link_id", metavar="ID")
def revoke(link_id: str) -> None:
    """Revoke a shared link, for good, on every server."""
    with _opened(writes=True) as opened:
        is_revoked = opened.revoke(link_id)
        found = opened.find(link_id)
    if found is None:
        raise UnknownLink(f"ID: given {link_id[:64]!a}; allowed: the id of a link in `wizard shared list`")
    done = f"revoked, after it was opened {several(found.opened, 'time')}" if is_revoked else "was already revoked"
    click.echo(f"{link_id}: {done}.")


@contextmanager
def _opened(*, writes: bool = False) -> Iterator[SharedViews]:
    """The shared links in the configured log. They have no keys, so they can't sign links."""
    with opened_log(read_settings(), writes=writes) as log:
        yield SharedViews(log.database, (), system_ms)


def _record(view: SharedView, at_ms: int) -> dict[str, object]:
    """All fields, with times as texts."""
    values = {
        name.removesuffix("_ms"): (None if value is None else iso(value)) if name.endswith("_ms") else value
        for name, value in asdict(view).items()
    }
    return {**values, "state": view.state(at_ms)}


def _cells(view: SharedView, at_ms: int) -> tuple[str, ...]:
    made, expires, last = (
        "-" if ms is None else f"{iso(ms)[:16]}Z" for ms in (view.made_ms, view.expires_ms, view.last_ms)
    )
    return (view.link_id, view.query, view.email, made, expires, f"{view.opened:,}", last, view.state(at_ms))
