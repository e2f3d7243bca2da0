"""Reads the log of the server under test."""

from collections.abc import Iterator
from contextlib import contextmanager

from server import Server
from support import ENVIRON

from wizard.config import read_settings
from wizard.events.log import Log
from wizard.events.open_log import open_log
from wizard.events.projection import ordered_by_turn


@contextmanager
def log_of(server: Server) -> Iterator[Log]:
    """The log that the server writes to, once all that happened is in it."""
    server.wait_until_stored()
    folder = server.log.parent
    log = open_log(read_settings({**ENVIRON, "WIZARD_DATABASE_URL": f"sqlite:///{folder}/var/wizard.db"}))
    try:
        yield log
    finally:
        log.database.dispose()


def trail(server: Server, campaign: str) -> list[str]:
    """The events of the visits that came with `campaign`, by turn."""
    with log_of(server) as log:
        events = [event for event in log.read() if event.context.attribution.utm_campaign == campaign]
    return [" ".join([event.name, *filter(None, [getattr(event, "step", "")])]) for event in ordered_by_turn(events)]
