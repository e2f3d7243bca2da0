"""The dashboard's blueprint: every route under `/growth`, behind the guard."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, redirect, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from wizard.dashboard import concurrency_limit, problems
from wizard.dashboard.access import cookie, guard, openid_views
from wizard.dashboard.access import views as access
from wizard.dashboard.access.roles import needs
from wizard.dashboard.journeys import views as journeys
from wizard.dashboard.labels import moment
from wizard.dashboard.notes import views as notes
from wizard.dashboard.notes.forms import NoteForm
from wizard.dashboard.overview.page_values import read_links, read_view
from wizard.dashboard.overview.view_links import Links, canonical, parameters
from wizard.dashboard.pages import MAX_LOCATION_CHARACTERS, live_page
from wizard.dashboard.services import add_services, snippet
from wizard.dashboard.sharing import views as sharing
from wizard.dashboard.sharing.described import offer_of
from wizard.storage.readings import FiguresUnavailable
from wizard.web.areas import is_for_dashboard, is_for_shared_view
from wizard.web.csp import allows_own_frames, refuse_frames
from wizard.web.services import services

blueprint = Blueprint("growth", __name__)
blueprint.register_error_handler(HTTPException, problems.on_http_error)
blueprint.register_error_handler(SQLAlchemyError, problems.on_unreadable)
blueprint.register_error_handler(FiguresUnavailable, problems.on_unavailable)
blueprint.register_blueprint(access.blueprint)
blueprint.register_blueprint(openid_views.blueprint)
blueprint.register_blueprint(journeys.blueprint)
blueprint.register_blueprint(notes.blueprint)
blueprint.register_blueprint(sharing.blueprint)


def init_app(app: Flask, snippet_at: Callable[[str], str]) -> None:
    """Serve the dashboard from `app`; `snippet_at` gives the HTML that embeds the wizard at an address.

    Whatever else of `app` should only see requests that were let in must be added after this.
    """
    add_services(app, snippet_at)
    cookie.init_app(app)
    app.before_request(guard.admit)
    concurrency_limit.init_app(app)
    app.after_request(_finish)
    app.register_blueprint(blueprint)


def _finish(response: Response) -> Response:
    return _private(response) if is_for_dashboard(request.path) else response


def _private(response: Response) -> Response:
    """`response` with headers that keep it out of caches, search engines and frames, errors included."""
    if not (is_for_own_frames := allows_own_frames()):
        refuse_frames()
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Frame-Options"] = "SAMEORIGIN" if is_for_own_frames else "DENY"
    response.headers["X-Robots-Tag"] = "noindex"
    if is_for_shared_view(request.path):  # its address is what lets in
        response.headers["Referrer-Policy"] = "no-referrer"
    response.vary.add("Cookie")
    return response


@blueprint.get("/growth")
@needs("viewer")
def overview() -> Response | AnyResponse:
    """The overview. An address that is longer than its canonical form is redirected to that."""
    current = services()
    zone, now_ms = current.settings.time_zone, current.clock()
    links, unread = read_links(request.args, zone, now_ms)
    shown = (links.selection, links.asked)
    if request.args and not unread and list(request.args.items(multi=True)) != parameters(*shown):
        shorter = canonical(*shown)
        if len(shorter) <= MAX_LOCATION_CHARACTERS:
            return redirect(shorter, 303)
    return live_page(
        "dashboard/overview.html",
        view=read_view(links),
        note_form=_note_form(links, zone, now_ms),
        share=offer_of(links),
        problems=unread,
        snippet=snippet(),
    )


def _note_form(links: Links, zone: ZoneInfo, now_ms: int) -> NoteForm:
    """The form for a note of today, or else of the span's last day."""
    span, today = links.selection.span, moment(now_ms, zone).date()
    day = today if span.first <= today <= span.last else span.last
    return NoteForm(day=day.isoformat(), view=links.overview().partition("?")[2])
