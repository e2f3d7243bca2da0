"""Signs in to the dashboard by the OpenID provider, with Flask's test client as the browser."""

from urllib.parse import urlsplit

from flask import Flask
from openid_provider import Provider
from support import Client, client_of
from werkzeug.test import TestResponse

BEGIN = "/growth/sign-in/oidc"


def begun(client: Client) -> str:
    """Begin to sign in. Returns the provider's address."""
    answer = client.get(BEGIN)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


def way_back(openid: Provider, client: Client) -> str:
    """Begin to sign in, and go through the provider. Returns the path that it leads back to."""
    parts = urlsplit(openid.sign_in(begun(client)))
    return f"{parts.path}?{parts.query}"


def sign_in(openid: Provider, client: Client) -> TestResponse:
    """What the wizard answers to a sign-in."""
    return client.get(way_back(openid, client))


def signed_in_by(openid: Provider, app: Flask) -> Client:
    """A client of `app` that has signed in."""
    client = client_of(app)
    answer = sign_in(openid, client)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client
