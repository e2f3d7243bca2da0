"""Reads the overview of a selection, and makes what its templates show."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from wizard.analytics.overview import read_overview
from wizard.analytics.selection import read_selection
from wizard.dashboard.charts import Moment, draw_trend, funnel, trend_of
from wizard.dashboard.labels import Names
from wizard.dashboard.overview.view import Setting, view_of
from wizard.dashboard.overview.view_links import Links, read_asked
from wizard.web.services import services


def read_links(given: MultiDict[str, str], zone: ZoneInfo, now_ms: int) -> tuple[Links, tuple[str, ...]]:
    """The overview that an address asks for, and a line for each part that can't be read and is left out."""
    reading = read_selection(given, zone, now_ms)
    asked, unread = read_asked(given)
    return Links(reading.selection, asked), (*reading.problems, *unread)


def overview_values(links: Links) -> Mapping[str, Any]:
    """The view and the charts for the selection of `links`, whose addresses they have. Raises SQLAlchemyError."""
    current = services()
    zone, now_ms = current.settings.time_zone, current.clock()
    names = Names(current.wording())
    found = read_overview(
        current.log.database,
        links.selection,
        zone,
        current.flow,
        current.strategy,
        wanted=links.asked.wanted(),
        now_ms=now_ms,
    )
    allowed, embed_origins = current.embed_origins(), current.settings.embed_origins
    setting = Setting(zone, now_ms, current.recorder.is_behind(), allowed, embed_origins)
    return {
        "view": view_of(found, links, names, current.flow, setting),
        "funnel": funnel(found, names, links),
        "trend": draw_trend(trend_of(found, links.asked.metric, Moment(zone, now_ms), links.days)),
    }
