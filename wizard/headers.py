"""The security headers, on every response."""

from collections.abc import Sequence

from flask import Flask, Response

from wizard.policy import content_security_policy

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


def init_app(app: Flask, embed_origins: Sequence[str]) -> None:
    """Send the headers with everything that `app` answers."""
    headers = {
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES),
        # Not `no-referrer`: that would make the Origin of our own forms null.
        "Referrer-Policy": "strict-origin",
        "X-Content-Type-Options": "nosniff",
    }

    def add(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", content_security_policy(embed_origins))
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    app.after_request(add)
