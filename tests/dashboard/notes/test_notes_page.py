"""Notes on the dashboard: written, changed and removed by colleagues who are signed in, and shown as text."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from dashboard_app import NOW_MS, add_views, dashboard_on
from dashboard_sign_in import EMAIL, signed_in
from factories import DATABASES, NOV_1
from flask import Flask
from sqlalchemy import select
from support import Client, Page, empty_log

from wizard.app import recorder_of
from wizard.dashboard.notes.content import Content
from wizard.dashboard.notes.store import Notes
from wizard.events.log import DAY_MS
from wizard.maintenance.expired import KEPT_MS
from wizard.maintenance.rebuild import purge
from wizard.storage.dashboard_tables import notes as table

OTHER = "two@example.com"
HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "</title><b>", "' OR 1=1 --")


@pytest.fixture(params=DATABASES)
def app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    url = (
        empty_log(request.getfixturevalue("tmp_path"))
        if request.param == "sqlite"
        else request.getfixturevalue("postgresql_url")
    )
    with dashboard_on(url) as app:
        add_views(recorder_of(app).log, {f"j-{day}": NOV_1 + day * DAY_MS for day in range(28)})
        yield app


def submit(client: Client, page: Page, selector: str, **fields: str) -> Page:
    """Send a form of `page` with some of its fields changed, and follow where it leads."""
    form = page.one(selector)
    given = {str(field["name"]): str(field["value"]) for field in form.select("input")}
    return Page(client.post(str(form["action"]), data=given | fields, follow_redirects=True))


def add(client: Client, day: str, text: str, at: str = "/growth/notes") -> Page:
    return submit(client, client.page(at), "form[action='/growth/notes']", day=day, text=text)


def listed(page: Page) -> list[tuple[str, str]]:
    return [
        (row.select(".note-day")[0].get_text(), row.select(".note-text")[0].get_text())
        for row in page.all(".notes > li")
    ]


def test_a_note_is_listed_with_its_day_and_who_wrote_it(app: Flask) -> None:
    client = signed_in(app)
    assert "no notes yet" in client.page("/growth/notes").text
    add(client, "2026-11-03", "New pricing page")
    page = add(client, "2026-11-09", "Spring campaign")
    assert (page.status, page.response.request.path) == (200, "/growth/notes")
    assert listed(page) == [("9 Nov 2026", "Spring campaign"), ("3 Nov 2026", "New pricing page")]
    assert f"Written by {EMAIL}, 28 Nov 2026, 12:00" in page.text


def test_the_form_of_the_overview_leads_back_to_it_and_its_note_is_below_the_chart(app: Flask) -> None:
    client = signed_in(app)
    page = add(client, "2026-11-20", "Spring campaign", "/growth?period=28d&device=desktop&metric=started")
    assert page.response.request.path == "/growth"
    assert parse_qsl(page.response.request.query_string.decode()) == [
        ("period", "28d"),
        ("device", "desktop"),
        ("metric", "started"),
    ]
    [marker] = page.all("#part-markers .marker-note")
    assert marker.get_text(" ", strip=True).startswith(f"Note 20 Nov 2026 Spring campaign by {EMAIL}")


def test_the_form_is_filled_with_today_or_with_the_last_day_that_is_shown(app: Flask) -> None:
    client = signed_in(app)
    for query, day in (("", "2026-11-28"), ("?since=2026-11-01&until=2026-11-09", "2026-11-09")):
        assert client.page(f"/growth{query}").one("#new-note-day")["value"] == day


def test_a_note_of_a_day_that_the_overview_does_not_show_leads_to_the_page_of_notes(app: Flask) -> None:
    client = signed_in(app)
    page = add(client, "2026-09-01", "Long ago", "/growth?period=7d")
    assert page.response.request.path == "/growth/notes"
    assert listed(page) == [("1 Sep 2026", "Long ago")]


@pytest.mark.parametrize("view", ["//evil.example", "x" * 7000, "a\r\nb: c", "\u202e", "period=7d&\0"])
def test_whatever_the_form_says_of_its_overview_it_leads_to_a_page_of_ours(view: str, app: Flask) -> None:
    client = signed_in(app)
    page = client.page("/growth/notes")
    fields = {"csrf_token": page.fields["csrf_token"], "day": "2026-11-28", "text": "x", "view": view}
    location = client.post("/growth/notes", data=fields).headers["Location"]
    assert not urlsplit(location).netloc
    assert urlsplit(location).path in ("/growth", "/growth/notes")
    assert "\n" not in location


@pytest.mark.parametrize(
    ("day", "text", "bad"),
    [("2026-11-31", "x", "day"), ("2026-11-03", " ", "text"), ("2026-11-03", "y" * 201, "text"), ("", "a\nb", "day")],
)
def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_is_kept(
    day: str, text: str, bad: str, app: Flask
) -> None:
    client = signed_in(app)
    page = add(client, day, text, "/growth?period=7d")
    assert page.status == 400
    field = page.one(f"#new-note-{bad}")
    assert field["aria-invalid"] == "true"
    assert page.one(f"#{field['aria-describedby']}").get_text(strip=True)
    assert (page.one("#new-note-day")["value"], page.one("#new-note-text")["value"]) == (day, text)
    assert listed(page) == []
    corrected = submit(client, page, "form[action='/growth/notes']", day="2026-11-27", text="ok")
    assert corrected.response.request.path == "/growth", "it still leads back"


def test_a_note_is_changed_and_removed_by_anybody_and_who_did_it_is_kept(app: Flask) -> None:
    page = add(signed_in(app), "2026-11-03", "New pricing page")
    other = signed_in(app, OTHER)
    edit = ".notes details form"
    wrong = submit(other, page_of(other), edit, day="2026-11-04", text="")
    assert wrong.status == 400
    assert "open" in wrong.one(".notes details").attrs
    assert wrong.one(f"{edit} input[type=date]")["value"] == "2026-11-04"
    assert listed(wrong) == listed(page)
    changed = submit(other, page_of(other), edit, day="2026-11-04", text="New prices")
    assert listed(changed) == [("4 Nov 2026", "New prices")]
    assert f"Written by {EMAIL}" in changed.text
    assert f"Changed by {OTHER}" in changed.text
    removed = submit(other, changed, ".notes form[action$=remove]")
    assert listed(removed) == []
    assert "New prices" not in other.page("/growth").text
    with recorder_of(app).log.database.reader.connect() as connection:
        [row] = connection.execute(select(table)).all()
    assert (row.text, row.who, row.changed_by, row.removed_by, row.removed_ms) == (
        "New prices",
        EMAIL,
        OTHER,
        OTHER,
        NOW_MS,
    )
    for selector in (edit, ".notes form[action$=remove]"):
        gone = submit(other, changed, selector)
        assert (gone.status, gone.heading) == (404, "Note not found")


def page_of(client: Client) -> Page:
    return client.page("/growth/notes")


@pytest.mark.parametrize("path", ["/growth/notes", "/growth/notes/0123456789abcdef", "/growth/notes/%00/remove"])
def test_without_the_token_of_the_session_nothing_is_written(path: str, app: Flask) -> None:
    client = signed_in(app)
    for data in ({}, {"csrf_token": "x"}, {"day": "2026-11-03", "text": "x"}):
        assert Page(client.post(path, data=data)).heading == "Please try again"
    assert client.post(path, json={"day": "2026-11-03", "text": "x"}).status_code == 400
    assert listed(page_of(client)) == []


@pytest.mark.parametrize("note_id", ["0123456789abcdef", "x", "%00", "..", "'"])
def test_a_note_that_is_not_there_is_told(note_id: str, app: Flask) -> None:
    client = signed_in(app)
    fields = {"csrf_token": page_of(client).fields["csrf_token"], "day": "2026-11-03", "text": "x"}
    assert client.post(f"/growth/notes/{note_id}/remove", data=fields).status_code == 404
    assert client.post(f"/growth/notes/{note_id}", data=fields).status_code == 404


def test_what_colleagues_write_is_shown_as_text(app: Flask) -> None:
    client = signed_in(app)
    for text in HOSTILE:
        add(client, "2026-11-20", text)
    notes, overview = page_of(client), client.page("/growth")
    assert {text for _, text in listed(notes)} == set(HOSTILE)
    assert {each.get_text() for each in overview.all("#part-markers .marker bdi")} == set(HOSTILE)
    for page in (notes, overview):
        assert not page.all("main script, main img, main b script")
    assert "2 more notes" in overview.one("#more-markers summary").get_text()


def test_a_purge_leaves_notes_and_removed_ones_are_deleted_after_ninety_days(app: Flask) -> None:
    client, log = signed_in(app), recorder_of(app).log
    add(client, "2026-11-03", "first")
    submit(client, page_of(client), ".notes form[action$=remove]")
    add(client, "2026-11-04", "second")
    assert sum(erased.journeys for erased in purge(log, NOW_MS)) == 28
    assert listed(page_of(client)) == [("4 Nov 2026", "second")]
    with log.database.reader.connect() as connection:
        assert len(connection.execute(select(table)).all()) == 2
    later = Notes(log.database, lambda: NOW_MS + KEPT_MS + 1)
    later.remove(later.all()[0].note_id, OTHER)
    later.add(Content("2026-11-05", "third"), OTHER)
    with log.database.reader.connect() as connection:
        assert set(connection.execute(select(table.c.text)).scalars()) == {"second", "third"}
