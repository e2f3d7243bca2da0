"""Runs the certified OpenID provider in tests/openid/, on this machine, and tells it what to say."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import BeautifulSoup
from npm_packages import ROOT, installed, run
from server import free_port

from wizard.openid.attempt import REDIRECT_PATH, SIGNED_OUT_PATH

CLIENT_ID, CLIENT_SECRET = "wizard", "a secret, with 100% of +:/& characters"
LEAST_NODE = 20
ORIGIN = "http://localhost"
"""The origin of Flask's test client."""


@dataclass
class Provider:
    """A running provider, at a port of this machine."""

    port: int

    @property
    def issuer(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def settings(self) -> dict[str, str]:
        """Settings by which the wizard uses it, as `support.settings` takes them."""
        return {
            "oidc_issuer": self.issuer,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": CLIENT_SECRET,
            "oidc_name": "Example Ltd",
            "oidc_domains": "example.com",
            "oidc_role_claim": "groups",
            "oidc_roles": "staff=viewer,writers=editor,heads=publisher,owners=admin",
        }

    def say(self, **said: Any) -> None:
        """What it says from now on, besides what it would say by itself; see tests/openid/provider.mjs."""
        requests.put(f"{self.issuer}/test", json=said, timeout=10).raise_for_status()

    def sign_in(self, address: str, browser: requests.Session | None = None) -> str:
        """Follow `address` through the provider. Returns the address with which it leads back to the wizard."""
        with browser or requests.Session() as session:
            for _ in range(10):
                answer = session.get(address, allow_redirects=False, timeout=10)
                if form := BeautifulSoup(answer.text, "html.parser").form:  # sends itself, to end the session before
                    fields = {str(field["name"]): str(field["value"]) for field in form.select("input")}
                    answer = session.post(str(form["action"]), fields, allow_redirects=False, timeout=10)
                assert answer.is_redirect, f"{answer.status_code} {answer.text[:500]}"
                address = urljoin(address, answer.headers["Location"])
                if urlsplit(address).port != self.port:
                    return address
        raise AssertionError("the provider leads in circles")


@contextmanager
def provider(
    origins: tuple[str, ...] = (ORIGIN,),
    *,
    port: int = 0,
    authentication: str = "client_secret_basic",
    has_claims_in_id_token: bool = False,
) -> Iterator[Provider]:
    """Run the provider for wizards at `origins`, at `port` or a free one.

    Fails with what it prints if it does not start.
    """
    port = port or free_port()
    version = run("node", "--version", cwd=ROOT).strip()
    assert int(version.lstrip("v").partition(".")[0]) >= LEAST_NODE, f"node {version}; the provider needs {LEAST_NODE}"
    own = {
        "REDIRECT_URIS": " ".join(f"{origin}{REDIRECT_PATH}" for origin in origins),
        "AUTHENTICATION": authentication,
        "CLAIMS_IN_ID_TOKEN": "1" if has_claims_in_id_token else "",
        "SIGNED_OUT_URIS": " ".join(f"{origin}{SIGNED_OUT_PATH}" for origin in origins),
    }
    packages = installed("openid")
    words = ["node", str(ROOT / "tests" / "openid" / "provider.mjs"), str(packages), str(port)]
    with subprocess.Popen(
        words,
        env={**os.environ, **own},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line.strip() == "ready":
                    break
            else:
                raise AssertionError(f"the provider did not start: {''.join(lines)}")
            yield Provider(port)
        finally:
            process.kill()
