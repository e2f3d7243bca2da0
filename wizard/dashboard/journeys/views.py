"""The list of journeys, one journey, and exports."""

import logging
import re
from functools import partial
from http import HTTPStatus
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, abort, redirect, request
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from wizard.analytics.quoting import quoted
from wizard.analytics.selection import Reading, Selection, read_selection
from wizard.dashboard.access.roles import needs
from wizard.dashboard.journeys.exporting import LAYOUTS, Busy, Export, begin
from wizard.dashboard.journeys.journey_detail import read_journey
from wizard.dashboard.journeys.listing import LIST, read_listing
from wizard.dashboard.journeys.neighbours import Neighbour
from wizard.dashboard.journeys.paging import FIRST, Place, read_cursor
from wizard.dashboard.journeys.reasons import explained
from wizard.dashboard.journeys.rows import row_anchor, row_in_words
from wizard.dashboard.journeys.timeline import sorted_events, timeline
from wizard.dashboard.labels import Names, duration
from wizard.dashboard.pages import MAX_LOCATION_CHARACTERS, live_page, page
from wizard.dashboard.problems import busy
from wizard.dashboard.session import colleague, session_reference
from wizard.dashboard.standing import notice_of
from wizard.events.labels import GPC_WORDS, sends_gpc
from wizard.intake.timeouts import TIMEOUT_SECONDS, with_timeout
from wizard.maintenance.export import FORMATS
from wizard.storage.audit_log import AuditEntry, record
from wizard.storage.migrate import cause
from wizard.web.logs import request_id
from wizard.web.services import services

LOG = logging.getLogger("wizard.growth")
EXPORTED = "journeys exported"
"""The action in the audit log."""

BUSY_SECONDS = 30
TIMELINE_PAGE = "timeline_page"
PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,8}")

blueprint = Blueprint("journeys", __name__)


@blueprint.get("/growth/journeys")
@needs("viewer")
def every() -> Response | AnyResponse:
    """The journeys of a selection, a page at a time. What an address says at too much length is left out of it."""
    reading, (place, unread) = _asked(), _place()
    selection = reading.selection
    problems = (*reading.problems, *unread)
    said = [*selection.parameters(), *place.parameters().items()]
    if not problems and not set(request.args.items(multi=True)) <= set(said):
        shorter = f"{LIST}?{urlencode(said)}"
        if len(shorter) <= MAX_LOCATION_CHARACTERS:
            return redirect(shorter, HTTPStatus.SEE_OTHER)
    return live_page("dashboard/journeys.html", view=read_listing(services(), selection, place), problems=problems)


@blueprint.get("/growth/journeys/<journey_id>")
@needs("viewer")
def one(journey_id: str) -> Response:
    """One journey: all that happened, where it came from, and what it was recommended, and why."""
    made = services()
    selection, (place, _) = _asked().selection, _place()
    found = read_journey(made.readings, journey_id, selection, place)
    if found is None:
        abort(404)
    names, zone = Names(made.wording()), made.settings.time_zone
    events, query = sorted_events(found.trail), selection.query(**place.parameters())
    neighbours = found.neighbours
    return page(
        "dashboard/journey.html",
        journey=found,
        row=found.row,
        shown=row_in_words(found.row, names, zone),
        timeline=timeline(events, names, zone, _timeline_page()),
        timeline_href=partial(_timeline_href, journey_id, query),
        explained=explained(events, made.flow, made.strategy, names),
        known=[(label, value) for label, value in found.row.labelled() if value],
        unknown=[label for label, value in found.row.labelled() if not value],
        took="" if found.row.elapsed_ms is None else duration(found.row.elapsed_ms),
        gpc=GPC_WORDS if sends_gpc(found.trail) else "",
        is_earlier_flow=found.row.flow_version != made.flow.version,
        is_earlier_wording=found.row.wording_version != made.wording(found.row.locale).version,
        wording=names.value("wording", found.row.wording_version),
        query=query,
        list_href=f"{LIST}?{query}#{quote(row_anchor(journey_id))}",
        newer_href=_neighbour_href(selection, neighbours.newer),
        older_href=_neighbour_href(selection, neighbours.older),
        zone=zone.key,
        notice=notice_of(found.standing, made.clock(), zone),
    )


def _neighbour_href(selection: Selection, neighbour: Neighbour | None) -> str:
    """The address of another journey of the list, with the page that shows it; empty where there is none."""
    if neighbour is None:
        return ""
    return f"{LIST}/{quote(neighbour.journey_id, safe='')}?{selection.query(**neighbour.place.parameters())}"


def _timeline_page() -> int:
    """The page of the timeline that the address asks for; the first, where that can't be read."""
    text = request.args.get(TIMELINE_PAGE, "")
    return int(text) if PAGE_NUMBER.fullmatch(text) else 1


def _timeline_href(journey_id: str, query: str, number: int) -> str:
    """The address of a page of the timeline; the first is the journey's own."""
    more = f"&{TIMELINE_PAGE}={number}" if number > 1 else ""
    return f"{LIST}/{quote(journey_id, safe='')}?{query}{more}"


@blueprint.get("/growth/export/<what>.<form>")
@needs("viewer")
def export(what: str, form: str) -> Response:
    """What is selected, as a file; an address of which a part can't be read gives none, since nobody would be told."""
    if what not in LAYOUTS or form not in FORMATS:
        abort(404)
    reading = _asked()
    if reading.problems:
        abort(400)
    asked = Export(reading.selection, what, form, request_id(), session_reference())
    compressed = request.accept_encodings.quality("gzip") > 0
    response = Response(content_type=FORMATS[form].media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{asked.filename}"'
    if compressed:
        response.headers["Content-Encoding"] = "gzip"
    if request.method != "HEAD":
        try:
            response.response = begin(services().readings, asked, compressed=compressed)
        except Busy:
            return busy("Other exports are running", "Try again once they have finished.", BUSY_SECONDS)
        _record_export(asked)
    return response


def _record_export(asked: Export) -> None:
    """Record in the audit log that this was exported. The export goes on where that can't be stored."""
    current = services()
    entry, now_ms = AuditEntry(colleague() or "", EXPORTED, asked.filename), current.clock()

    def write(connection: Connection) -> None:
        record(connection, now_ms, entry)

    try:
        with_timeout(partial(current.log.database.write, write), TIMEOUT_SECONDS)
    except SQLAlchemyError as error:
        LOG.warning("an export can't be recorded in the audit log (%s)", cause(error))


def _asked() -> Reading:
    """The selection that the address asks for."""
    made = services()
    return read_selection(request.args, made.settings.time_zone, made.clock())


def _place() -> tuple[Place, tuple[str, ...]]:
    """The page that the address asks for; the first, and a line that says so, where that can't be read."""
    for name, is_newer in (("after", False), ("before", True)):
        if text := request.args.get(name, ""):
            try:
                return Place(read_cursor(text), is_newer), ()
            except ValueError:
                return FIRST, (f"{quoted(text)} can't be read as a place in the list. This is its first page",)
    return FIRST, ()
