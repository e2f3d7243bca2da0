"""The draft editor, as forms and pages: what is saved, said and kept."""

from collections.abc import Mapping
from io import BytesIO
from urllib.parse import urlencode

import pytest
from dashboard_sign_in import sign_ins_of, signed_in
from flask import Flask
from published_versions import publish
from support import Client, Page
from werkzeug.test import TestResponse

from wizard.app import recorder_of
from wizard.web.services import services

WHO = "questions.who.title"
ENGLISH = "Who do you want PostHog for?"
EMAIL = "ed@example.com"


@pytest.fixture
def client(app: Flask) -> Client:
    return signed_in(app, EMAIL, role="editor")


def begun(client: Client, title: str = "Spring") -> str:
    """The path of a new draft."""
    page = client.page("/studio")
    response = client.post("/studio/drafts", data={"csrf_token": token(page), "title": title})
    assert response.status_code == 303
    return response.headers["Location"]


def token(page: Page) -> str:
    return str(page.html.select("main [name=csrf_token]")[0]["value"])


def form(page: Page) -> dict[str, str]:
    """The fields of the text's form."""
    return {str(field["name"]): str(field["value"]) for field in page.one("#edit").select("input")}


def opened(client: Client, draft: str, key: str = WHO, **more: str) -> Page:
    return client.page(f"{draft}?{urlencode({'key': key, **more})}")


def save(client: Client, draft: str, page: Page, text: str, **more: str) -> TestResponse:
    return client.post(f"{draft}/texts", data={**form(page), "text": text, **more})


def text_of(page: Page) -> str:
    return page.one("#text").get_text().removeprefix("\n")


def part(client: Client, path: str, fields: Mapping[str, str]) -> TestResponse:
    return client.post(path, data=fields, headers={"X-Part": "text"})


def test_a_text_is_saved_and_the_editor_is_where_it_was(client: Client) -> None:
    draft = begun(client)
    page = opened(client, draft, locale="de", width="desktop")
    response = save(client, draft, page, "Wer ist dran?\r\nHier")
    assert response.status_code == 303
    assert "width=desktop" in response.headers["Location"]
    again = client.page(response.headers["Location"])
    assert text_of(again) == "Wer ist dran?\nHier"
    assert again.one("#status").get_text() == "Saved"
    assert ENGLISH in again.one(".source").get_text()
    assert "Review 1 change" in again.one("#part-review").get_text()


def test_its_script_gets_the_parts_that_a_save_changes(client: Client) -> None:
    draft = begun(client)
    fields = form(opened(client, draft))
    response = part(client, f"{draft}/texts", {**fields, "text": "For {nobody}"})
    assert response.status_code == 200
    assert "uses {nobody}" in response.text
    assert 'id="seen" value="1"' in response.text
    assert "<iframe" not in response.text
    # The answer was lost, and the same is sent again.
    assert part(client, f"{draft}/texts", {**fields, "text": "For {nobody}"}).status_code == 200
    conflict = part(client, f"{draft}/texts", {**fields, "text": "For somebody"})
    assert conflict.status_code == 409
    assert "For {nobody}" in conflict.text
    assert "For somebody" in conflict.text


def test_a_change_is_undone_and_a_text_like_the_published_one_is_none(client: Client) -> None:
    draft = begun(client)
    assert save(client, draft, opened(client, draft), "Another").status_code == 303
    fields = form(opened(client, draft))
    assert client.post(f"{draft}/undo", data={**fields, "text": "Another"}).status_code == 303
    page = opened(client, draft)
    assert text_of(page) == ENGLISH
    assert "took the change out" in page.one("#edits").get_text()
    assert save(client, draft, page, ENGLISH).status_code == 303
    assert client.page(f"{draft}?filter=changed").one(".nothing").get_text() == "No text is changed yet."


def test_hostile_texts_are_shown_as_they_are_and_what_cannot_be_stored_is_said(client: Client) -> None:
    draft = begun(client, "<script>alert(1)</script>")
    hostile = "</textarea><script>alert(1)</script> {{x}} \u202e \x07 {0.__class__}"
    assert save(client, draft, opened(client, draft), hostile).status_code == 303
    page = opened(client, draft)
    assert text_of(page) == hostile
    assert [script.get("src") is not None for script in page.html.select("script")] == [True]
    assert "U+202E" in page.one("#state").get_text()
    refused = save(client, draft, page, "a\0b")
    assert refused.status_code == 422
    assert "U+0000" in refused.text
    assert text_of(opened(client, draft)) == hostile


