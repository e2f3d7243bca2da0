"""The table of authorisation: every route of the dashboard and the studio, and the role that it needs.

A new route goes in here, with an address that it answers. Tests fail until it is there.
"""

from collections.abc import Mapping
from typing import NamedTuple

from flask import Flask
from sqlalchemy import insert
from visits import Visitor

from wizard.app import recorder_of
from wizard.dashboard.access.roles import Role
from wizard.storage.studio_tables import drafts

EDITOR = "editor@example.com"


class Route(NamedTuple):
    """An address of an endpoint, and the least role that it needs."""

    path: str
    role: Role


ROUTES: Mapping[str, Route] = {
    "growth.overview": Route("/growth", "viewer"),
    "growth.journeys.every": Route("/growth/journeys", "viewer"),
    "growth.journeys.one": Route("/growth/journeys/known", "viewer"),
    "growth.journeys.export": Route("/growth/export/journeys.csv", "viewer"),
    "growth.notes.every": Route("/growth/notes", "viewer"),
    "growth.notes.add": Route("/growth/notes", "viewer"),
    "growth.notes.change": Route("/growth/notes/known", "viewer"),
    "growth.notes.remove": Route("/growth/notes/known/remove", "viewer"),
    "growth.access.leave": Route("/growth/sign-out", "viewer"),
    "growth.sharing.every": Route("/growth/shared", "viewer"),
    "growth.sharing.make": Route("/growth/shared", "viewer"),
    "growth.sharing.revoke": Route("/growth/revoke-shared", "viewer"),
    "studio.overview.show": Route("/studio", "editor"),
    "studio.overview.begin": Route("/studio/drafts", "editor"),
    "studio.overview.rename": Route("/studio/drafts/known/rename", "editor"),
    "studio.overview.discard": Route("/studio/drafts/known/discard", "editor"),
    "studio.overview.reopen": Route("/studio/drafts/known/reopen", "editor"),
    "studio.editor.edit": Route("/studio/drafts/known", "editor"),
    "studio.editor.save": Route("/studio/drafts/known/texts", "editor"),
    "studio.editor.undo": Route("/studio/drafts/known/undo", "editor"),
    "studio.editor.current": Route("/studio/drafts/known/current", "editor"),
    "studio.editor.reviewed": Route("/studio/drafts/known/reviewed", "editor"),
    "studio.po.export": Route("/studio/drafts/known/de.po", "editor"),
    "studio.po.import_": Route("/studio/drafts/known/po", "editor"),
    "studio.people.every": Route("/studio/people", "admin"),
    "studio.people.invite": Route("/studio/people", "admin"),
    "studio.people.change_role": Route("/studio/people/role", "admin"),
    "studio.people.sign_out": Route("/studio/people/sign-out", "admin"),
    "studio.people.remove": Route("/studio/people/remove", "admin"),
    "studio.preview.published": Route("/studio/preview", "editor"),
    "studio.preview.of_draft": Route("/studio/drafts/known/preview", "editor"),
    "studio.audit.entries": Route("/studio/audit", "admin"),
    "studio.review.show": Route("/studio/drafts/known/review", "editor"),
    "studio.review.publish": Route("/studio/drafts/known/publish", "publisher"),
    "studio.history.every": Route("/studio/versions", "editor"),
    "studio.history.one": Route("/studio/versions/0", "editor"),
    "studio.preview.of_version": Route("/studio/versions/0/preview", "editor"),
    "studio.history.roll_back": Route("/studio/versions/0/roll-back", "publisher"),
    "studio.history.text": Route("/studio/texts/questions.who.title", "editor"),
}
"""By endpoint: what needs a session."""

PUBLIC: Mapping[str, str] = {
    "growth.access.offer": "/growth/sign-in",
    "growth.access.use": "/growth/sign-in",
    "growth.openid.begin": "/growth/sign-in/oidc",
    "growth.openid.finish": "/growth/sign-in/callback",
    "growth.openid.ended": "/growth/signed-out",
    "growth.sharing.show": "/growth/shared/token",
}
"""An address of each endpoint that needs no session."""


def add_known(app: Flask) -> None:
    """Store what the addresses of `ROUTES` name, so that none of them is unknown."""
    log = recorder_of(app).log
    log.append(Visitor(journey_id="known").arrive().events)
    draft = {"draft_id": "known", "title": "Known", "state": "open", "made_by": EDITOR, "changed_by": EDITOR}
    with log.database.writer.begin() as connection:
        connection.execute(insert(drafts).values(**draft, made_ms=0, changed_ms=0))
