"""`/embed.js`: `static/embed.min.js`, compressed once for every request."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache

import brotli
from flask import Response, request

from wizard.files.bundled import bundled

CACHE = "public, max-age=3600, stale-while-revalidate=86400"
"""A new version is everywhere within the hour, and no page waits to ask for it."""


OWN_PATH = b'"/embed.js"'
"""Its path, as it is in the script."""


def element_script() -> bytes:
    """`static/embed.js`, minified, with the campaign tags that it reads from the page around it."""
    return (bundled("static") / "embed.min.js").read_bytes()


def serve() -> Response:
    """The script, for the path that the wizard is mounted below."""
    return _script(request.root_path).response()


@lru_cache(16)
def _script(prefix: str) -> "Script":
    """The script, which finds the wizard from its own address below `prefix`."""
    content = element_script()
    if prefix:
        content = content.replace(OWN_PATH, OWN_PATH.replace(b"/", f"{prefix}/".encode()))
    return Script.of(content)


@dataclass(frozen=True, slots=True)
class Script:
    """The script in each encoding that browsers accept, the smallest first, and as it is."""

    encoded: dict[str, bytes]
    plain: bytes

    @classmethod
    def of(cls, content: bytes) -> "Script":
        """The script with this `content`."""
        return cls({"br": brotli.compress(content), "gzip": gzip.compress(content, 9, mtime=0)}, content)

    def response(self) -> Response:
        """It, as the current request accepts it: for any site to load, and to keep for an hour."""
        encoding = request.accept_encodings.best_match(self.encoded, default="")
        body = self.encoded.get(encoding, self.plain)
        response = Response(body, mimetype="text/javascript")
        if encoding:
            response.headers["Content-Encoding"] = encoding
        response.vary.add("Accept-Encoding")
        response.headers["Cache-Control"] = CACHE
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.set_etag(hashlib.sha256(body).hexdigest()[:10])
        response.make_conditional(request)
        return response
