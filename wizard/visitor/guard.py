"""Refuses posts that another site has sent. There is no cookie to steal; this keeps forged answers out of the log."""

from flask import request
from werkzeug.exceptions import Forbidden

from wizard.origins import asked_origin
from wizard.visitor.services import services


def refuse_cross_site_posts() -> None:
    """Raise Forbidden (403) for a post that does not come from one of our own pages.

    `Sec-Fetch-Site`, which no page can forge, must say `same-origin`. Where it is absent (plain HTTP, old
    browsers), `Origin` must be our own, or absent too; a sandbox without an origin sends `null`, which is not.
    """
    if request.method != "POST":
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    own = {asked_origin(), services().own_origin()}
    allowed = site == "same-origin" if site is not None else origin is None or origin in own
    if not allowed:
        raise Forbidden
