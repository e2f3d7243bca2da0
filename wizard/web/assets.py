"""The static files, read once: served under an address that changes with their content, or sent inside a page."""

import base64
import hashlib
import mimetypes
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask, Response, request
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from wizard.web.csp import allow

FOREVER = "public, max-age=31536000, immutable"
COMMENT = re.compile(r"^ *//[^\n]*\n|^ */\*.*?\*/\n", re.DOTALL | re.MULTILINE)
"""A line of its own in a script, or lines of their own in a stylesheet."""

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


def without_comments(content: str) -> str:
    """A style or script as it is sent inside a page: what is only said to whoever reads the file stays there."""
    return COMMENT.sub("", content)


def source_of(content: bytes) -> str:
    """What a policy calls a style or script with this very content (CSP 3, "hash-source")."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}'"


def _inline(files: Iterable[Asset]) -> tuple[str, str]:
    """What is sent inside a page of these files, one after the other, and what a policy calls that."""
    text = "".join(without_comments(file.content.decode()) for file in files)
    return text, source_of(text.encode())


def _allowed_style(rule: str) -> Markup:
    allow("style-src", source_of(rule.encode()))
    return Markup(rule)  # noqa: S704  # made by us, of a colour that was read as one


def _allowed_image(address: str) -> Markup:
    allow("img-src", "data:")
    return Markup(address)  # noqa: S704  # written by us, in a template


def init_app(app: Flask, folder: Path) -> None:
    """Serve the files of `folder` from `app`.

    Templates are given `asset(name)`, the address of one, and `inline_style(*names)` and `inline_script(*names)`,
    the content of one or more for a `<style>` or `<script>`, which the page's policy then allows.
    `allowed_style(text)` does the same for a rule that was made for this page, and `allowed_image(address)` for an
    image in its own address.
    """
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

    @cache
    def inline(names: tuple[str, ...]) -> tuple[str, str]:
        return _inline(assets[name] for name in names)

    def inlined(directive: str) -> Callable[..., Markup]:
        def content(*names: str) -> Markup:
            text, source = inline(names)
            allow(directive, source)
            return Markup(text)  # noqa: S704  # a file of ours

        return content

    app.jinja_env.globals["inline_style"] = inlined("style-src")
    app.jinja_env.globals["inline_script"] = inlined("script-src")
    app.jinja_env.globals["allowed_style"] = _allowed_style
    app.jinja_env.globals["allowed_image"] = _allowed_image
