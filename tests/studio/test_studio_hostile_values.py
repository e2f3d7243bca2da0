"""Whatever an address of the studio says, on each database: an answer of ours, never a 5xx."""

import logging

import pytest
from dashboard_app import dashboard_on
from dashboard_routes import ROUTES, add_known
from dashboard_sign_in import signed_in
from factories import DATABASES
from support import empty_log

VALUES = ("%00", "a%00b", "%ed%a0%80", "9" * 400)
"""NUL, which PostgreSQL has in no text; half a surrogate pair; a number that is none."""

NAMES = ("before", "against", "locale", "page", "key", "q", "filter", "theme", "who", "action")


@pytest.mark.parametrize("database", DATABASES)
def test_no_address_is_an_error_of_the_server(
    database: str, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    folder = request.getfixturevalue("tmp_path")
    url = empty_log(folder) if database == "sqlite" else request.getfixturevalue("postgresql_url")
    paths = sorted({route.path for route in ROUTES.values() if route.path.startswith("/studio")})
    with dashboard_on(url) as app:
        add_known(app)
        client = signed_in(app, role="admin")
        for value in VALUES:
            query = "&".join(f"{name}={value}" for name in NAMES)
            for path in paths:
                asked = [path.replace(f"/{part}", f"/{value}") for part in ("known", "0", "questions.who.title")]
                for each in {f"{path}?{query}", *asked, path.replace("/de.po", f"/{value}.po")}:
                    assert client.get(each).status_code < 500, each
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []
