"""Reads the overview of a selection, and makes its view model."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from wizard.analytics.embeds import read_embeds
from wizard.analytics.overview import read_overview
from wizard.analytics.selection import read_selection
from wizard.analytics.signups import read_signups
from wizard.config import Settings
from wizard.dashboard.labels import Names
from wizard.dashboard.overview.context import Context, Setting, Upkeep
from wizard.dashboard.overview.view import View, view_of
from wizard.dashboard.overview.view_links import Links, read_asked
from wizard.maintenance.retention import days_kept
from wizard.storage.database import Database
from wizard.storage.log_state import read_state
from wizard.web.services import services


def read_links(given: MultiDict[str, str], zone: ZoneInfo, now_ms: int) -> tuple[Links, tuple[str, ...]]:
    """The overview that an address asks for, and a line for each part that can't be read and is left out."""
    reading = read_selection(given, zone, now_ms)
    asked, unread = read_asked(given)
    return Links(replace(reading.selection, as_of_ms=None), asked), (*reading.problems, *unread)


def read_view(links: Links) -> View:
    """The view of the selection of `links`, whose addresses it has. Raises SQLAlchemyError."""
    current = services()
    zone, now_ms, database = current.settings.time_zone, current.clock(), current.log.database
    asked = links.asked
    found = read_overview(
        database,
        links.selection,
        zone,
        current.flow,
        current.strategy,
        wanted=asked.wanted(),
        now_ms=now_ms,
        show=asked.show,
    )
    embeds = read_embeds(database, zone, now_ms) if asked.show == "embeds" else None
    signups = None
    if asked.show == "signups":
        with database.snapshot() as connection:
            signups = read_signups(connection, links.selection)
    upkeep = _read_upkeep(database, current.settings) if asked.show == "log" else None
    allowed, embed_origins = current.embed_origins(), current.settings.embed_origins
    setting = Setting(zone, now_ms, current.recorder.is_behind(), allowed, embed_origins)
    return view_of(Context(found, links, Names(current.wording()), current.flow, setting, embeds, signups, upkeep))


def _read_upkeep(database: Database, settings: Settings) -> Upkeep:
    with database.snapshot() as connection:
        state = read_state(connection)
    return Upkeep(state.backup_ms, days_kept(settings, state))
