"""The published versions: their list, what each changed, rolling back; and the history of each text."""

from http import HTTPStatus

from flask import Blueprint, Response, redirect, request, session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from wizard.dashboard.access.roles import may, needs
from wizard.dashboard.pages import page
from wizard.dashboard.session import colleague
from wizard.drafts.model import KEY, KEY_CHARACTERS, TextRefused
from wizard.drafts.publish import NOTE_CHARACTERS, Publication, PublishRefused
from wizard.studio.changed_texts import Sides, Viewer
from wizard.studio.publish_forms import RollBackForm
from wizard.studio.publishing import publisher, publishers, read, read_number
from wizard.studio.text_history import read_text_history
from wizard.studio.versions import SAID, VersionView, name_in_text, name_of, read_list, read_one
from wizard.web import csp
from wizard.web.areas import STUDIO
from wizard.web.services import services

VERSIONS = f"{STUDIO}/versions"

blueprint = Blueprint("history", __name__)


@blueprint.get(VERSIONS)
@needs("editor")
def every() -> Response:
    """The published versions, the newest first, a page at a time."""
    before = read_number(request.args.get("before"))
    view = read(lambda connection: read_list(connection, before))
    return page(
        "studio/versions.html", view=view, form=RollBackForm(newest=view.newest), zone=services().settings.time_zone.key
    )


@blueprint.get(f"{VERSIONS}/<number>")
@needs("editor")
def one(number: str) -> Response:
    """A version: what it changed, or how it differs from another one; 0 is the installation's files."""
    return _version_page(number)


@blueprint.post(f"{VERSIONS}/<number>/roll-back")
@needs("publisher")
def roll_back(number: str) -> Response | AnyResponse:
    """Publish the texts of a version again, and show the new version."""
    form = RollBackForm(submitted=True)
    newest = read_number(form.newest.data)
    if not form.validate() or newest is None:
        return page("dashboard/bad-form.html", HTTPStatus.BAD_REQUEST, again=VERSIONS, is_secure=True)
    note = form.note.data or ""
    try:
        version = publisher().roll_back(_known(number), Publication(note, colleague() or "", newest))
    except PublishRefused as refused:
        return _version_page(number, note, refused.lines, HTTPStatus.CONFLICT)
    except TextRefused as refused:
        return _version_page(number, note, (str(refused),), HTTPStatus.BAD_REQUEST)
    session[SAID] = version
    return redirect(f"{VERSIONS}/{version}", HTTPStatus.SEE_OTHER)


@blueprint.get(f"{STUDIO}/texts/<key>")
@needs("editor")
def text(key: str) -> Response:
    """The history of a text: what each version changed, in each language."""
    if len(key) > KEY_CHARACTERS or not KEY.fullmatch(key):
        raise NotFound
    locale = request.args.get("locale", "")
    view = read(lambda connection: read_text_history(connection, key, locale))
    if view is None:
        raise NotFound
    return page("studio/text.html", view=view, zone=services().settings.time_zone.key)


def _version_page(
    number: str, note: str = "", refused: tuple[str, ...] = (), status: HTTPStatus = HTTPStatus.OK
) -> Response:
    """The page of a version; `refused` says why a rollback to it with `note` was not possible."""
    known, against = _known(number), read_number(request.args.get("against"))
    view = read(lambda connection: read_one(connection, known, against))
    if view is None:
        raise NotFound
    for directive in ("frame-src", "script-src"):
        csp.allow(directive, "'self'")
    sides = _sides(view)
    return page(
        "studio/version.html",
        status,
        view=view,
        name=name_of(view.number),
        name_in_text=name_in_text,
        sides=sides,
        places=Viewer(sides).places(view.changes),
        said=session.pop(SAID, None) == view.number,
        form=RollBackForm(note=note, newest=view.newest),
        publishers=[] if may("publisher") else publishers(),
        most=NOTE_CHARACTERS,
        refused=refused,
        zone=services().settings.time_zone.key,
    )


def _sides(view: VersionView) -> Sides:
    own = f"{VERSIONS}/{view.number}/preview"
    if view.against is None:
        return Sides("", name_of(view.number), "", own)
    return Sides(name_of(view.against), name_of(view.number), f"{VERSIONS}/{view.against}/preview", own)


def _known(number: str) -> int:
    """The number in an address. Raises NotFound."""
    found = read_number(number)
    if found is None:
        raise NotFound
    return found
