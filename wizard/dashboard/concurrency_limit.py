"""Limits concurrent dashboard requests, so that they never take all of a worker's threads."""

from flask import Flask, Response, request

from wizard.dashboard import problems
from wizard.dashboard.access.guard import BY_PROVIDER, SHARED_VIEW, SIGN_IN
from wizard.dashboard.journeys.exporting import AT_ONCE
from wizard.web.areas import is_for_dashboard
from wizard.web.concurrency_limit import ConcurrencyLimit

PAGES_AT_ONCE = 4
BY_PROVIDER_AT_ONCE = 2
"""How many requests may wait for the OpenID provider, which can be slow, and needs no session. They are none of those
pages."""

MOST_THREADS = PAGES_AT_ONCE + AT_ONCE + BY_PROVIDER_AT_ONCE
"""The most threads that the dashboard uses at once in a process: a page of a large log takes seconds, exports more."""

SHARED_AT_ONCE = 2
"""How many of these pages may be shared views, so that these never take the room of signed-in colleagues."""

FREE = SIGN_IN | {
    "growth.access.leave",
    "growth.journeys.export",
    "growth.notes.add",
    "growth.notes.change",
    "growth.notes.every",
    "growth.notes.remove",
    "growth.openid.ended",
    "growth.sharing.every",
    "growth.sharing.make",
    "growth.sharing.revoke",
    "studio.history.every",
    "studio.history.one",
    "studio.history.roll_back",
    "studio.history.text",
    "studio.preview.of_draft",
    "studio.preview.of_version",
    "studio.preview.published",
    "studio.review.publish",
    "studio.review.show",
    "studio.editor.current",
    "studio.editor.reviewed",
    "studio.editor.save",
    "studio.editor.undo",
    "studio.overview.begin",
    "studio.overview.discard",
    "studio.overview.rename",
    "studio.overview.reopen",
    "studio.people.every",
    "studio.people.invite",
    "studio.people.change_role",
    "studio.people.sign_out",
    "studio.people.remove",
}
"""The endpoints without this limit: they read little, or have a limit of their own."""

AGAIN_SECONDS = 5


def init_app(app: Flask) -> None:
    """Answer 503 beyond the maximum of concurrent dashboard pages."""
    limit = ConcurrencyLimit(app, PAGES_AT_ONCE)
    shared = ConcurrencyLimit(app, SHARED_AT_ONCE)
    by_provider = ConcurrencyLimit(app, BY_PROVIDER_AT_ONCE)

    def enter() -> Response | None:
        if not is_for_dashboard(request.path) or request.endpoint in FREE:
            return None
        if request.endpoint in BY_PROVIDER:
            if by_provider.enter():
                return None
        elif (request.endpoint != SHARED_VIEW or shared.enter()) and limit.enter():
            return None
        return problems.busy(
            "The dashboard is busy",
            "Too many pages are being loaded at once. Try again in a few seconds.",
            AGAIN_SECONDS,
        )

    app.before_request(enter)
