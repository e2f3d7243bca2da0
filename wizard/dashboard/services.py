"""What only the dashboard uses, kept beside the application's services."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, current_app

from wizard.dashboard.access.people import People
from wizard.dashboard.access.sign_ins import SignIns
from wizard.dashboard.sharing.shared_views import SharedViews
from wizard.web.services import services

if TYPE_CHECKING:
    from wizard.openid.client import OpenIDClient

OPENID = "wizard.openid"
SIGN_INS, PEOPLE, SHARED_VIEWS, SNIPPET = "wizard.sign_ins", "wizard.people", "wizard.shared_views", "wizard.snippet"


def add_services(app: Flask, snippet_at: Callable[[str], str]) -> None:
    """Make what the dashboard of `app` uses; `snippet_at` gives the HTML that embeds the wizard at an address."""
    shared = services(app)
    app.extensions[SIGN_INS] = SignIns(shared.log.database, shared.keys, shared.clock)
    app.extensions[PEOPLE] = People(shared.log.database, shared.clock)
    app.extensions[SHARED_VIEWS] = SharedViews(shared.log.database, shared.keys, shared.clock)
    app.extensions[SNIPPET] = snippet_at
    if shared.settings.oidc_issuer:
        from wizard.openid.client import OpenIDClient  # a large import, for what not every server has

        app.extensions[OPENID] = OpenIDClient(shared.settings, shared.clock)


def sign_ins(app: Flask = current_app) -> SignIns:
    """The sign-ins of `app`, by default the current application."""
    found: SignIns = app.extensions[SIGN_INS]
    return found


def people(app: Flask = current_app) -> People:
    """The people of `app`, by default the current application."""
    found: People = app.extensions[PEOPLE]
    return found


def openid_client(app: Flask = current_app) -> "OpenIDClient | None":
    """The client of the OpenID provider of `app`, by default the current application; None without a provider."""
    found: OpenIDClient | None = app.extensions.get(OPENID)
    return found


def provider_name() -> str:
    """What pages call the OpenID provider; "" without one."""
    settings = services().settings
    return settings.oidc_name or urlsplit(settings.oidc_issuer or "").netloc


def shared_views(app: Flask = current_app) -> SharedViews:
    """The links to views of `app`, by default the current application."""
    found: SharedViews = app.extensions[SHARED_VIEWS]
    return found


def dashboard_origin() -> str:
    """The origin where colleagues reach the dashboard: that of the settings, or else of the current request."""
    made = services()
    return made.settings.dashboard_url or made.own_origin()


def snippet() -> str:
    """The HTML that embeds the wizard, at the address where visitors reach it."""
    return str(current_app.extensions[SNIPPET](services().own_address()))


def visitor_page(path: str) -> str:
    """The address of a visitor's page: an absolute one where the dashboard's origin has none of them."""
    made = services()
    return f"{made.own_address()}{path}" if made.settings.has_own_dashboard_origin else path
