"""`/embed.js`, the page that makes the snippet, and oEmbed."""

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, jsonify, make_response, render_template, request, url_for
from markupsafe import Markup

from wizard.embed import oembed
from wizard.embed.options import MODES, Options, offered, read_options
from wizard.embed.readability import button, replaced
from wizard.embed.services import EXTENSION, Services, services
from wizard.embed.snippet import (
    OPENER,
    RESERVED_HEIGHT_PX,
    SANDBOX,
    element_attributes,
    frame_address,
    plain_frame,
    with_element,
)
from wizard.paths import bundled
from wizard.presentation import TEXT_CONTRAST, THEMES

SCRIPT_CACHE = "public, max-age=3600, stale-while-revalidate=86400"
"""A new version is everywhere within the hour, and no page waits to ask for it."""

OEMBED_CACHE = "public, max-age=3600"

PREVIEW = {"preview": "1"}

blueprint = Blueprint("embed", __name__)


def init_app(app: Flask, made: Services) -> None:
    """Serve this room from `app`, and give templates `oembed_link(address)`, a page's pointer to its oEmbed answer."""
    app.extensions[EXTENSION] = made
    content = (bundled("static") / "embed.js").read_bytes()

    def script() -> Response:
        response = Response(content, mimetype="text/javascript")
        response.headers["Cache-Control"] = SCRIPT_CACHE
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.add_etag()
        response.make_conditional(request)
        return response

    app.add_url_rule("/embed.js", "embed_script", script)
    app.register_blueprint(blueprint)
    app.jinja_env.globals["oembed_link"] = oembed_link


def oembed_link(address: str) -> Markup:
    """A `<link>` to what oEmbed says of `address`, for a site that is given that address (oEmbed, 4 "Discovery")."""
    made = services()
    query = urlencode({"url": address, "format": "json"})
    href = f"{made.own_origin()}{url_for('embed.tell')}?{query}"
    template = '<link rel="alternate" type="application/json+oembed" href="{}" title="{}">'
    return Markup(template).format(href, made.title(""))  # noqa: S704  # a text of ours, and `format` escapes


@blueprint.get("/embed")
def page() -> Response:
    """The page on which a marketer chooses, sees and copies."""
    made = services()
    reading = read_options(request.args, made.flow, tuple(made.wordings))
    options = reading.options
    origin, title = made.own_origin(), made.title(options.presentation.locale)
    accent = options.presentation.accent
    response = make_response(
        render_template(
            "embed/page.html",
            options=options,
            messages=reading.messages,
            themes=THEMES,
            modes=MODES,
            locales=tuple(made.wordings),
            wording=made.wording,
            steps=_prefill(options),
            given=request.args,
            title=title,
            address=frame_address(origin, options),
            element_snippet=with_element(origin, options, title),
            frame_snippet=plain_frame(frame_address(origin, options), title),
            preview=_preview(options),
            replaced=replaced(accent, options.presentation.theme),
            button=button(accent) if accent else None,
            text_contrast=TEXT_CONTRAST,
            origins=made.settings.embed_origins,
        )
    )
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Content-Security-Policy"] = _policy(made.settings.embed_origins)
    return response


def _policy(embed_origins: Sequence[str]) -> str:
    """A policy that allows our own style and scripts, the preview's frame, and to ask for this page anew."""
    own = ("style-src", "script-src", "connect-src", "frame-src", "form-action")
    return "; ".join(
        (
            "default-src 'none'",
            *(f"{directive} 'self'" for directive in own),
            "img-src data:",
            "base-uri 'none'",
            " ".join(("frame-ancestors 'self'", *embed_origins)),
        )
    )


def _preview(options: Options) -> dict[str, object]:
    """The wizard as it will be, in a frame of this very page; nothing of it is logged."""
    return {
        "address": frame_address("", options, PREVIEW),
        "attributes": {"src": frame_address("", Options(), PREVIEW), **element_attributes(options)},
        "height_px": RESERVED_HEIGHT_PX,
        "sandbox": SANDBOX,
        "opener": OPENER,
    }


def _prefill(options: Options) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Each question that can be answered beforehand: its name, its title, and the choices with their labels."""
    made = services()
    text = made.wording.text
    return [
        (
            step,
            text(f"questions.{step}.title"),
            [(choice, text(f"questions.{step}.choices.{choice}.label")) for choice in choices],
        )
        for step, choices in offered(made.flow, options.answers).items()
    ]


@blueprint.get("/oembed")
def tell() -> Response:
    """What oEmbed asks of an address of ours."""
    made = services()
    own = made.own_origin()
    try:
        oembed.require_json(request.args.get("format", ""))
        query = oembed.read_address(request.args.get("url", ""), (own, request.host_url.rstrip("/")))
        options, more = oembed.read_frame(query, made.flow, tuple(made.wordings))
    except oembed.Unembeddable as error:
        response = jsonify(error=str(error))
        response.status_code = error.status
        response.headers["Cache-Control"] = "no-store"
    else:
        title = made.title(options.presentation.locale)
        response = jsonify(oembed.answer(own, options, more, title, request.args))
        response.headers["Cache-Control"] = OEMBED_CACHE
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
