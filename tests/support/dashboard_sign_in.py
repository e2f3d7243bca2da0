"""Signs in to the dashboard with a link and the button on its page."""

from urllib.parse import urlencode

from flask import Flask
from support import Client, Page, client_of
from werkzeug.test import TestResponse

from wizard.dashboard.access.roles import Role
from wizard.dashboard.access.sign_ins import SignIns
from wizard.dashboard.services import sign_ins

EMAIL = "one@example.com"


def sign_ins_of(app: Flask) -> SignIns:
    """The sign-ins of `app`."""
    return sign_ins(app)


def link(app: Flask, email: str = EMAIL, hours: int = 24, role: Role | None = None) -> str:
    """The path of a new link."""
    return f"/growth/sign-in?{urlencode({'link': sign_ins_of(app).invite(email, hours, role)})}"


def press(client: Client, page: Page, **options: object) -> TestResponse:
    """Press the one button of `page`'s main part."""
    form = page.one("main form")
    fields = {str(field["name"]): str(field["value"]) for field in form.select("input[type=hidden]")}
    return client.post(str(form["action"]), data=fields, **options)


def signed_in(app: Flask, email: str = EMAIL, role: Role | None = None) -> Client:
    """A signed-in client of `app`, which checks every page that it fetches. Its `role` is viewer if none is given."""
    client = client_of(app)
    response = press(client, client.page(link(app, email, role=role)))
    assert (response.status_code, response.headers["Location"]) == (303, "/growth")
    return client
