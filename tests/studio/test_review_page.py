"""The review of a draft: what publishing it would change, what stops it, and the publish itself."""

import pytest
from bs4 import Tag
from dashboard_sign_in import signed_in
from drafting import ANNA, HINT, TITLE
from flask import Flask
from studio_app import EDITOR, PUBLISHER, begin, published_text, submit
from support import Client, Page

from wizard.app import recorder_of
from wizard.drafts.model import REVIEWED, Draft
from wizard.drafts.store import Drafts
from wizard.storage.audit_entries import Asked, read_entries
from wizard.web.services import services

ENGLISH, GERMAN = "Who will use PostHog?", "Wer nutzt PostHog?"
TEXTS = {("en", TITLE): ENGLISH, ("de", TITLE): GERMAN}
HOSTILE = ("<script>alert(1)</script>", "{{ 7 * 7 }}", '"><img src=x onerror=alert(1)>', "</title><b>")


@pytest.fixture
def draft(app: Flask) -> Draft:
    return begin(app, "Spring campaign", TEXTS)


@pytest.fixture
def editor(app: Flask) -> Client:
    return signed_in(app, EDITOR, "editor")


@pytest.fixture
def publisher(app: Flask) -> Client:
    return signed_in(app, PUBLISHER, "publisher")


def path(draft: Draft, what: str = "review") -> str:
    return f"/studio/drafts/{draft.draft_id}/{what}"


def publish(client: Client, draft: Draft, note: str = "") -> Page:
    return submit(client, client.page(path(draft)), path(draft, "publish"), note=note)


def sides(row: Tag) -> list[str]:
    compared = row.select(".side-by-side")[0]
    return [text.get_text() for text in compared.select(".text")]


def test_each_text_is_shown_before_and_after_by_place_key_and_language(
    app: Flask, draft: Draft, editor: Client
) -> None:
    before = published_text(app, "en", TITLE)
    page = editor.page(path(draft))
    assert page.heading == "Review"
    assert "2 texts in English and German, compared with the installation" in page.text
    [place] = page.all(".place")
    assert place.select_one("h2").get_text() == "Question: Who"  # type: ignore[union-attr]
    assert [each.get_text() for each in place.select("h3")] == [TITLE]
    rows = place.select(".change")
    assert [row.select_one("h4").get_text() for row in rows] == ["English", "German"]  # type: ignore[union-attr]
    assert sides(rows[0]) == [before, ENGLISH]
    assert [each.get_text() for each in rows[0].select("ins")] == ["will use"]
    assert rows[1].select(".text")[1]["lang"] == "de"
    assert f"{ANNA}, " in rows[0].get_text()


def test_it_says_who_sees_a_text_and_shows_both_pages(app: Flask, editor: Client) -> None:
    key = "reasons.likes_running_it.title"
    draft = begin(app, "Reasons", {("en", key): "You like it"})
    page = editor.page(path(draft))
    assert page.one(".audience summary").get_text() == "Seen on 2 of 55 paths"
    assert page.one(".audience li").get_text(" ", strip=True).startswith("Enthusiast, On-premise: 2 paths")
    frames = [str(frame["href"]) for frame in page.all(".frames a")]
    assert [frame.partition("?")[0] for frame in frames] == ["/studio/preview", path(draft, "preview")]
    assert {str(frame["data-shows"]) for frame in page.all(".frames a")} == {key}
    assert editor.get(frames[0]).status_code == 200
    assert "frame-src 'self'" in page.response.headers["Content-Security-Policy"]


def test_an_editor_is_told_who_can_publish_and_cannot(app: Flask, draft: Draft, editor: Client) -> None:
    signed_in(app, PUBLISHER, "publisher")
    page = editor.page(path(draft))
    assert f"Ask a publisher to publish it: {PUBLISHER}" in page.text
    assert not page.all("form.publish")
    assert editor.post(path(draft, "publish"), data={}).status_code == 403


def test_a_publish_makes_a_version_that_visitors_read_at_once(app: Flask, draft: Draft, publisher: Client) -> None:
    page = publish(publisher, draft, "More people should begin")
    assert page.response.request.path == "/studio/versions/1"
    assert "Version 1 is published" in page.one("[role=status]").get_text()
    assert "More people should begin" in page.text
    assert "Version 1 is published" not in publisher.page("/studio/versions/1").text
    assert [published_text(app, locale, TITLE) for locale in ("en", "de")] == [ENGLISH, GERMAN]
    assert publisher.get(path(draft)).headers["Location"] == "/studio/versions/1"
    with recorder_of(app).log.database.reader.connect() as connection:
        [entry] = read_entries(connection, Asked(action="version published"))
    assert (entry.who, entry.subject, entry.before, entry.after) == (PUBLISHER, "version 1", "0", "1")


