"""The commands `wizard subscribers`: list them, deliver, retry, backfill, remove."""

import threading

import click

from wizard.clock import system_ms
from wizard.commands.options import several
from wizard.commands.terminal import echo_json
from wizard.config import Settings, read_settings
from wizard.errors import WizardError
from wizard.events.feed_ledger import SubscriberAccount, as_records, read_subscriber_accounts
from wizard.events.log import Log
from wizard.events.open_log import opened_log
from wizard.maintenance.rebuild import count_journeys
from wizard.subscribers import registry
from wizard.subscribers.delivery_loop import DeliveryLoop
from wizard.subscribers.registration import register, restart_backfill, retry_dead
from wizard.subscribers.registration import remove as remove_subscriber
from wizard.subscribers.subscriber import Subscriber
from wizard.text_table import text_table

HEADINGS = ("subscriber", "due", "delivered", "pending", "dead", "lag", "state")


class NotAskedFor(WizardError):
    """The settings ask for no subscriber of this name; the message says for which they do."""


class StillAskedFor(WizardError):
    """The settings ask for this subscriber, so that the next start of a server would add it again."""


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all fields.")
@click.pass_context
def subscribers(context: click.Context, as_json: bool) -> None:
    """List the subscribers of the change feed, and what each has got and is owed."""
    if context.invoked_subcommand is not None:
        return
    settings = read_settings()
    with opened_log(settings) as log:
        found = read_subscriber_accounts(log.database)
        journeys = count_journeys(log.database) if any(each.is_backfilling for each in found) else 0
    wanted = {each.name for each in registry.subscribers_of(settings)}
    states = {each.name: _state(each, journeys, is_wanted=each.name in wanted) for each in found}
    if as_json:
        now_ms = system_ms()
        lags = [{"lag_ms": each.lag_ms(now_ms), "state": states[each.name]} for each in found]
        echo_json([{**record, **lag} for record, lag in zip(as_records(found), lags, strict=True)])
    elif found:
        click.echo(text_table([HEADINGS, *(_cells(each, states[each.name]) for each in found)]))
    else:
        click.echo("No subscribers. The start of a server adds those that the settings ask for.")


@subscribers.command()
@click.argument("name")
@click.option("--until-empty", is_flag=True, help="Stop once nothing is pending; fail if nothing can be delivered.")
def run(name: str, until_empty: bool) -> None:
    """Deliver to the subscriber NAME, instead of the process of a server."""
    settings = read_settings()
    found = _subscriber(settings, name)
    with opened_log(settings, writes=True) as log:
        register(log.database, [name])
        loop = DeliveryLoop(log.database, found, threading.Event())
        before = _account(log, name).delivered
        if until_empty:
            loop.run_until_empty()
            after = _account(log, name)
            click.echo(f"Delivered {several(after.delivered - before, 'change')} to {name}; {after.dead:,} dead.")
        else:
            click.echo(f"Delivering to {name} (Ctrl-C stops it)", err=True)
            loop.run()


@subscribers.command()
@click.argument("name")
def retry(name: str) -> None:
    """Make the changes that the subscriber NAME refused pending again."""
    with opened_log(read_settings(), writes=True) as log:
        retried = retry_dead(log.database, name)
    click.echo(f"Made {several(retried, 'dead change')} of {name} pending again.")


@subscribers.command()
@click.argument("name")
def backfill(name: str) -> None:
    """Deliver all journeys of the log to the subscriber NAME again, from the first."""
    with opened_log(read_settings(), writes=True) as log:
        restart_backfill(log.database, name)
    click.echo(f"All journeys will be delivered to {name} again. `wizard subscribers` shows how far that is.")


@subscribers.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove the subscriber NAME, which no setting asks for any more, with all that is pending for it."""
    settings = read_settings()
    if name in {each.name for each in registry.subscribers_of(settings)}:
        raise StillAskedFor(f"NAME: given {name!r}, which the settings ask for; unset it on all servers first")
    with opened_log(settings, writes=True) as log:
        remove_subscriber(log.database, name)
    click.echo(f"Removed {name}.")


def _subscriber(settings: Settings, name: str) -> Subscriber:
    found = {each.name: each for each in registry.subscribers_of(settings)}
    if name not in found:
        allowed = f"allowed: {', '.join(sorted(found))}" if found else "the settings ask for no subscriber"
        raise NotAskedFor(f"NAME: given {name!r}; {allowed}")
    return found[name]


def _account(log: Log, name: str) -> SubscriberAccount:
    return next(each for each in read_subscriber_accounts(log.database) if each.name == name)


def _state(account: SubscriberAccount, journeys: int, *, is_wanted: bool) -> str:
    """What the subscriber is doing, in words."""
    if not is_wanted:
        return "no setting asks for it (`wizard subscribers remove` removes it)"
    if account.failing_since_ms is not None:
        return f"failing for {_duration(account.failing_ms(system_ms()))}: {account.last_error}"
    if account.is_backfilling:
        return f"backfill: {account.backfilled:,} of {several(journeys, 'journey')}"
    return "refused changes" if account.dead else "ok"


def _cells(account: SubscriberAccount, state: str) -> tuple[str, ...]:
    numbers = (account.due, account.delivered, account.pending, account.dead)
    return (account.name, *(f"{number:,}" for number in numbers), _duration(account.lag_ms(system_ms())), state)


def _duration(duration_ms: int) -> str:
    """A duration in whole seconds, minutes, hours or days."""
    for unit, unit_ms in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000)):
        if duration_ms >= 2 * unit_ms:
            return f"{duration_ms // unit_ms} {unit}"
    return f"{max(duration_ms, 0) // 1000} s"
