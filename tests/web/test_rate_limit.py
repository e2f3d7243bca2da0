"""What comes too fast from one address is refused, and told when to come again."""

import logging
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conversion_app import Wizard, wizard_at
from flask import Flask
from limits.storage import RedisStorage
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from server import free_port
from support import Client, Page, client_of, counted, settings
from werkzeug.test import TestResponse

from wizard.app import create_app
from wizard.web import rate_limit

ONE, OTHER = "192.0.2.1", "192.0.2.2"
DEADLINE_SECONDS = 30
MADE: list[Flask] = []


class Limited:
    """An application with a limit."""

    def __init__(self, per_minute: int = 3, store: str = "memory://", proxies: int = 0) -> None:
        given = {"rate_limit": str(per_minute), "rate_limit_store": store, "trusted_proxies": str(proxies)}
        self.app = create_app(settings(**given))
        MADE.append(self.app)
        self.client: Client = client_of(self.app)
        self.first = self.client.page("/")

    def post(self, client: str = ONE, **options: Any) -> Page:
        """Answer the first question from the address `client`."""
        return Page(self.client.submit(self.first, "hobby", environ_base={"REMOTE_ADDR": client}, **options))

    def statuses(self, count: int, client: str = ONE) -> list[int]:
        """What so many answers from one address are answered with."""
        return [self.post(client).status for _ in range(count)]


@pytest.fixture(autouse=True)
def disconnected() -> Iterator[None]:
    """No connection to a Redis is left to the garbage collector, which would warn of it."""
    yield
    while MADE:
        store = MADE.pop().extensions[rate_limit.EXTENSION].store
        if isinstance(store, RedisStorage):
            store.storage.connection_pool.disconnect()


@pytest.fixture
def limited() -> Limited:
    return Limited()


@pytest.fixture
def confirming(tmp_path: Path) -> Iterator[Wizard]:
    wizard = wizard_at(tmp_path, per_minute=3)
    yield wizard
    wizard.log.database.dispose()


def test_an_answer_too_many_gets_a_page_that_says_when_to_come_again(limited: Limited) -> None:
    assert limited.statuses(3) == [303, 303, 303]
    page = limited.post()
    assert (page.status, page.heading) == (429, "A short pause, please")
    assert 1 <= int(page.response.headers["Retry-After"]) <= 60
    assert counted(limited.app)["rejected rate-limited"] == 1
    back = limited.client.page(str(page.one("main a.button")["href"]))
    assert (back.step, back.fields["journey"]) == ("who", limited.first.journey)


def test_what_is_too_much_and_no_answer_either_leads_to_the_start(limited: Limited) -> None:
    limited.statuses(3)
    page = Page(limited.client.post("/", data={"who": "hobby"}, environ_base={"REMOTE_ADDR": ONE}))
    assert (page.status, page.one("main a.button")["href"]) == (429, "/")


def test_what_is_too_much_and_too_long_as_well_is_too_much(limited: Limited) -> None:
    limited.statuses(3)
    for content_type in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        options: dict[str, Any] = {"data": b"x" * 20_000, "content_type": content_type}
        page = Page(limited.client.post("/", environ_base={"REMOTE_ADDR": ONE}, **options))
        assert (page.status, page.one("a.button")["href"]) == (429, "/")
    assert counted(limited.app)["rejected rate-limited"] == 2


def test_a_post_over_the_limit_is_not_looked_at(limited: Limited, monkeypatch: pytest.MonkeyPatch) -> None:
    limited.statuses(3)

    def look(*_: object) -> None:
        raise AssertionError("it was looked at")

    monkeypatch.setitem(limited.app.view_functions, "visitor.answer", look)
    assert limited.post().status == 429
    assert limited.post(headers={"Sec-Fetch-Site": "cross-site"}).status == 429


def test_each_address_has_a_limit_of_its_own(limited: Limited) -> None:
    assert limited.statuses(4, ONE)[-1] == 429
    assert limited.statuses(4, OTHER) == [303, 303, 303, 429]


def test_pages_are_read_without_limit_whatever_was_posted(limited: Limited) -> None:
    limited.statuses(4)
    for address in ("/", "/robots.txt", "/healthz"):
        assert {limited.client.get(address, environ_base={"REMOTE_ADDR": ONE}).status_code for _ in range(5)} == {200}


def test_posts_that_lead_nowhere_count_too(limited: Limited) -> None:
    statuses = [limited.client.post("/nowhere", environ_base={"REMOTE_ADDR": ONE}).status_code for _ in range(4)]
    assert statuses == [404, 404, 404, 429]
    assert limited.post().status == 429


@pytest.mark.parametrize(
    "client", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "127.0.0.1:5000", "[::1]:5000", ""]
)
def test_this_machine_is_not_limited(client: str, limited: Limited) -> None:
    assert limited.statuses(5, client) == [303] * 5


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1:40000", "192.0.2.1:50000", True),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("[2001:db8:0:1::1]:40000", "2001:db8:0:1::3", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("::5", "::6", True),
    ],
)
def test_a_network_of_ipv6_counts_as_one_address(one: str, other: str, is_same: bool, limited: Limited) -> None:
    limited.statuses(3, one)
    assert limited.post(other).status == (429 if is_same else 303)


