"""The security headers, on every response."""

from flask import Flask, Response, request

from wizard.config import Settings
from wizard.web.csp import content_security_policy

MAX_BYTES = 16 * 1024
"""What all headers of a response fit into, the longest tags and most embed origins included: docs/deploy.md."""

# The powerful features: what a page could ask of the visitor or the device. None is granted.
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
    """Send the headers with everything that `app` answers."""
    headers = {
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES),
        # Not `no-referrer`: that would make the Origin of our own forms null.
        "Referrer-Policy": "strict-origin",
        "X-Content-Type-Options": "nosniff",
    }

    is_public_tls = (settings.public_url or "").startswith("https:")

    def add(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", content_security_policy(settings.embed_origins))
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if settings.hsts_seconds and (request.is_secure or is_public_tls):
            # This host alone: what its subdomains are reached by is not ours to say.
            response.headers["Strict-Transport-Security"] = f"max-age={settings.hsts_seconds}"
        return response

    app.after_request(add)
