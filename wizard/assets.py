"""The static files, read once and served from memory under an address that changes with their content."""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

FOREVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=300"


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file: its bytes, their type, and a hash of them."""

    content: bytes
    mimetype: str
    version: str


def read_assets(folder: Path) -> dict[str, Asset]:
    """Every file in `folder`, by its path in there."""
    return {path.relative_to(folder).as_posix(): _read(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    mimetype = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(content, mimetype, hashlib.sha256(content).hexdigest()[:10])


def init_app(app: Flask, folder: Path) -> None:
    """Serve the files of `folder` from `app`, and give templates `asset(name)`, the address of one."""
    assets = read_assets(folder)

    def serve(name: str) -> Response:
        asset = assets.get(name)
        if asset is None:
            raise NotFound
        response = Response(asset.content, mimetype=asset.mimetype)
        response.set_etag(asset.version)
        response.headers["Cache-Control"] = FOREVER if request.args.get("v") == asset.version else BRIEFLY
        response.make_conditional(request)
        return response

    app.add_url_rule("/static/<path:name>", "static", serve)
    # Written out, since `url_for` needs a request whose Host can be read, and a page for one that can't needs this.
    app.jinja_env.globals["asset"] = lambda name: f"/static/{name}?v={assets[name].version}"
