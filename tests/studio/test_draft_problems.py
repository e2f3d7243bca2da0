"""Pages for what can't be done with a draft: each names its cause as it is, and leads on to the drafts."""

from io import BytesIO

import pytest
from dashboard_sign_in import signed_in
from flask import Flask
from support import Client, Page


@pytest.fixture
def client(app: Flask) -> Client:
    return signed_in(app, "ed@example.com", role="editor")


def token(page: Page) -> str:
    return str(page.one("main [name=csrf_token]")["value"])


def begun(client: Client) -> str:
    """The path of a new draft."""
    data = {"csrf_token": token(client.page("/studio")), "title": "Spring"}
    return client.post("/studio/drafts", data=data).headers["Location"]


def test_a_file_that_cannot_be_imported_is_named_as_it_is(client: Client) -> None:
    draft = begun(client)
    data = {"csrf_token": token(client.page("/studio")), "file": (BytesIO(b"no PO file"), "de.po")}
    response = client.post(f"{draft}/po", data=data, content_type="multipart/form-data")
    assert response.status_code == 400
    assert "de.po: " in response.text
    assert "De.po" not in response.text


def test_the_page_of_a_draft_that_is_not_open_leads_to_the_drafts(app: Flask, client: Client) -> None:
    draft = begun(client)
    client.post(f"{draft}/discard", data={"csrf_token": token(client.page("/studio"))})
    response = client.get(draft)
    assert response.status_code == 404
    assert Page(response).one("main .button")["href"] == "/studio"
    assert Page(client.get("/growth/nothing")).one("main .button")["href"] == "/growth"
    viewer = signed_in(app, "vi@example.com", role="viewer")
    assert "/studio" not in viewer.get(draft).text
