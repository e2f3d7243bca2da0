"""Renders the dashboard's pages, with their stylesheet, the site's name and who is signed in."""

from http import HTTPStatus

from flask import Response, make_response, render_template

from wizard.dashboard.access.forms import SignOutForm
from wizard.dashboard.access.roles import may
from wizard.dashboard.services import provider_name, visitor_page
from wizard.dashboard.session import colleague
from wizard.maintenance.export import FORMATS
from wizard.web.csp import allow
from wizard.web.services import services

LIVE_DIRECTIVES = ("script-src", "connect-src")
"""What the policy of a live page must allow besides its stylesheet: its script, and fetching itself again."""

MAX_LOCATION_CHARACTERS = 6000
"""Longer addresses are not redirected to: proxies limit the size of a redirect's headers (docs/deploy.md)."""


def live_page(template: str, **values: object) -> Response:
    """A `page` whose template loads dashboard.js."""
    for directive in LIVE_DIRECTIVES:
        allow(directive, "'self'")
    return page(template, HTTPStatus.OK, **values)


def page(template: str, status: int = HTTPStatus.OK, **values: object) -> Response:
    """The page of `template`, which extends `dashboard/base.html`, with `values`."""
    allow("style-src", "'self'")
    email = colleague()
    text = render_template(
        template,
        **values,
        export_formats=FORMATS,
        site=services().title(),
        colleague=email,
        may=may,
        provider=provider_name(),
        builder=visitor_page("/embed"),
        sign_out=SignOutForm() if email else None,
    )
    return make_response(text, status)