def test_what_stops_a_publish_is_said_with_links_to_the_texts(app: Flask, publisher: Client) -> None:
    draft = begin(app, "Wrong", {("en", TITLE): "x" * 200, ("en", HINT): ""})
    page = publisher.page(path(draft))
    assert page.one("#h-publish").get_text() == "Not ready to publish"
    assert not page.all("form.publish")
    lines = {line.get_text(" ", strip=True): str(line.select_one("a")["href"]) for line in page.all(".lines li")}  # type: ignore[index]
    assert f"{HINT} English is empty" in lines
    assert (
        lines[f"{HINT} English is empty"] == f"/studio/drafts/{draft.draft_id}?page=question.who&locale=en&key={HINT}"
    )
    assert any(line.startswith(f"{TITLE} English has 200 characters; allowed: up to") for line in lines)


def test_what_was_changed_or_published_meanwhile_is_not_published_unseen(
    app: Flask, draft: Draft, publisher: Client
) -> None:
    seen = publisher.page(path(draft))
    store = Drafts(recorder_of(app).log.database, services(app).clock)
    [change] = [each for each in store.changes(draft.draft_id) if each.locale == "de"]
    store.undo(draft.draft_id, change, ANNA)
    page = submit(publisher, seen, path(draft, "publish"), note="Kept")
    assert page.status == 409
    assert "The draft was changed meanwhile" in page.one("[role=alert]").get_text()
    assert str(page.one("#note")["value"]) == "Kept"
    publish(publisher, begin(app, "Other", {("en", HINT): "Other"}))
    page = submit(publisher, page, path(draft, "publish"))
    assert page.status == 409
    assert "Version 1 was published meanwhile" in page.one("[role=alert]").get_text()
    assert submit(publisher, page, path(draft, "publish")).response.request.path == "/studio/versions/2"


def test_a_conflict_shows_all_three_texts_and_stops_the_publish(app: Flask, draft: Draft, publisher: Client) -> None:
    base = published_text(app, "en", TITLE)
    publish(publisher, begin(app, "Other", {("en", TITLE): "Who is it for?"}))
    page = publisher.page(path(draft))
    assert not page.all("form.publish")
    row = page.one(f'[id="text-en-{TITLE}"]')
    assert sides(row) == ["Who is it for?", ENGLISH]
    assert row.select_one(".conflict .text").get_text() == base  # type: ignore[union-attr]
    assert page.one(".lines a")["href"] == f"#text-en-{TITLE}"


def test_translations_that_go_stale_are_counted_and_named(app: Flask, editor: Client) -> None:
    draft = begin(app, "English alone", {("en", TITLE): ENGLISH})
    page = editor.page(path(draft))
    assert page.one("details.stale summary").get_text(" ", strip=True) == "6 translations go stale"
    assert f"{TITLE} German" in page.one("details.stale").get_text(" ", strip=True)


def test_that_a_language_was_reviewed_is_said_in_words(app: Flask, editor: Client) -> None:
    draft = begin(app, "Reviewed", {("de", REVIEWED): "true"})
    [place] = editor.page(path(draft)).all(".place")
    assert "Languages" in place.get_text()
    assert sides(place) == ["Not reviewed by a native speaker", "Reviewed by a native speaker"]


def test_a_draft_without_changes_and_a_discarded_one_offer_no_publish(
    app: Flask, draft: Draft, publisher: Client
) -> None:
    empty = begin(app, "Empty", {})
    assert "Nothing to publish" in publisher.page(path(empty)).text
    Drafts(recorder_of(app).log.database, services(app).clock).discard(draft.draft_id, ANNA)
    page = publisher.page(path(draft))
    assert "This draft was discarded" in page.text
    assert not page.all("form.publish")
    assert not [a for a in page.all("a") if str(a["href"]) == f"/studio/drafts/{draft.draft_id}"]
    assert publisher.get("/studio/drafts/nowhere/review").status_code == 404
    assert publisher.get("/studio/drafts/a%00b/review").status_code == 404


def test_a_publish_needs_the_form_of_its_page(draft: Draft, publisher: Client, app: Flask) -> None:
    for data in ({}, {"csrf_token": "x", "number": "0"}, {"number": "0", "changes": ""}):
        assert publisher.post(path(draft, "publish"), data=data).status_code == 400
    page = publisher.page(path(draft))
    assert submit(publisher, page, path(draft, "publish"), number="-1").status == 400
    assert submit(publisher, page, path(draft, "publish"), changes="").status == 409
    assert services(app).published.current.number == 0


def test_a_note_that_is_too_long_is_refused_and_stays_in_its_field(draft: Draft, publisher: Client) -> None:
    page = publish(publisher, draft, "n" * 501)
    assert page.status == 400
    assert "501 characters" in page.one("[role=alert]").get_text()
    assert str(page.one("#note")["value"]) == "n" * 501


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_titles_and_notes_are_shown_as_text(app: Flask, publisher: Client, text: str) -> None:
    draft = begin(app, text, {("en", HINT): text})
    page = publisher.page(path(draft))
    assert sides(page.one(".change"))[1] == text
    assert not page.all("main img, main b:not(:empty):has(script), main .text script")
    assert page.one(".crumb bdi").get_text() == text
    if "{" not in text:
        assert publish(publisher, draft, text).one(".version-note").get_text() == text
