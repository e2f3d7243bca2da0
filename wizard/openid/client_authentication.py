"""How the wizard proves to the provider who it is."""

import base64
from typing import Any
from urllib.parse import quote_plus


def encoded_basic(
    client: Any, method: str, address: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:  # the form of Authlib's own methods
    """Add client_secret_basic to a request.

    Id and secret are encoded as in forms (RFC 6749, section 2.3.1), which Authlib's own method leaves out: a provider
    would decode a secret with a `%` or `+` to another one.
    """
    del method
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return address, headers, body
