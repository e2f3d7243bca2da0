"""The commands `wizard people` and `wizard audit`: who may do what, and what was done."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click

from wizard.clock import system_ms
from wizard.commands.options import period_options, several
from wizard.commands.terminal import echo_json
from wizard.config import read_settings
from wizard.dashboard.access.invitations import read_email
from wizard.dashboard.access.people import People, Person
from wizard.dashboard.access.roles import ROLES, Role
from wizard.errors import WizardError
from wizard.events.open_log import opened_log
from wizard.events.periods import iso, read_period
from wizard.printable import printable
from wizard.storage.audit_entries import Asked, Recorded, read_entries
from wizard.storage.audit_log import COMMAND_LINE
from wizard.text_table import text_table

PEOPLE_HEADINGS = ("e-mail", "role", "since", "by", "last seen", "sessions", "unused links")
AUDIT_HEADINGS = ("time", "who", "action", "subject", "before", "after", "note")
NO_ADMIN = "Nobody is an admin now, so roles can only be changed here: wizard people set EMAIL admin"


class UnknownPerson(WizardError):
    """There is nobody of this address; the message says where to look."""


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all fields.")
@click.pass_context
def people(context: click.Context, as_json: bool) -> None:
    """List who may sign in, with roles; change and remove them."""
    if context.invoked_subcommand:
        return
    with _opened() as opened:
        found = opened.all()
    if as_json:
        echo_json([_person(each) for each in found])
    elif found:
        click.echo(text_table([PEOPLE_HEADINGS, *map(_person_cells, found)]))
    else:
        click.echo("Nobody yet. `wizard sign-in-link` makes a link, and who uses it is listed.")


@people.command("set")
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
def set_command(email: str, role: Role) -> None:
    """Give EMAIL a role: viewer, editor, publisher or admin. It holds at once, on every server."""
    whose = _email(email)
    with _opened(writes=True) as opened:
        changed = opened.set_role(whose, role, COMMAND_LINE, may_be_last=True)
    was = f", was {changed.before}" if changed.before and changed.before != role else ""
    click.echo(f"{whose}: {role}{was}.")
    if changed.is_last_admin:
        click.echo(NO_ADMIN, err=True)


@people.command()
@click.argument("email")
def remove(email: str) -> None:
    """Remove EMAIL: ends all sessions and revokes all unused links."""
    whose = _email(email)
    with _opened(writes=True) as opened:
        removed = opened.remove(whose, COMMAND_LINE, may_be_last=True)
    if removed is None:
        raise UnknownPerson(f"EMAIL: given {whose!a}; allowed: an address in `wizard people`")
    ended = removed.ended
    sessions, links = several(ended.sessions, "session"), several(ended.links, "unused link")
    click.echo(f"{whose}: removed, was {removed.role}; ended {sessions} and {links}.")
    if removed.is_last_admin:
        click.echo(NO_ADMIN, err=True)


@click.command()
@click.option("--who", default="", help="Only what this person did, such as one@example.com.")
@click.option("--action", default="", help='Only this action, such as "role changed".')
@period_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all fields.")
def audit(who: str, action: str, since: str | None, until: str | None, as_json: bool) -> None:
    """Print who did what on the dashboard, in the studio and by commands, newest first."""
    settings = read_settings()
    period = read_period(since, until, settings.time_zone)
    asked = Asked(who.strip().lower(), action.strip().lower(), period.since_ms, period.until_ms)
    with opened_log(settings) as log, log.database.snapshot() as connection:
        found = read_entries(connection, asked)
    if as_json:
        echo_json([_entry(each) for each in found])
    elif found:
        click.echo(text_table([AUDIT_HEADINGS, *map(_entry_cells, found)]))
    else:
        click.echo("No entries.")


@contextmanager
def _opened(*, writes: bool = False) -> Iterator[People]:
    """The people in the configured log."""
    with opened_log(read_settings(), writes=writes) as log:
        yield People(log.database, system_ms)


def _email(text: str) -> str:
    return read_email(text, "EMAIL")


def _person(person: Person) -> dict[str, object]:
    """All fields, with times as texts; null where nobody made or changed them."""
    return {
        name.removesuffix("_ms"): (iso(value) if value else None) if name.endswith("_ms") else value
        for name, value in asdict(person).items()
    }


def _person_cells(person: Person) -> tuple[str, ...]:
    since, last = (f"{iso(ms)[:16]}Z" if ms else "-" for ms in (person.changed_ms, person.last_ms))
    counts = (f"{person.sessions:,}", f"{person.links:,}")
    return (person.email, person.role, since, person.changed_by or "-", last, *counts)


def _entry(entry: Recorded) -> dict[str, object]:
    """All fields, with the time as a text."""
    fields = asdict(entry)
    return {"id": fields.pop("entry_id"), "at": iso(fields.pop("at_ms")), **fields}


def _entry_cells(entry: Recorded) -> tuple[str, ...]:
    texts = (entry.who, entry.action, entry.subject, entry.before, entry.after, entry.note)
    return (f"{iso(entry.at_ms)[:19]}Z", *(printable(text) or "-" for text in texts))
