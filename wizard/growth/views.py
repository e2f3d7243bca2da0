"""The growth room as a blueprint: what is under `/growth`, behind the guard."""

from collections.abc import Sequence

from flask import Blueprint, Flask, Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from wizard.growth import problems
from wizard.growth.access import cookie, guard
from wizard.growth.access import views as access
from wizard.growth.journeys import views as journeys
from wizard.growth.pages import page
from wizard.growth.room import is_inside, keep_to_ourselves
from wizard.growth.services import EXTENSION, Services

blueprint = Blueprint("growth", __name__)
blueprint.register_error_handler(HTTPException, problems.on_http_error)
blueprint.register_error_handler(SQLAlchemyError, problems.on_unreadable)
blueprint.register_blueprint(access.blueprint)
blueprint.register_blueprint(journeys.blueprint)


def init_app(app: Flask, made: Services, keys: Sequence[str]) -> None:
    """Serve this room from `app`, whose sessions are signed with `keys` (the first signs, all verify).

    What is to see a request only once it has been let in must be added to `app` after this.
    """
    app.extensions[EXTENSION] = made
    cookie.init_app(app, keys)
    app.before_request(guard.admit)
    app.after_request(_finish)
    app.register_blueprint(blueprint)


def _finish(response: Response) -> Response:
    return keep_to_ourselves(response) if is_inside(request.path) else response


@blueprint.get("/growth")
def overview() -> Response:
    """How the wizard does, at a glance."""
    return page("growth/overview.html")
