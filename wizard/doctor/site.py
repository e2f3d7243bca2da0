"""The wizard at an address, as it is seen from outside: each page is fetched once, however many checks look at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from wizard.clock import Clock, system_ms
from wizard.config import Settings
from wizard.doctor.fetching import Answer, Fetch, Unreachable, fetch


@dataclass
class Site:
    """The wizard at `url`, an origin with or without a path.

    `settings` are those that its server should have; None where they are not known.
    """

    url: str
    settings: Settings | None = None
    fetch: Fetch = fetch
    clock: Clock = system_ms
    _answers: dict[str, Answer | Unreachable] = field(default_factory=dict)

    @property
    def is_encrypted(self) -> bool:
        """Whether the address is one of `https`."""
        return self.url.startswith("https://")

    @property
    def is_local(self) -> bool:
        """Whether the address leads to this machine itself, where encryption is not needed."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    @property
    def origin(self) -> str:
        """The origin of the address."""
        return self.url.removesuffix(urlsplit(self.url).path)

    def get(self, path: str) -> Answer:
        """The answer at a path below the address. Raises Unreachable."""
        return self.get_address(self.url + path)

    def get_address(self, address: str) -> Answer:
        """The answer at a whole address. Raises Unreachable."""
        if address not in self._answers:
            try:
                self._answers[address] = self.fetch(address, {})
            except Unreachable as error:
                self._answers[address] = error
        found = self._answers[address]
        if isinstance(found, Unreachable):
            raise found
        return found

    def get_with(self, path: str, headers: Mapping[str, str]) -> Answer:
        """The answer to a request with these headers. Raises Unreachable."""
        return self.fetch(self.url + path, headers)