def test_a_text_sent_without_a_session_is_on_the_page_that_asks_to_sign_in(app: Flask, client: Client) -> None:
    draft = begun(client)
    fields = form(opened(client, draft))
    sign_ins_of(app).end_all(EMAIL)
    lost = client.post(f"{draft}/texts", data={**fields, "text": "Typed <b>late</b>"})
    assert lost.status_code == 401
    page = Page(lost)
    assert text_of(page) == "Typed <b>late</b>"
    other = signed_in(app, EMAIL)
    sent = {str(field["name"]): str(field["value"]) for field in page.one("main form").select("input")}
    asked = other.post(f"{draft}/texts", data={**sent, "text": text_of(page)})
    assert asked.status_code == 400
    again = Page(asked)
    fields = {str(field["name"]): str(field["value"]) for field in again.one("main form").select("input")}
    assert other.post(f"{draft}/texts", data={**fields, "text": text_of(again)}).status_code == 303
    assert text_of(opened(other, draft)) == "Typed <b>late</b>"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://other.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://other.example"},
        {"Origin": "https://other.example"},
        {"Origin": "null"},
    ],
)
def test_a_text_sent_without_a_session_leaves_the_browsers_cookie_alone(headers: dict[str, str], app: Flask) -> None:
    """Browsers send no cookie along with a form of another site: a new one would end the session that there is."""
    sent = app.test_client().post("/studio/drafts/1/texts", data={"text": "Typed"}, headers=headers)
    assert sent.status_code == 401
    assert sent.headers.getlist("Set-Cookie") == []
    assert ("Typed" in sent.text) is (headers.get("Origin") is None)


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-site"}, {"Origin": "https://other.example"}, {"Origin": "null"}]
)
@pytest.mark.parametrize("action", ["texts", "undo", "current"])
def test_a_text_that_another_site_sends_is_not_offered_to_be_saved(
    action: str, headers: dict[str, str], client: Client
) -> None:
    sent = client.post(f"{begun(client)}/{action}", data={"text": "Typed"}, headers=headers)
    assert sent.status_code == 400
    assert "Typed" not in sent.text


def test_a_text_for_a_draft_that_was_discarded_is_kept_among_its_edits(client: Client) -> None:
    draft = begun(client)
    page = opened(client, draft)
    assert client.post(f"{draft}/discard", data={"csrf_token": token(page)}).status_code == 303
    assert save(client, draft, page, "Too late").status_code == 404
    assert client.get(draft).status_code == 404
    home = client.page("/studio")
    assert client.post(f"{draft}/reopen", data={"csrf_token": token(home)}).status_code == 303
    again = opened(client, draft)
    assert text_of(again) == ENGLISH
    assert "Too late" in again.one("#edits").get_text()


def test_filters_and_search_list_what_they_say(client: Client) -> None:
    draft = begun(client)
    keys = [row.get_text() for row in client.page(f"{draft}?page=question.who").html.select(".row .key")]
    assert WHO in keys
    assert "result.why" not in keys
    found = client.page(f"{draft}?{urlencode({'q': 'WOFUR mochtest title', 'locale': 'de'})}")
    assert [row.get_text() for row in found.html.select(".row .key")] == [WHO]
    assert client.page(f"{draft}?q=nowhere-to-be-found").one(".nothing")
    unreviewed = client.page(f"{draft}?filter=unreviewed&locale=de")
    reviewed = {str(field["name"]): str(field["value"]) for field in unreviewed.one(".reviewed").select("input")}
    assert client.post(f"{draft}/reviewed", data=reviewed).status_code == 303
    assert client.page(f"{draft}?filter=unreviewed&locale=de").one(".nothing")


def test_what_an_address_asks_for_and_is_not_there_is_left_out(client: Client) -> None:
    draft = begun(client)
    page = client.page(f"{draft}?page=x&locale=xx&key=no.such&filter=x&width=x&theme=x&view=x&q=")
    assert page.one("#page option[selected]")["value"] == "question.who"
    assert not page.html.select("#edit")
    assert client.get("/studio/drafts/unknown").status_code == 404
    fields = form(opened(client, draft))
    assert client.post(f"{draft}/texts", data={**fields, "key": "no.such", "text": "x"}).status_code == 404
    assert client.post(f"{draft}/texts", data={**fields, "locale": "xx", "text": "x"}).status_code == 404


