"""The page of people: who may sign in, with which role; makes sign-in links, changes roles, and removes people."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, session
from werkzeug.wrappers import Response as AnyResponse

from wizard.dashboard.access.forms import DashboardForm
from wizard.dashboard.access.invitations import InvitationError, address_of, read_email
from wizard.dashboard.access.people import Person
from wizard.dashboard.access.role_changes import LastAdmin
from wizard.dashboard.access.roles import MEANINGS, ROLES, Role, known_role, needs
from wizard.dashboard.labels import moment
from wizard.dashboard.pages import page
from wizard.dashboard.services import dashboard_origin, people, sign_ins
from wizard.dashboard.session import colleague
from wizard.studio.people_forms import USUAL_HOURS, VALID_HOURS, InviteForm, PersonForm, RoleForm
from wizard.web.areas import STUDIO
from wizard.web.csp import allow
from wizard.web.services import services

PAGE = f"{STUDIO}/people"
MADE, SAID = "link_made", "said"
"""The keys of the session: the id of a link that is to be shown, once; what was done, to be said once."""

blueprint = Blueprint("people", __name__)


@dataclass(frozen=True, slots=True)
class Row:
    """A person in the list: `changed` and `last` are None where there is no such time."""

    person: Person
    changed: datetime | None
    last: datetime | None
    is_own: bool


@blueprint.get(PAGE)
@needs("admin")
def every() -> Response:
    """Everybody, by address; a link that was just made is shown with its address."""
    return _page(InviteForm())


@blueprint.post(PAGE)
@needs("admin")
def invite() -> Response | AnyResponse:
    """Make a sign-in link, and redirect to the page, which shows it."""
    form = InviteForm(submitted=True)
    if not form.validate():
        return _bad_form()
    try:
        email = read_email(form.email.data or "", "E-mail")
    except InvitationError as error:
        return _page(form, problem=str(error))
    token = sign_ins().invite(email, int(form.hours.data or USUAL_HOURS), known_role(form.role.data or ""), _own())
    session[MADE] = token.rpartition(".")[0]
    return redirect(PAGE, HTTPStatus.SEE_OTHER)


@blueprint.post(f"{PAGE}/role")
@needs("admin")
def change_role() -> Response | AnyResponse:
    """Give a person another role."""
    form = RoleForm(submitted=True)
    email = _listed(form)
    if email is None:
        return _bad_form()
    role: Role = known_role(form.role.data or "")
    try:
        people().set_role(email, role, _own())
    except LastAdmin as error:
        return _page(InviteForm(), refused=str(error))
    return _done(f"{email} has the role {role} now.")


@blueprint.post(f"{PAGE}/sign-out")
@needs("admin")
def sign_out() -> Response | AnyResponse:
    """End the sessions and unused links of a person, who stays one."""
    email = _listed(PersonForm(submitted=True))
    if email is None:
        return _bad_form()
    ended = sign_ins().end_all(email, _own())
    return _done(f"{email} is signed out. Sessions ended: {ended.sessions}; unused links revoked: {ended.links}.")


@blueprint.post(f"{PAGE}/remove")
@needs("admin")
def remove() -> Response | AnyResponse:
    """Remove a person, and end their sessions and unused links."""
    email = _listed(PersonForm(submitted=True))
    if email is None:
        return _bad_form()
    if email == _own():
        return _page(InviteForm(), refused="Nobody can remove themselves. Another admin can remove you.")
    try:
        removed = people().remove(email, _own())
    except LastAdmin as error:
        return _page(InviteForm(), refused=str(error))
    return _done(f"{email} is removed." if removed else f"{email} was removed before.")


def _page(form: InviteForm, *, problem: str = "", refused: str = "") -> Response:
    """The page. `problem` is of the address in `form`; `refused` says why something else was not done."""
    zone = services().settings.time_zone
    made = str(session.pop(MADE, ""))
    link = sign_ins().link(made) if made else None
    if link:
        allow("script-src", "'self'")
    return page(
        "studio/people.html",
        HTTPStatus.BAD_REQUEST if problem or refused else HTTPStatus.OK,
        rows=[_row(person, zone) for person in people().all()],
        roles=[(role, MEANINGS[role]) for role in ROLES],
        hours=VALID_HOURS,
        form=form,
        problem=problem,
        refused=refused,
        said=session.pop(SAID, ""),
        link=link,
        expires=moment(link.expires_ms, zone) if link else None,
        address=address_of(dashboard_origin(), sign_ins().token(made)) if link else "",
        zone=zone.key,
    )


def _row(person: Person, zone: ZoneInfo) -> Row:
    changed, last = (moment(ms, zone) if ms else None for ms in (person.changed_ms, person.last_ms))
    return Row(person, changed, last, is_own=person.email == _own())


def _listed(form: DashboardForm) -> str | None:
    """The address of a form for one person; None if it can't be used."""
    if not form.validate():
        return None
    try:
        return read_email(form.email.data or "")
    except InvitationError:
        return None


def _own() -> str:
    return colleague() or ""


def _done(said: str) -> AnyResponse:
    session[SAID] = said
    return redirect(PAGE, HTTPStatus.SEE_OTHER)


def _bad_form() -> Response:
    return page("dashboard/bad-form.html", HTTPStatus.BAD_REQUEST, again=PAGE, is_secure=True)
