"""The frame of the studio shows the visitor's page with a draft's texts, and lets nothing in it act."""

import re

import pytest
from dashboard_sign_in import EMAIL, signed_in
from drafting import TITLE, new
from flask import Flask
from support import Client

from wizard.clock import system_ms
from wizard.drafts.store import Drafts
from wizard.web.services import services

MARKUP = '<script>alert(1)</script><img src=x onerror="alert(1)"> {who} \u202e'


@pytest.fixture
def editor(app: Flask) -> Client:
    return signed_in(app, role="editor")


def draft_with(app: Flask, text: str, locale: str = "en", key: str = TITLE) -> str:
    """The address of the frame of a new draft with this text."""
    drafts = Drafts(services(app).log.database, system_ms)
    draft = drafts.begin("Autumn", EMAIL)
    drafts.save(draft.draft_id, new(key, text, locale=locale), EMAIL)
    return f"/studio/drafts/{draft.draft_id}/preview"


def test_a_drafts_text_is_in_its_frame_and_nowhere_else(app: Flask, editor: Client) -> None:
    address = draft_with(app, "Who is it for?")
    assert editor.page(address).heading == "Who is it for?"
    assert editor.page("/studio/preview").heading == "Who do you want PostHog for?"
    assert editor.page("/").heading == "Who do you want PostHog for?"


def test_the_frame_shows_the_page_the_language_and_the_theme_of_its_address(app: Flask, editor: Client) -> None:
    address = draft_with(app, "Wofür?", "de", "questions.hosting.title")
    page = editor.page(f"{address}?page=question.hosting.missing&locale=de&theme=dark")
    assert page.heading == "Wofür?"
    html = page.one("html")
    assert (html["lang"], html["data-theme"]) == ("de", "dark")
    assert page.one("legend [data-text]")["data-text"] == "questions.hosting.title"


def test_every_page_and_what_is_unknown(app: Flask, editor: Client) -> None:
    address = draft_with(app, "Who is it for?")
    for page in ("result.job.just_me.own_cloud", "problem.server", "email.cloud", "search"):
        assert editor.page(f"{address}?page={page}&locale=ar").status == 200
    assert editor.page(f"{address}?page=nowhere").status == 404
    assert editor.page("/studio/drafts/nowhere/preview").status == 404
    assert editor.page(f"{address}?locale=xx&theme=pink").heading == "Who is it for?"


def test_markup_in_a_text_is_text(app: Flask, editor: Client) -> None:
    page = editor.page(draft_with(app, MARKUP))
    assert page.one("legend [data-text]").get_text() == MARKUP.replace("\u202e", "\N{REPLACEMENT CHARACTER}")
    assert page.html.select("img, [onerror]") == []


def test_only_our_own_pages_may_frame_it_and_only_its_own_script_runs(app: Flask, editor: Client) -> None:
    response = editor.get(draft_with(app, "Who is it for?"))
    policy = response.headers["Content-Security-Policy"]
    assert re.search(r"script-src 'sha256-[^ ;]+';", f"{policy};")
    assert policy.endswith("frame-ancestors 'self'")
    assert "default-src 'none'" in policy
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "X-Frame-Options" not in editor.get("/").headers


def test_a_preview_is_no_visit(app: Flask, editor: Client) -> None:
    waiting = services(app).recorder.waiting
    editor.page(draft_with(app, "Who is it for?") + "?page=result.hobby.avoid")
    assert services(app).recorder.waiting == waiting
