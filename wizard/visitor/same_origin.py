"""Refuses posts from other sites. Visitors have no cookie to steal; this keeps forged answers out of the log."""

import logging

from flask import request
from werkzeug.exceptions import Forbidden

from wizard.setting_parsers import origin
from wizard.visitor.services import services
from wizard.web.origins import asked_origin
from wizard.web.rare_warning import RareWarning

REFUSED = RareWarning(logging.getLogger("wizard"))


def refuse_cross_site_posts() -> None:
    """Raise Forbidden (403) for a post that is not from one of our pages.

    `Sec-Fetch-Site`, which no page can forge, must say `same-origin`. Where it is absent (plain HTTP, old
    browsers), `Origin` must be our own, or absent too; a sandbox without an origin sends `null`, which is not.
    """
    if request.method != "POST":
        return
    site, sender = request.environ.get("HTTP_SEC_FETCH_SITE"), request.environ.get("HTTP_ORIGIN")
    if site is None:
        if sender is None or sender in (services().own_origin(), asked_origin()):
            return
        _warn(sender)
    elif site == "same-origin":
        return
    raise Forbidden


def _warn(sender: str) -> None:
    """Log that an answer is refused: behind a proxy that does not pass on `Host`, all of them are."""
    try:
        given = origin(sender)
    except ValueError:
        return
    REFUSED.log(
        "an answer was refused: it came from %s, and this server is %s; if visitors see the former, "
        "set WIZARD_PUBLIC_URL to it, with its path if it has one, or let the proxy pass on the visitor's Host",
        given,
        services().own_origin(),
    )