@pytest.mark.parametrize("title", ["", "   ", "x" * 81, "a\x07b"])
def test_a_draft_needs_a_title(title: str, client: Client) -> None:
    page = client.page("/studio")
    response = client.post("/studio/drafts", data={"csrf_token": token(page), "title": title})
    assert response.status_code == 400
    assert "one line of up to 80 characters" in Page(response).one("#title-problem").get_text()


def test_a_text_that_is_too_large_has_a_page_that_says_so(client: Client) -> None:
    draft = begun(client)
    response = save(client, draft, opened(client, draft), "x" * 20_000)
    assert response.status_code == 413
    assert "your text is still in the form" in response.text


def test_translations_go_out_and_come_back(client: Client) -> None:
    draft = begun(client)
    exported = client.get(f"{draft}/de.po")
    assert exported.headers["Content-Disposition"] == 'attachment; filename="de.po"'
    po = exported.data.decode().replace("Wofür möchtest du PostHog?", "Wofür denn?")
    page = client.page(draft)

    def sent(content: bytes) -> TestResponse:
        data = {"csrf_token": token(page), "file": (BytesIO(content), "de.po")}
        return client.post(f"{draft}/po", data=data, content_type="multipart/form-data")

    done = sent(po.encode())
    assert done.status_code == 200
    assert "1 text was changed" in done.text
    assert text_of(opened(client, draft, locale="de")) == "Wofür denn?"
    assert sent(b"not a PO file \xff").status_code == 400
    large = client.post(f"{draft}/po", data=b"x" * 600_000, content_type="multipart/form-data; boundary=x")
    assert large.status_code == 413
    assert client.get(f"{draft}/en.po").status_code == 404


def test_a_file_in_a_new_language_begins_it(client: Client) -> None:
    draft = begun(client)
    po = client.get(f"{draft}/de.po").data.decode().replace("Language: de", "Language: it")
    page = client.page(draft)
    data = {"csrf_token": token(page), "file": (BytesIO(po.encode()), "it.po")}
    done = client.post(f"{draft}/po", data=data, content_type="multipart/form-data")
    assert done.status_code == 200, Page(done).one("main").get_text()
    italian = opened(client, draft, locale="it")
    assert italian.one("#locale option[selected]").get_text().startswith("Italian")
    assert ENGLISH in italian.one(".source").get_text()


def test_a_text_that_was_published_since_is_told_and_stands_when_somebody_says_so(app: Flask, client: Client) -> None:
    draft = begun(client)
    assert save(client, draft, opened(client, draft), "Of the draft").status_code == 303
    publish(recorder_of(app).log.database, {"en": {WHO: "Published since"}})
    services(app).published.refresh()
    page = opened(client, draft)
    assert "Another text was published since" in page.one("#state").get_text()
    assert "Published since" in page.one(".before").get_text()
    # A further save does not decide it.
    assert save(client, draft, page, "Of the draft, longer").status_code == 303
    page = opened(client, draft)
    assert "Another text was published since" in page.one("#state").get_text()
    assert client.post(f"{draft}/current", data={**form(page), "text": text_of(page)}).status_code == 303
    page = opened(client, draft)
    assert "Another text was published since" not in page.one("#state").get_text()
    assert text_of(page) == "Of the draft, longer"


def test_a_stale_translation_still_fits_when_somebody_says_so(client: Client) -> None:
    draft = begun(client)
    assert save(client, draft, opened(client, draft), "Who is it for?").status_code == 303
    page = opened(client, draft, locale="de")
    assert "The English has changed since" in page.one("#state").get_text()
    assert client.post(f"{draft}/current", data={**form(page), "text": text_of(page)}).status_code == 303
    page = opened(client, draft, locale="de")
    assert "The English has changed since" not in page.one("#state").get_text()
    assert client.page(f"{draft}?locale=de&filter=stale").one(".nothing")
    assert len(client.page(f"{draft}?locale=de&filter=changed").html.select(".row")) == 1
