"""The application under test, and a client of it."""

import pytest
from flask import Flask
from support import Client, client_of, settings

from wizard.app import create_app


@pytest.fixture(scope="session")
def shared_app() -> Flask:
    return create_app(settings())


@pytest.fixture
def app() -> Flask:
    """An application of the test's own, to change as it likes."""
    return create_app(settings())


@pytest.fixture
def client(shared_app: Flask) -> Client:
    return client_of(shared_app)
