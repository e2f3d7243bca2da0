"""Reads the overview of a selection, and makes its view model."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from wizard.analytics.embeds import Embeds, embeds_of
from wizard.analytics.overview import Overview, overview_of
from wizard.analytics.selection import read_selection
from wizard.analytics.signups import Signups, read_signups
from wizard.config import Settings
from wizard.dashboard.labels import Names
from wizard.dashboard.overview.context import Context, Setting, Upkeep
from wizard.dashboard.overview.view import View, view_of
from wizard.dashboard.overview.view_links import Links, read_asked
from wizard.maintenance.retention import days_kept
from wizard.storage.log_state import read_state
from wizard.storage.moment import Moment, Standing
from wizard.web.services import services

_Read = tuple[Overview, Embeds | None, Signups | None, Upkeep | None, Standing | None]
"""What a page is made from, as of one moment."""


def read_links(given: MultiDict[str, str], zone: ZoneInfo, now_ms: int) -> tuple[Links, tuple[str, ...]]:
    """The overview that an address asks for, and a line for each part that can't be read and is left out."""
    reading = read_selection(given, zone, now_ms)
    asked, unread = read_asked(given)
    return Links(replace(reading.selection, as_of_ms=None), asked), (*reading.problems, *unread)


def read_view(links: Links) -> View:
    """The view of the selection of `links`, whose addresses it has. Raises SQLAlchemyError and FiguresUnavailable."""
    current = services()
    zone, now_ms = current.settings.time_zone, current.clock()
    asked, selection = links.asked, links.selection

    def read(moment: Moment) -> _Read:
        flow, strategy, wanted = current.flow, current.strategy, asked.wanted()
        found = overview_of(moment, selection, zone, flow, strategy, wanted=wanted, now_ms=now_ms, show=asked.show)
        embeds = embeds_of(moment.figures, zone, now_ms) if asked.show == "embeds" else None
        signups = read_signups(moment.figures, selection) if asked.show == "signups" else None
        upkeep = _read_upkeep(moment, current.settings) if asked.show == "log" else None
        return found, embeds, signups, upkeep, moment.standing

    found, embeds, signups, upkeep, standing = current.readings.read(read)
    allowed, embed_origins = current.embed_origins(), current.settings.embed_origins
    setting = Setting(zone, now_ms, current.recorder.is_behind(), allowed, embed_origins, standing)
    return view_of(Context(found, links, Names(current.wording()), current.flow, setting, embeds, signups, upkeep))


def _read_upkeep(moment: Moment, settings: Settings) -> Upkeep:
    state = read_state(moment.log)
    return Upkeep(state.backup_ms, days_kept(settings, state))
