"""However many colleagues read at once, a worker's other threads stay free for visitors."""

import threading
from functools import partial

import pytest
from dashboard_sign_in import signed_in
from flask import Flask, Response
from support import Client, Page, client_of

from wizard.dashboard import concurrency_limit
from wizard.dashboard.access.roles import needs
from wizard.dashboard.journeys.exporting import AT_ONCE
from wizard.dashboard.pages import page
from wizard.web.areas import is_for_dashboard

WAIT_SECONDS = 10
SLOW = ("growth.overview", "growth.journeys.every", "growth.journeys.one", "growth.sharing.show")
BY_PROVIDER = {"growth.openid.begin", "growth.openid.finish"}


class Reader(threading.Thread):
    """Somebody whose page takes long: until told to `finish`."""

    def __init__(self, app: Flask, client: Client, endpoint: str = "growth.overview", path: str = "/growth") -> None:
        super().__init__(daemon=True)
        self._client, self._path = client, path
        self._begun, self._finish = threading.Event(), threading.Event()
        self.status = 0
        app.view_functions[endpoint] = needs("viewer")(partial(self._page))
        self.start()
        assert self._begun.wait(WAIT_SECONDS)

    def run(self) -> None:
        self.status = self._client.get(self._path).status_code

    def finish(self) -> None:
        self._finish.set()
        self.join(WAIT_SECONDS)

    def _page(self, **_: str) -> Response:
        self._begun.set()
        self._finish.wait(WAIT_SECONDS)
        return page("dashboard/signed-out.html")


@pytest.fixture
def crowded(app: Flask) -> tuple[Flask, list[Reader]]:
    """As many pages under way as there may be."""
    usual = app.view_functions["growth.overview"]
    readers = [Reader(app, signed_in(app)) for _ in range(concurrency_limit.PAGES_AT_ONCE)]
    app.view_functions["growth.overview"] = usual
    return app, readers


@pytest.mark.parametrize("path", ["/growth", "/growth/journeys", "/growth/journeys/x"])
def test_one_reader_too_many_is_told_to_come_again_and_then_let_in(
    path: str, crowded: tuple[Flask, list[Reader]]
) -> None:
    app, readers = crowded
    colleague = signed_in(app)
    busy = colleague.page(path)
    assert (busy.status, busy.heading) == (503, "The dashboard is busy")
    assert int(busy.response.headers["Retry-After"]) > 0
    readers[0].finish()
    assert colleague.page(path).status in (200, 404)
    for reader in readers[1:]:
        reader.finish()
    assert [reader.status for reader in readers] == [200] * len(readers)


def test_shared_views_never_take_all_the_room_there_is(app: Flask) -> None:
    usual = app.view_functions["growth.sharing.show"]
    readers = [
        Reader(app, client_of(app), "growth.sharing.show", "/growth/shared/x")
        for _ in range(concurrency_limit.SHARED_AT_ONCE)
    ]
    app.view_functions["growth.sharing.show"] = usual
    busy = client_of(app).page("/growth/shared/x")
    assert (busy.status, busy.heading) == (503, "The dashboard is busy")
    assert not busy.all("a")
    colleague = signed_in(app)
    assert [colleague.page("/growth").status for _ in range(2 * concurrency_limit.PAGES_AT_ONCE)] == [200] * (
        2 * concurrency_limit.PAGES_AT_ONCE
    )
    for reader in readers:
        reader.finish()
    assert client_of(app).page("/growth/shared/x").status == 404


def test_a_crowd_keeps_nobody_from_signing_in_or_out_and_visitors_notice_nothing(
    crowded: tuple[Flask, list[Reader]],
) -> None:
    app, readers = crowded
    client = signed_in(app)
    assert client_of(app).page("/").status == 200
    assert client_of(app).page("/growth").status == 401
    form = {"csrf_token": ""}
    assert Page(client.post("/growth/sign-out", data=form)).status == 400  # by its own answer, not for want of room
    for reader in readers:
        reader.finish()


def test_a_page_that_fails_gives_its_room_back(app: Flask) -> None:
    def fail() -> Response:
        raise ZeroDivisionError

    colleague = signed_in(app)
    usual = app.view_functions["growth.overview"]
    app.view_functions["growth.overview"] = needs("viewer")(fail)
    assert [colleague.get("/growth").status_code for _ in range(2 * concurrency_limit.PAGES_AT_ONCE)] == [500] * (
        2 * concurrency_limit.PAGES_AT_ONCE
    )
    app.view_functions["growth.overview"] = usual
    assert colleague.page("/growth").status == 200


def test_whatever_is_not_counted_is_there_and_has_its_own_reason(app: Flask) -> None:
    own = {rule.endpoint for rule in app.url_map.iter_rules() if is_for_dashboard(rule.rule)}
    assert {each for each in own - concurrency_limit.FREE if each.startswith("growth.")} == {*SLOW, *BY_PROVIDER}
    assert own > concurrency_limit.FREE
    at_once = (concurrency_limit.PAGES_AT_ONCE, AT_ONCE, concurrency_limit.BY_PROVIDER_AT_ONCE)
    assert sum(at_once) == concurrency_limit.MOST_THREADS
