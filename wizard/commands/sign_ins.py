"""The commands `wizard sign-in-link`, `wizard sign-ins` and `wizard sign-out`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click

from wizard.clock import system_ms
from wizard.commands.options import several
from wizard.commands.terminal import echo_json
from wizard.config import read_settings
from wizard.dashboard.access.address import origin_of
from wizard.dashboard.access.invitations import invite, read_email
from wizard.dashboard.access.sign_ins import SignIn, SignIns
from wizard.events.open_log import opened_log
from wizard.events.periods import iso
from wizard.text_table import text_table

MAX_HOURS = 168
HEADINGS = ("e-mail", "link made", "used", "last seen", "state")


@click.command("sign-in-link")
@click.option("--email", required=True, help="Whom it is for: a name for the list of sign-ins; nothing is sent.")
@click.option(
    "--hours", default=24, show_default=True, type=click.IntRange(1, MAX_HOURS), help="How long it can be used."
)
def sign_in_link(email: str, hours: int) -> None:
    """Print a link that lets a colleague into the growth room, once."""
    settings = read_settings()
    click.echo(invite(settings, origin_of(settings), read_email(email), hours))


@click.command("sign-ins")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with everything that is known.")
def sign_ins(as_json: bool) -> None:
    """List who came into the growth room, and when, the newest link first."""
    with _opened() as opened:
        found, at_ms = opened.all(), system_ms()
    if as_json:
        echo_json([_record(each, at_ms) for each in found])
    elif found:
        click.echo(text_table([HEADINGS, *(_cells(each, at_ms) for each in found)]))
    else:
        click.echo("Nobody yet. `wizard sign-in-link` makes a link.")


@click.command("sign-out")
@click.option("--email", required=True, help="Whose sessions are to end, and whose unused links.")
def sign_out(email: str) -> None:
    """End every session of a colleague at once, and every link that has not been used."""
    whose = read_email(email)
    with _opened(writes=True) as opened:
        ended = opened.end_all(whose)
    click.echo(f"{whose}: ended {several(ended.sessions, 'session')} and {several(ended.links, 'unused link')}.")


@contextmanager
def _opened(*, writes: bool = False) -> Iterator[SignIns]:
    """The sign-ins in the log that the settings name; links can't be made with them."""
    with opened_log(read_settings(), writes=writes) as log:
        yield SignIns(log.database, (), system_ms)


def _record(row: SignIn, at_ms: int) -> dict[str, str | None]:
    """All but the link's id, by which nobody has to know it; `session` is what the server's log calls it."""
    times = {
        name.removesuffix("_ms"): None if ms is None else iso(ms)
        for name, ms in asdict(row).items()
        if name.endswith("_ms")
    }
    return {"email": row.email, **times, "state": row.state(at_ms), "session": row.reference}


def _cells(row: SignIn, at_ms: int) -> tuple[str, ...]:
    times = ("-" if ms is None else f"{iso(ms)[:16]}Z" for ms in (row.made_ms, row.used_ms, row.last_ms))
    return (row.email, *times, row.state(at_ms))
