"""Sets the security headers of every response."""

from collections.abc import Mapping

from flask import Flask, Response, request

from wizard.config import Settings
from wizard.web.csp import content_security_policy, refuses_frames

MAX_BYTES = 16 * 1024
"""The most bytes of a response's headers, with the longest tags and the most embed origins: docs/deploy.md."""

# Browser features that no page of the wizard uses.
FEATURES = (
    "browsing-topics",
    "camera",
    "display-capture",
    "geolocation",
    "microphone",
    "payment",
    "usb",
)


# Pages with `Cross-Origin-Embedder-Policy: require-corp` show only frames that send both (HTML, 7.1.4). Our pages load
# nothing from other sites, and show nothing that depends on a cookie, so neither takes anything away.
EMBEDDABLE = {
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
NOT_EMBEDDABLE = {"Cross-Origin-Resource-Policy": "same-origin"}


def init_app(app: Flask, settings: Settings) -> None:
    """Add the headers to every response of `app`."""
    headers = {
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES),
        # Not `no-referrer`: that would make the Origin of our own forms null.
        "Referrer-Policy": "strict-origin",
        "X-Content-Type-Options": "nosniff",
    }

    is_public_tls = (settings.public_url or "").startswith("https:")

    def add(response: Response) -> Response:
        response.headers.add("Content-Security-Policy", content_security_policy(settings.embed_origins))
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        for name, value in _frame_headers(settings).items():
            response.headers.setdefault(name, value)
        if settings.hsts_seconds and (request.is_secure or is_public_tls):
            # Without includeSubDomains: other hosts are not the wizard's.
            response.headers["Strict-Transport-Security"] = f"max-age={settings.hsts_seconds}"
        return response

    app.after_request(add)


def _frame_headers(settings: Settings) -> Mapping[str, str]:
    """The headers that let sites of `settings` frame the current response, where it may be framed."""
    return EMBEDDABLE if settings.embed_origins and not refuses_frames() else NOT_EMBEDDABLE
