"""Signing in by the OpenID provider: its start, the return from there, and the page after signing out there."""

import logging
from typing import TYPE_CHECKING

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from wizard.dashboard.access import openid_attempts as attempts
from wizard.dashboard.access.new_session import enter
from wizard.dashboard.access.openid_refusals import UNAVAILABLE, Refusal, filled, refusal_of
from wizard.dashboard.access.openid_sign_ins import store_sign_in
from wizard.dashboard.pages import page
from wizard.dashboard.services import dashboard_origin, openid_client, provider_name
from wizard.openid.attempt import REDIRECT_PATH, SIGNED_OUT_PATH
from wizard.openid.errors import OpenIDRefused, ProviderUnavailable
from wizard.web.logs import request_id
from wizard.web.services import services

if TYPE_CHECKING:
    from wizard.openid.client import OpenIDClient

LOG = logging.getLogger("wizard.growth")
AGAIN_SECONDS = 60

blueprint = Blueprint("openid", __name__)


@blueprint.get("/growth/sign-in/oidc")
def begin() -> Response | AnyResponse:
    """Send the browser to the provider. With `another` in the address, it asks there for another account."""
    client = _client()
    try:
        address, attempt = client.begin(dashboard_origin() + REDIRECT_PATH, asks="another" in request.args)
    except ProviderUnavailable as error:
        return _unavailable(error)
    attempts.keep(attempt, services().clock())
    return redirect(address, 303)


@blueprint.get(REDIRECT_PATH)
def finish() -> Response | AnyResponse:
    """Open a session for who returns from the provider, and redirect to the page that was asked for."""
    client, returned, now_ms = _client(), request.args.to_dict(), services().clock()
    try:
        attempt = attempts.take(returned.get("state", ""), now_ms)
        found = client.finish(returned, attempt, dashboard_origin() + REDIRECT_PATH)
        made = store_sign_in(services().log.database, now_ms, attempt.session_id, found.identity)
    except OpenIDRefused as refused:
        LOG.warning("a sign-in by OpenID Connect was refused", extra={"reason": str(refused)})
        return _page(refusal_of(refused, provider_name()))
    except ProviderUnavailable as error:
        return _unavailable(error)
    onward = enter(made.link_id, found.id_token)
    LOG.info("somebody signed in by OpenID Connect")
    return redirect(onward, 303)


@blueprint.get(SIGNED_OUT_PATH)
def ended() -> Response:
    """The page to which the provider leads back after signing out there."""
    return page("dashboard/signed-out.html")


def sign_out_address(id_token: str) -> str | None:
    """The provider's address that signs out there, too, and leads back here. None if it has none, or is down."""
    client = openid_client()
    try:
        return client.sign_out_address(dashboard_origin() + SIGNED_OUT_PATH, id_token) if client else None
    except ProviderUnavailable as error:
        LOG.warning("the OpenID provider can't be used (%s)", error)
        return None


def _client() -> "OpenIDClient":
    """The client of the provider. Raises NotFound where the settings name none."""
    client = openid_client()
    if client is None:
        raise NotFound
    return client


def _unavailable(error: ProviderUnavailable) -> Response:
    LOG.error("the OpenID provider can't be used (%s)", error)
    shown = _page(filled(UNAVAILABLE, provider_name()))
    shown.headers["Retry-After"] = str(AGAIN_SECONDS)
    return shown


def _page(refusal: Refusal) -> Response:
    return page("dashboard/not-signed-in.html", refusal.status, refusal=refusal, reference=request_id())
