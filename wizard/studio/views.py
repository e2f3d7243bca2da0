"""The studio's blueprint: every route under `/studio`, behind the dashboard's guard."""

from flask import Blueprint, Flask, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, NotFound

from wizard.dashboard import problems
from wizard.dashboard.access.guard import SIGNED_OUT
from wizard.drafts.model import DraftError
from wizard.studio import (
    audit_views,
    draft_problems,
    editor_views,
    history_views,
    overview_views,
    people_views,
    po_views,
    preview_views,
    review_views,
)
from wizard.studio.unsaved import signed_out

PARTS = (
    audit_views,
    editor_views,
    history_views,
    overview_views,
    people_views,
    po_views,
    preview_views,
    review_views,
)

blueprint = Blueprint("studio", __name__)
blueprint.register_error_handler(HTTPException, problems.on_http_error)
blueprint.register_error_handler(SQLAlchemyError, problems.on_unreadable)
blueprint.register_error_handler(DraftError, draft_problems.on_draft_error)
for part in PARTS:
    blueprint.register_blueprint(part.blueprint)


@blueprint.before_request
def refuse_nul() -> None:
    """Raise NotFound for an address with a NUL, which PostgreSQL has in no text, and takes as an error."""
    if any("\0" in value for value in (request.view_args or {}).values()):
        raise NotFound


def init_app(app: Flask) -> None:
    """Serve the studio from `app`, which has the dashboard already."""
    app.extensions[SIGNED_OUT] = {"studio.editor.save": signed_out}
    app.register_blueprint(blueprint)
