"""Who is signed in at a server of an older version stays so at one of today's, as a viewer; so do unused links."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from bs4 import BeautifulSoup
from loaded_server import environ_for
from log_checks import command
from older_version import code_at, command_of
from server import serving

OLDER = "0010"
"""The oldest version whose servers may still write to today's tables."""


class Browser:
    """A browser that keeps cookies."""

    def __init__(self) -> None:
        self._jar = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self._jar))

    def open(self, url: str, **fields: str) -> tuple[int, BeautifulSoup]:
        """The status and the page of an address, after redirects; with `fields`, a form is sent there."""
        data = urlencode(fields).encode() if fields else None
        try:
            with self._opener.open(url, data) as response:
                return response.status, BeautifulSoup(response.read(), "html.parser")
        except HTTPError as error:
            return error.code, BeautifulSoup(error.read(), "html.parser")

    def status(self, url: str) -> int:
        """The status of an address."""
        return self.open(url)[0]

    def sign_in(self, origin: str, link: str) -> int:
        """Open a link at `origin`, and press its button. Returns the status of the page that follows."""
        address = f"{origin}/growth/sign-in"
        _, page = self.open(f"{address}?{link.strip().partition('?')[2]}")
        fields = {str(field["name"]): str(field["value"]) for field in page.select("main form input[type=hidden]")}
        return self.open(address, **fields)[0]

    def cookies(self) -> dict[str, str]:
        """The path of each cookie."""
        return {cookie.name: cookie.path for cookie in self._jar}


@pytest.fixture(scope="module")
def older() -> Sequence[str]:
    """The command `wizard` of the older version."""
    return command_of(code_at(OLDER))


def older_link(older: Sequence[str], environ: Mapping[str, str], email: str) -> str:
    """A sign-in link that the older version makes."""
    public = {**os.environ, **environ, "WIZARD_PUBLIC_URL": "http://127.0.0.1"}
    words = [*older, "sign-in-link", "--email", email]
    return subprocess.run(words, env=public, capture_output=True, text=True, check=True).stdout


def test_a_session_goes_on_under_the_new_cookie_and_a_link_holds(tmp_path: Path, older: Sequence[str]) -> None:
    environ = environ_for(tmp_path, f"sqlite:///{tmp_path}/wizard.db")
    run = partial(command, {**environ, "WIZARD_PUBLIC_URL": "http://127.0.0.1"})
    browser, other = Browser(), Browser()
    with ExitStack() as servers:
        before = servers.enter_context(serving(tmp_path, environ=environ, command=older))
        links = [older_link(older, environ, email) for email in ("one@example.com", "two@example.com")]
        assert browser.sign_in(before.url, links[0]) == HTTPStatus.OK
        assert browser.cookies() == {"wizard_growth": "/growth"}
        run("migrate")
        after = servers.enter_context(serving(tmp_path, environ=environ))
        for server in (after, before, after):
            assert browser.status(f"{server.url}/growth") == HTTPStatus.OK, "whichever server answers"
        assert browser.cookies() == {"wizard_growth": "/growth", "wizard_session": "/"}
        assert browser.status(f"{after.url}/studio/people") == HTTPStatus.FORBIDDEN
        assert other.sign_in(after.url, links[1]) == HTTPStatus.OK
        listed = json.loads(run("people", "--json").stdout)
        assert [(each["email"], each["role"]) for each in listed] == [
            ("one@example.com", "viewer"),
            ("two@example.com", "viewer"),
        ]
        run("people", "set", "one@example.com", "admin")
        assert browser.status(f"{after.url}/studio/people") == HTTPStatus.OK
