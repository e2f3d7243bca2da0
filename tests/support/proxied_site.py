"""An application behind a proxy, as `wizard doctor` sees it from outside, without any network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http.client import HTTPMessage
from urllib.parse import urlsplit

from support import settings

from wizard.app import create_app
from wizard.doctor.fetching import Answer, Unreachable

URL = "https://wizard.example.com"
NOW_S = 1_800_000_000
DAY_S = 86_400
SET = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "wizard.example.com"}
"""The headers that a proxy sets that is set up as docs/deploy.md says."""


@dataclass
class Proxied:
    """A proxy that is right, with whatever a test changes of it; `environ` are the wizard's settings.

    `sent` are the headers that it sets, `removed` those of visitors that it removes; `removes_path` is what it removes
    from the beginning of paths. `changes` changes the headers of each answer. `others` are answers by their whole
    address that the wizard does not give, or the reasons why there are none.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: {"trusted_proxies": "1", "public_url": URL})
    sent: Mapping[str, str] = field(default_factory=lambda: dict(SET))
    removed: tuple[str, ...] = ("X-Forwarded-Host", "X-Forwarded-Prefix", "X_Forwarded_Host", "X_Forwarded_Prefix")
    removes_path: str = ""
    upstream_host: str = "wizard.example.com"
    expires_s: float = NOW_S + 60 * DAY_S
    date_s: float = NOW_S
    changes: Callable[[HTTPMessage], None] = lambda _: None
    others: dict[str, Answer | Unreachable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._app = create_app(settings(**self.environ))
        plain = URL.replace("https:", "http:")
        self.others.setdefault(f"{plain}/", reply(301, Location=f"{URL}/"))

    def fetch(self, address: str, headers: Mapping[str, str]) -> Answer:
        """See `wizard.doctor.fetching.Fetch`."""
        found = self.others.get(address)
        if isinstance(found, Unreachable):
            raise found
        if found:
            return found
        parts = urlsplit(address)
        passed = {name: value for name, value in headers.items() if name not in self.removed}
        response = self._app.test_client().get(
            parts.path.removeprefix(self.removes_path) or "/",
            query_string=parts.query,
            base_url=f"http://{self.upstream_host}",
            headers={**passed, **{name: value for name, value in self.sent.items() if name not in passed}},
        )
        message = HTTPMessage()
        for name, value in response.headers.items():
            message.add_header(name, value)
        message.add_header("Strict-Transport-Security", "max-age=3600")
        message["Date"] = formatdate(self.date_s, usegmt=True)
        self.changes(message)
        return Answer(response.status_code, message, response.data, "TLSv1.3", self.expires_s)


def reply(status: int, body: bytes = b"", **headers: str) -> Answer:
    """An answer with these headers, in whose names an underscore stands for a hyphen."""
    message = HTTPMessage()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return Answer(status, message, body, "TLSv1.3", NOW_S + 60 * DAY_S)