def test_many_networks_of_one_ipv6_customer_are_limited_together_at_four_times_as_much(limited: Limited) -> None:
    statuses = [limited.post(f"2001:db8:0:{number:x}::1").status for number in range(14)]
    assert statuses == [303] * 12 + [429] * 2
    assert limited.post("2001:db8:1::1").status == 303


def test_behind_a_trusted_proxy_the_visitor_is_counted_and_not_the_proxy() -> None:
    limited = Limited(proxies=1)

    def statuses(forwarded: str) -> list[int]:
        return [limited.post("127.0.0.1", headers={"X-Forwarded-For": forwarded}).status for _ in range(4)]

    assert statuses(ONE) == [303, 303, 303, 429]
    assert statuses(OTHER) == [303, 303, 303, 429]
    assert statuses(f"127.0.0.1, {ONE}") == [429] * 4  # what a visitor says of itself counts for nothing


def test_after_its_time_an_address_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "WINDOW_SECONDS", 1)
    limited = Limited()
    assert limited.statuses(4)[-1] == 429
    until(lambda: limited.post().status == 303)


def test_an_api_call_too_many_is_a_problem_that_says_when_to_come_again(confirming: Wizard) -> None:
    def call(method: str, address: str) -> TestResponse:
        return confirming.client.open(address, method=method, environ_base={"REMOTE_ADDR": ONE})

    assert [call("GET", "/api/openapi.json").status_code for _ in range(3)] == [200, 200, 200]
    for method, address in (("GET", "/api/openapi.json"), ("POST", "/api/conversions"), ("GET", "/api/nowhere")):
        response = call(method, address)
        assert (response.status_code, response.mimetype) == (429, "application/problem+json")
        assert response.json is not None
        assert (response.json["status"], response.json["type"]) == (429, "about:blank")
        assert 1 <= int(response.headers["Retry-After"]) <= 60
        assert response.headers["Cache-Control"] == "no-store"
    assert confirming.rejected == ["rate-limited"] * 3


def test_no_address_is_logged_or_kept(limited: Limited, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert limited.statuses(5)[-1] == 429
    assert ONE not in caplog.text
    assert "exceeded" not in caplog.text  # the access log has each of them already
    kept = list(limited.app.extensions[rate_limit.EXTENSION].memory)
    assert len(kept) == 1
    assert ONE not in kept[0]


def test_where_redis_is_not_there_each_worker_counts_for_itself_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    limited = Limited(store=f"redis://user:a-password@127.0.0.1:{free_port()}/0")
    assert limited.statuses(5) == [303, 303, 303, 429, 429]
    assert said(caplog) == 1
    assert "a-password" not in caplog.text


def test_of_many_who_find_redis_gone_at_once_none_is_turned_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        limited = Limited(100, store=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        with ThreadPoolExecutor(8) as visitors:
            assert list(visitors.map(lambda _: limited.post().status, range(8))) == [303] * 8


def test_a_redis_that_does_not_answer_holds_nobody_up_for_long(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        limited = Limited(store=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        began = time.monotonic()
        assert limited.statuses(4) == [303, 303, 303, 429]
        assert time.monotonic() - began < 20  # and not the minutes that it would wait by itself
    assert said(caplog) == 1


def said(caplog: pytest.LogCaptureFixture) -> int:
    """How often the log says that Redis is gone."""
    return sum("falling back to in-memory" in record.getMessage() for record in caplog.records)


@contextmanager
def redis_server(folder: Path, port: int) -> Iterator[Redis]:
    """A Redis of the test's own, which keeps nothing."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server on PATH; on Debian: apt-get install redis-server")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL) as process:
        client = Redis(port=port, socket_timeout=5, decode_responses=True)
        try:
            until(lambda: answers(client))
            yield client
        finally:
            client.close()
            process.terminate()


def answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisConnectionError:
        return False


def until(is_so: Callable[[], bool]) -> None:
    """Wait for it, up to a deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_workers_that_share_a_redis_count_together_and_it_holds_no_address(tmp_path: Path) -> None:
    port = free_port()
    with redis_server(tmp_path, port) as redis:
        one, other = (Limited(store=f"redis://127.0.0.1:{port}/0") for _ in range(2))
        assert [one.post().status, other.post().status, one.post().status] == [303, 303, 303]
        page = other.post()
        assert page.status == 429
        assert 1 <= int(page.response.headers["Retry-After"]) <= 60
        kept = [str(key) for key in redis.scan_iter()]
        assert len(kept) == 1
        assert ONE not in kept[0]
        assert 0 < redis.ttl(kept[0]) <= 60


def test_when_redis_goes_and_comes_back_nobody_notices(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    port = free_port()
    with redis_server(tmp_path, port):
        limited = Limited(store=f"redis://127.0.0.1:{port}/0")
        assert limited.statuses(4) == [303, 303, 303, 429]
    assert limited.statuses(4) == [303, 303, 303, 429]
    assert said(caplog) == 1
    with redis_server(tmp_path, port) as redis:
        until(lambda: limited.post(OTHER).status in (303, 429) and bool(redis.dbsize()))
    assert "Rate limit storage recovered" in caplog.text
