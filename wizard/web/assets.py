"""Serves the static files, with their version in the address, or includes them in pages. They are read once."""

import base64
import hashlib
import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask, Response, request
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from wizard.web.csp import allow

FOREVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=300"
COMMENT = re.compile(r"^ *//[^\n]*\n|^ */\*.*?\*/\n", re.DOTALL | re.MULTILINE)
"""A comment on lines of its own, in a script or a stylesheet."""

ACCENT = re.compile(r"--fill: var\(--wizard-accent, (#[0-9a-f]{6})\)")
"""Our own accent in tokens.css, the one for light pages first."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file. `version` is a hash of its content."""

    content: bytes
    mimetype: str
    version: str


def read_assets(folder: Path) -> dict[str, Asset]:
    """Every file in `folder`, by its path below it."""
    return {path.relative_to(folder).as_posix(): _read(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    mimetype = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(content, mimetype, hashlib.sha256(content).hexdigest()[:10])


def without_comments(content: str) -> str:
    """A style or script without its comments, to be included in a page."""
    return COMMENT.sub("", content)


def source_of(content: bytes) -> str:
    """The source of a style or script with this content in a policy (CSP 3, "hash-source")."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}'"


def _allowed_style(rule: str) -> Markup:
    allow("style-src", source_of(rule.encode()))
    return Markup(rule)  # noqa: S704  # made of a parsed colour


def _allowed_image(address: str) -> Markup:
    allow("img-src", "data:")
    return Markup(address)  # noqa: S704  # a literal in a template


def init_app(app: Flask, folder: Path) -> None:
    """Serve the files of `folder` from `app`.

    Templates get `asset(name)`, the address of a file, and `inline_style(*names)` and `inline_script(*names)`, the
    content of files for a `<style>` or `<script>`, which the page's policy then allows. `allowed_style(text)` allows a
    rule made for this page, and `allowed_image(address)` an image in a `data:` address. `own_accent()` is the colour of
    buttons and links on light pages, as tokens.css has it, for what can't read a stylesheet.
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

    @cache
    def inline(names: tuple[str, ...]) -> tuple[str, str]:
        text = "".join(without_comments(assets[name].content.decode()) for name in names)
        return text, source_of(text.encode())

    def inlined(directive: str) -> Callable[..., Markup]:
        def content(*names: str) -> Markup:
            text, source = inline(names)
            allow(directive, source)
            return Markup(text)  # noqa: S704  # a static file

        return content

    @cache
    def own_accent() -> str:
        found = ACCENT.search(assets["tokens.css"].content.decode())
        if found is None:
            raise ValueError("static/tokens.css: its --fill is not a six-digit colour")
        return found[1]

    app.jinja_env.globals.update(
        # Not `url_for`, which needs a valid Host: the error page of a request with an invalid one has assets, too.
        asset=lambda name: f"{request.root_path}/static/{name}?v={assets[name].version}",
        inline_style=inlined("style-src"),
        inline_script=inlined("script-src"),
        allowed_style=_allowed_style,
        allowed_image=_allowed_image,
        own_accent=own_accent,
    )
