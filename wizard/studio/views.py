"""The studio's blueprint: every route under `/studio`, behind the dashboard's guard."""

from flask import Blueprint, Flask
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from wizard.dashboard import problems
from wizard.studio import (
    audit_views,
    history_views,
    people_views,
    preview_views,
    review_views,
)

PARTS = (
    audit_views,
    history_views,
    people_views,
    preview_views,
    review_views,
)

blueprint = Blueprint("studio", __name__)
blueprint.register_error_handler(HTTPException, problems.on_http_error)
blueprint.register_error_handler(SQLAlchemyError, problems.on_unreadable)
for part in PARTS:
    blueprint.register_blueprint(part.blueprint)


def init_app(app: Flask) -> None:
    """Serve the studio from `app`, which has the dashboard already."""
    app.register_blueprint(blueprint)
