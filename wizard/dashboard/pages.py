"""Renders the dashboard's pages, with their stylesheet, the site's name and who is signed in."""

from http import HTTPStatus

from flask import Response, make_response, render_template

from wizard.dashboard.access.forms import SignOutForm
from wizard.dashboard.session import colleague
from wizard.web.csp import allow
from wizard.web.services import services

NEEDED = ("script-src", "connect-src")
"""What a live page loads besides its stylesheet: its script, and itself again."""


MAX_LOCATION_CHARACTERS = 6000
"""A longer address is answered as it is: proxies hold only so much of a redirect's headers (docs/deploy.md)."""


def live_page(template: str, **values: object) -> Response:
    """The same as `page`, of a template that loads dashboard.js."""
    for directive in NEEDED:
        allow(directive, "'self'")
    return page(template, HTTPStatus.OK, **values)


def page(template: str, status: int = HTTPStatus.OK, **values: object) -> Response:
    """The page that `template`, which extends `dashboard/base.html`, makes of `values`."""
    allow("style-src", "'self'")
    email = colleague()
    text = render_template(
        template,
        **values,
        site=services().title(),
        colleague=email,
        sign_out=SignOutForm() if email else None,
    )
    return make_response(text, status)
