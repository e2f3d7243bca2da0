"""The security headers, on every response."""

from collections.abc import Sequence

from flask import Flask, Response

# The powerful features: what a page could ask of the visitor or the device. None is granted.
FEATURES = (
    "browsing-topics",
    "camera",
    "display-capture",
    "geolocation",
    "microphone",
    "midi",
    "payment",
    "publickey-credentials-get",
    "usb",
)


def content_security_policy(embed_origins: Sequence[str]) -> str:
    """A policy that allows our own stylesheet, icons in the page and forms to ourselves, and names who may frame us."""
    return "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "img-src data:",
            "form-action 'self'",
            "base-uri 'none'",
            " ".join(("frame-ancestors 'self'", *embed_origins)),
        )
    )


def init_app(app: Flask, embed_origins: Sequence[str]) -> None:
    """Send the headers with everything that `app` answers."""
    headers = {
        "Content-Security-Policy": content_security_policy(embed_origins),
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES),
        # Not `no-referrer`: that would make the Origin of our own forms null.
        "Referrer-Policy": "strict-origin",
        "X-Content-Type-Options": "nosniff",
    }

    def add(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    app.after_request(add)
