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
from wizard.dashboard.access.roles import ROLES, Role
from wizard.dashboard.access.sign_in import SignIn
from wizard.dashboard.access.sign_ins import SignIns
from wizard.events.open_log import opened_log
from wizard.events.periods import iso
from wizard.text_table import text_table

MAX_HOURS = 168
HEADINGS = ("e-mail", "role", "link made", "used", "last seen", "state")


@click.command("sign-in-link")
@click.option("--email", required=True, help="Who the link is for. Used in the list of sign-ins; no e-mail is sent.")
@click.option(
    "--hours", default=24, show_default=True, type=click.IntRange(1, MAX_HOURS), help="How long the link is valid."
)
@click.option(
    "--role", type=click.Choice(ROLES), help="What the person may do. Default: the role that they have, or else viewer."
)
def sign_in_link(email: str, hours: int, role: Role | None) -> None:
    """Print a one-time sign-in link for the growth dashboard and the studio."""
    settings = read_settings()
    click.echo(invite(settings, origin_of(settings), read_email(email), hours, role=role))


@click.command("sign-ins")
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all fields.")
def sign_ins(as_json: bool) -> None:
    """List sign-in links and sessions, newest first, with the role that each gave."""
    with _opened() as opened:
        found, at_ms = opened.all(), system_ms()
    if as_json:
        echo_json([_record(each, at_ms) for each in found])
    elif found:
        click.echo(text_table([HEADINGS, *(_cells(each, at_ms) for each in found)]))
    else:
        click.echo("No sign-ins yet. `wizard sign-in-link` makes a link.")


@click.command("sign-out")
@click.option("--email", required=True, help="Whose sessions and unused links to end.")
def sign_out(email: str) -> None:
    """End all sessions and revoke all unused links of one e-mail address."""
    whose = read_email(email)
    with _opened(writes=True) as opened:
        ended = opened.end_all(whose)
    click.echo(f"{whose}: ended {several(ended.sessions, 'session')} and {several(ended.links, 'unused link')}.")


@contextmanager
def _opened(*, writes: bool = False) -> Iterator[SignIns]:
    """The sign-ins in the configured log. They have no keys, so they can't make links."""
    with opened_log(read_settings(), writes=writes) as log:
        yield SignIns(log.database, (), system_ms)


def _record(row: SignIn, at_ms: int) -> dict[str, str | None]:
    """All fields except the link's id, which is a credential. `session` is the name used in the server's log."""
    times = {
        name.removesuffix("_ms"): None if ms is None else iso(ms)
        for name, ms in asdict(row).items()
        if name.endswith("_ms")
    }
    how = {"role": row.role, "method": row.method, "subject": row.subject, "made_by": row.made_by}
    return {"email": row.email, **how, **times, "state": row.state(at_ms), "session": row.reference}


def _cells(row: SignIn, at_ms: int) -> tuple[str, ...]:
    times = ("-" if ms is None else f"{iso(ms)[:16]}Z" for ms in (row.made_ms, row.used_ms, row.last_ms))
    return (row.email, row.role, *times, row.state(at_ms))
