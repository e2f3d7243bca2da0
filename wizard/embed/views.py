"""`/embed.js`, the page that makes the snippet, and oEmbed."""

from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, jsonify, make_response, render_template, request
from markupsafe import Markup

from wizard.embed import oembed, script
from wizard.embed.options import read_options
from wizard.embed.page import snippet_page
from wizard.embed.site_check import check_site
from wizard.files.bundled import bundled
from wizard.presentation import MAX_RADIUS_PX, TEXT_CONTRAST
from wizard.web.csp import allow
from wizard.web.origins import asked_address, asked_origin
from wizard.web.services import services

OEMBED_CACHE = f"public, max-age={oembed.CACHE_SECONDS}"

NEEDED = ("style-src", "script-src", "connect-src", "frame-src")
"""What the page that makes the snippet loads from us: its files, itself anew, and the preview."""

blueprint = Blueprint("embed", __name__)


def init_app(app: Flask) -> None:
    """Serve the embed's pages from `app`, and give templates `oembed_link(address)`."""
    app.add_url_rule("/embed.js", "embed_script", script.serve)
    app.register_blueprint(blueprint)
    app.jinja_env.globals["oembed_link"] = oembed_link


def oembed_link(address: str) -> Markup:
    """A `<link>` to the oEmbed answer for `address`, for sites that are given it (oEmbed, 4 "Discovery")."""
    current = services()
    query = urlencode({"url": address, "format": "json"})
    href = f"{current.own_address()}/oembed?{query}"
    template = '<link rel="alternate" type="application/json+oembed" href="{}" title="{}">'
    return Markup(template).format(href, current.title())  # noqa: S704  # a text of ours, and `format` escapes


@blueprint.get("/embed.d.ts")
def types() -> Response:
    """The types of the element, for TypeScript."""
    content = (bundled("static") / "embed.d.ts").read_bytes()
    response = Response(content, mimetype="text/plain")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = script.CACHE
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.get("/embed", strict_slashes=False)
def show() -> Response:
    """The snippet builder."""
    current = services()
    for directive in NEEDED:
        allow(directive, "'self'")
    reading = read_options(request.args, current.flow, tuple(current.wordings))
    embed_origins = current.settings.embed_origins
    site = check_site(request.args.get("site", ""), (current.own_origin(), asked_origin()), embed_origins)
    page = render_template(
        "embed/page.html",
        page=snippet_page(current, reading.options, request.root_path, site, request.args.get("tab", "")),
        options=reading.options,
        messages=reading.messages,
        given=request.args,
        wording=current.wording(),
        origins=embed_origins,
        own_origin=current.own_origin(),
        text_contrast=TEXT_CONTRAST,
        max_radius_px=MAX_RADIUS_PX,
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/oembed", strict_slashes=False)
def tell() -> Response:
    """The oEmbed answer for one of our addresses."""
    current = services()
    own = current.own_address()
    try:
        oembed.require_json(request.args.get("format", ""))
        query = oembed.read_address(request.args.get("url", ""), (own, asked_address()))
        options, more = oembed.read_frame(query, current.flow, tuple(current.wordings))
    except oembed.Unembeddable as error:
        response = jsonify(error=str(error))
        response.status_code = error.status
        response.headers["Cache-Control"] = "no-store"
    else:
        title = current.title(options.presentation.locale)
        response = jsonify(oembed.answer(own, options, more, title, request.args))
        # Without a public URL it follows the Host of the request, which a shared cache must not keep for others.
        response.headers["Cache-Control"] = OEMBED_CACHE if current.settings.public_url else "no-store"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
