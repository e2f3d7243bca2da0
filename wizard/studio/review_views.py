"""The review of a draft: what publishing it would change; and the form that publishes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, redirect, session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from wizard.dashboard.access.roles import may, needs
from wizard.dashboard.labels import plural
from wizard.dashboard.pages import page
from wizard.dashboard.session import colleague
from wizard.drafts.applied import Problems
from wizard.drafts.model import Draft, TextRefused, UnknownDraft
from wizard.drafts.publish import NOTE_CHARACTERS, Publication, PublishRefused
from wizard.drafts.review import Review
from wizard.drafts.store import Drafts
from wizard.languages import english_name
from wizard.studio.changed_texts import Sides, Viewer, anchor_of, of_review
from wizard.studio.publish_forms import PublishForm
from wizard.studio.publishing import publisher, publishers, read_number
from wizard.studio.versions import SAID, name_of
from wizard.web import csp
from wizard.web.areas import STUDIO
from wizard.web.services import services

blueprint = Blueprint("review", __name__)


@dataclass(frozen=True, slots=True)
class Line:
    """A text with what is said of it, and the address of it in the editor."""

    language: str
    key: str
    line: str
    href: str


@blueprint.get("/studio/drafts/<draft_id>/review")
@needs("editor")
def show(draft_id: str) -> Response | AnyResponse:
    """What publishing a draft would change; of a published one, the version."""
    draft = draft_of(draft_id)
    if draft.state == "published":
        return redirect(f"{STUDIO}/versions/{draft.published_number}", HTTPStatus.SEE_OTHER)
    return _page(draft)


@blueprint.post("/studio/drafts/<draft_id>/publish")
@needs("publisher")
def publish(draft_id: str) -> Response | AnyResponse:
    """Publish a draft, and show the new version. What stops it is said on the page of the review."""
    form = PublishForm(submitted=True)
    number = read_number(form.number.data)
    if not form.validate() or number is None:
        return page("dashboard/bad-form.html", HTTPStatus.BAD_REQUEST, again=STUDIO, is_secure=True)
    note = form.note.data or ""
    publication = Publication(note, colleague() or "", number, form.changes.data or "")
    try:
        version = publisher().publish(draft_of(draft_id).draft_id, publication)
    except PublishRefused as refused:
        return _page(draft_of(draft_id), note, refused.lines, HTTPStatus.CONFLICT)
    except TextRefused as refused:
        return _page(draft_of(draft_id), note, [str(refused)], HTTPStatus.BAD_REQUEST)
    session[SAID] = version
    return redirect(f"{STUDIO}/versions/{version}", HTTPStatus.SEE_OTHER)


def draft_of(draft_id: str) -> Draft:
    """The draft, whatever its state. Raises NotFound."""
    current = services()
    try:
        return Drafts(current.log.database, current.clock).get(draft_id)
    except UnknownDraft as error:
        raise NotFound from error


def _page(draft: Draft, note: str = "", refused: Sequence[str] = (), status: HTTPStatus = HTTPStatus.OK) -> Response:
    """The page of the review; `refused` says why a publish with `note` was not possible."""
    found = publisher().review(draft.draft_id)
    path = f"{STUDIO}/drafts/{draft.draft_id}"
    edit_path = path if draft.state == "open" else ""
    sides = Sides(name_of(found.number), "This draft", f"{STUDIO}/preview", f"{path}/preview", edit_path)
    viewer = Viewer(sides)
    for directive in ("frame-src", "script-src"):
        csp.allow(directive, "'self'")
    return page(
        "studio/review.html",
        status,
        draft=draft,
        path=path,
        review=found,
        sides=sides,
        places=viewer.places(of_review(found.texts)),
        summary=summary_of(found),
        stopping=_problem_lines(found.stopping, viewer),
        remaining=_problem_lines(found.remaining, viewer),
        conflicts=[
            Line(english_name(text.locale), text.key, "", f"#{anchor_of(*text.id)}") for text in found.conflicts
        ],
        stale=[Line(english_name(locale), key, "", viewer.edit_href(locale, key)) for locale, key in found.goes_stale],
        shown=[english_name(locale) for locale in found.shown],
        no_longer_shown=[english_name(locale) for locale in found.no_longer_shown],
        publishers=[] if may("publisher") else publishers(),
        form=PublishForm(note=note, number=found.number, changes=found.fingerprint),
        most=NOTE_CHARACTERS,
        refused=refused,
    )


def summary_of(found: Review) -> str:
    """How many texts change, and in which languages: 3 texts in English, German and French."""
    names = list(dict.fromkeys(english_name(text.locale) for text in found.texts))
    if not names:
        return "No changes"
    count = len(found.texts)
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{count:,} {plural(count, 'text')} in {listed}"


def _problem_lines(found: Problems, viewer: Viewer) -> list[Line]:
    return [
        Line(english_name(locale), key, line, viewer.edit_href(locale, key))
        for (locale, key), lines in found.items()
        for line in lines
    ]
