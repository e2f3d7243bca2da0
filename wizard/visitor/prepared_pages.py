"""Pages that are rendered once, and filled with each visitor's values.

The template renders a page with placeholders for these values. The page is cut at the placeholders, and the parts are
compressed.
"""

import secrets
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import TypeVar
from urllib.parse import quote_plus

from flask import Response

from wizard.web import brotli_parts, csp, gzip_parts
from wizard.web.content_encoding import likes_best
from wizard.web.parts import Parts, cut

HTML = "text/html; charset=utf-8"
REMEMBERED = 256
BROTLI_QUALITIES = {3: 5, 64: 11}
"""The quality at which a page is compressed by Brotli, by the number of requests with values of these lengths.

Before the first, it is compressed by gzip. The first takes 2 ms, the second 40.
"""

MAX_BROTLI_FORMS = 4
MAX_COUNTED = 256
"""The most combinations of lengths whose requests are counted."""

Lengths = tuple[int, ...]

MAX_PAGES = 1024
MAX_BYTES = 64 * 1024 * 1024
MAX_PAGE_BYTES = 256 * 1024
"""Pages above this are rendered each time, and compressed like any other response."""


@dataclass(frozen=True, slots=True)
class VisitorValues:
    """The values of one visitor on a page; a page has some of them.

    `token` and `trial` are sealed journeys: the visitor's, and the one that the local trial leads to. `form_token` is
    what the form is signed with, `view` the start of the view's event id, `embeddable` the address for a site that
    embeds it, `kept` the attribution, as a query, that a new journey keeps, and `framed_by` the origin of the page
    around the frame. All but `embeddable` and `kept` consist of characters that neither HTML nor an address nor JSON
    escapes.
    """

    token: str
    form_token: str = ""
    view: str = ""
    trial: str = ""
    embeddable: str = ""
    kept: str = ""
    framed_by: str = ""

    def values(self) -> Mapping[str, bytes]:
        """Each as it is written in the page; `embeddable`, as a parameter of another address."""
        return {
            "token": self.token.encode(),
            "form_token": self.form_token.encode(),
            "view": self.view.encode(),
            "trial": self.trial.encode(),
            "embeddable": _as_parameter(self.embeddable),
            "kept": self.kept.replace("&", "&amp;").encode(),
            "framed_by": self.framed_by.encode(),
        }


@lru_cache(REMEMBERED)
def _as_parameter(address: str) -> bytes:
    return quote_plus(address).encode()


S = TypeVar("S", bound=Hashable)

PLACEHOLDERS = VisitorValues(**{field.name: f"{field.name}.{secrets.token_hex(12)}" for field in fields(VisitorValues)})


class PreparedPage:
    """The parts of a page, its content security policy, and its compressed forms, which are made on demand."""

    def __init__(self, page: Parts, policy: csp.Policy) -> None:
        self.policy = policy
        self._parts = page
        self._gzip: Sequence[bytes] = ()
        self._brotli: dict[Lengths, Sequence[bytes]] = {}
        self._requests: Counter[Lengths] = Counter()

    @property
    def size_bytes(self) -> int:
        """The most memory that it takes, about: a compressed form is a third as long as the text."""
        return self._parts.size_bytes * (MAX_BROTLI_FORMS + 4) // 3

    @property
    def counted(self) -> int:
        """The number of combinations of lengths whose requests are counted."""
        return len(self._requests)

    def response(self, own: VisitorValues, status: int) -> Response:
        """The page for the current request, in the coding that it prefers; else uncompressed, for Flask-Compress."""
        values = own.values()
        if likes_best("br") and (body := self._by_brotli(values)):
            return Response(body, status, {"Content-Encoding": "br"}, content_type=HTML)
        if likes_best("gzip"):
            return Response(self._by_gzip(values), status, {"Content-Encoding": "gzip"}, content_type=HTML)
        return Response(self._parts.filled(values), status, content_type=HTML)

    def _by_gzip(self, values: Mapping[str, bytes]) -> bytes:
        self._gzip = self._gzip or gzip_parts.compress(self._parts)
        return gzip_parts.join(self._parts, self._gzip, values)

    def _by_brotli(self, values: Mapping[str, bytes]) -> bytes | None:
        """The page by Brotli, if there is a form for values of these lengths."""
        ordered = [values[gap] for gap in self._parts.gaps]
        lengths = tuple(map(len, ordered))
        if len(self._requests) > MAX_COUNTED and lengths not in self._requests:
            self._requests = Counter({known: self._requests[known] for known in tuple(self._brotli)})
        self._requests[lengths] += 1
        if (count := self._requests[lengths]) in BROTLI_QUALITIES and self._has_room(lengths, count):
            self._compress(lengths, BROTLI_QUALITIES[count])
        compressed = self._brotli.get(lengths)
        return brotli_parts.join(self._parts, compressed, ordered) if compressed else None

    def _has_room(self, lengths: Lengths, count: int) -> bool:
        """Whether a form for these lengths can be added. It replaces one with less than half as many requests."""
        if lengths in self._brotli or len(self._brotli) < MAX_BROTLI_FORMS:
            return True
        rarest = min(list(self._brotli), key=self._requests.__getitem__)
        if self._requests[rarest] * 2 > count:
            return False
        self._brotli.pop(rarest, None)
        return True

    def _compress(self, lengths: Lengths, quality: int) -> None:
        if compressed := brotli_parts.compress(self._parts, lengths, quality):
            self._brotli[lengths] = compressed


class PreparedPages:
    """The most recently used pages, up to `max_pages` and `max_bytes`."""

    def __init__(self, max_pages: int = MAX_PAGES, max_bytes: int = MAX_BYTES) -> None:
        self._max_pages = max_pages
        self._max_bytes = max_bytes
        self._pages: OrderedDict[Hashable, PreparedPage] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._pages)

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._pages)

    @property
    def size_bytes(self) -> int:
        """The memory that they take, about."""
        return self._bytes

    def get(self, key: Hashable) -> PreparedPage | None:
        """The page of this key, if there is one."""
        with self._lock:
            if found := self._pages.get(key):
                self._pages.move_to_end(key)
            return found

    def add(self, key: Hashable, page: PreparedPage) -> None:
        """Add a page, and remove the least recently used ones beyond the limits."""
        with self._lock:
            if key in self._pages:
                return
            self._pages[key] = page
            self._bytes += page.size_bytes
            while len(self._pages) > self._max_pages or self._bytes > self._max_bytes:
                _, oldest = self._pages.popitem(last=False)
                self._bytes -= oldest.size_bytes

    def response(
        self, state: S, render: Callable[[S, VisitorValues], str], own: VisitorValues, status: int = 200
    ) -> Response:
        """The page that `render` makes of `state` and `own`, on which alone it may depend, for the current request."""
        page = self.get(state)
        if page is None:
            html, policy = csp.recorded(lambda: render(state, PLACEHOLDERS))
            if len(html) > MAX_PAGE_BYTES:
                return Response(render(state, own), status)
            page = PreparedPage(cut(html, asdict(PLACEHOLDERS)), policy)
            self.add(state, page)
        csp.allow_all(page.policy)
        return page.response(own, status)
