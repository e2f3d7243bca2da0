"""Sets the security headers of every response."""

from flask import Flask, Response, request

from wizard.config import Settings
from wizard.web.csp import content_security_policy

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
            response.headers.add(name, value)
        if settings.hsts_seconds and (request.is_secure or is_public_tls):
            # Without includeSubDomains: other hosts are not the wizard's.
            response.headers["Strict-Transport-Security"] = f"max-age={settings.hsts_seconds}"
        return response

    app.after_request(add)
