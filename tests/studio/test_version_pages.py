"""Published versions: their list, what each changed, rolling back, and the history of a text."""

import pytest
from bs4 import Tag
from dashboard_app import dashboard_on
from dashboard_sign_in import signed_in
from drafting import ANNA, HINT, TITLE
from factories import DATABASES
from flask import Flask
from published_versions import FILES, WHO, publish, roll_back
from studio_app import EDITOR, PUBLISHER, begin, published_text, submit
from support import Client, Page, empty_log

from wizard.app import recorder_of
from wizard.storage.audit_entries import Asked, read_entries
from wizard.studio.versions import A_PAGE
from wizard.web.services import services

SHIPPED = FILES.wording("en").texts[TITLE]


def add(app: Flask, text: str, note: str = "", locale: str = "en", key: str = TITLE) -> int:
    """Publish a text, and have the application read it."""
    number = publish(recorder_of(app).log.database, {locale: {key: text}}, note)
    services(app).published.refresh()
    return number


@pytest.fixture
def editor(app: Flask) -> Client:
    return signed_in(app, EDITOR, "editor")


@pytest.fixture
def publisher(app: Flask) -> Client:
    return signed_in(app, PUBLISHER, "publisher")


def back_to(number: int) -> str:
    return f"/studio/versions/{number}/roll-back"


def listed(page: Page) -> list[str]:
    return [item.get_text(" ", strip=True) for item in page.all(".versions > li")]


def sides(page: Page) -> list[list[str]]:
    return [[text.get_text() for text in row.select(".side-by-side .text")] for row in page.all(".change")]


def text_of(tag: Tag | None) -> str:
    assert tag is not None
    return tag.get_text(" ", strip=True)


def test_without_a_version_the_list_has_the_installations_files_alone(editor: Client) -> None:
    page = editor.page("/studio/versions")
    [files] = listed(page)
    assert files.startswith("The installation\u2019s files Current Nothing was published yet")
    page = editor.page("/studio/versions/0")
    assert page.heading == "The installation\u2019s files Current"
    assert not page.all("form.publish, .place, select")


def test_versions_are_listed_with_who_why_and_how_much(app: Flask, editor: Client) -> None:
    add(app, "One?", "Shorter <b>headline</b>")
    roll_back(recorder_of(app).log.database, 0, "Too short")
    newest, first, files = listed(editor.page("/studio/versions"))
    assert newest.startswith(
        f"Version 2 Current Rolled back to the installation\u2019s files Too short 1 Nov 2026, 00:00, {WHO}"
    )
    assert first == f"Version 1 Shorter <b>headline</b> 1 Nov 2026, 00:00, {WHO} 1 text changed"
    assert files == "The installation\u2019s files What visitors read before version 1"


def test_a_long_list_has_pages(app: Flask, editor: Client) -> None:
    for number in range(A_PAGE + 2):
        add(app, f"Number {number}?")
    page = editor.page("/studio/versions")
    assert len(listed(page)) == A_PAGE
    assert [a.get_text() for a in page.all(".pager a")] == ["Older \N{RIGHTWARDS ARROW}"]
    page = editor.page(str(page.one(".pager a")["href"]))
    assert [line.split(" 1 Nov")[0] for line in listed(page)[:2]] == ["Version 2", "Version 1"]
    assert [a.get_text() for a in page.all(".pager a")] == ["Newest"]
    assert listed(editor.page("/studio/versions?before=x")) == listed(editor.page("/studio/versions"))


def test_a_version_shows_what_it_changed_and_how_it_differs_from_any_other(app: Flask, editor: Client) -> None:
    add(app, "One?")
    add(app, "Two?", "Why not")
    page = editor.page("/studio/versions/2")
    assert page.heading == "Version 2 Current"
    assert sides(page) == [["One?", "Two?"]]
    assert page.one(".version-note").get_text() == "Why not"
    assert WHO in text_of(page.all(".change-head")[0])
    assert [(option["value"], "selected" in option.attrs) for option in page.all("#against option")] == [
        ("1", True),
        ("0", False),
    ]
    assert sides(editor.page("/studio/versions/2?against=0")) == [[SHIPPED, "Two?"]]
    assert sides(editor.page("/studio/versions/1?against=2")) == [["Two?", "One?"]]
    assert sides(editor.page("/studio/versions/0")) == [["Two?", SHIPPED]]
    assert "No differences" in editor.page("/studio/versions/1?against=1").text


def test_a_version_is_shown_as_visitors_see_it(app: Flask, editor: Client) -> None:
    add(app, "One?")
    add(app, "Two?")
    frames = [str(frame["href"]) for frame in editor.page("/studio/versions/2").all(".frames a")]
    assert frames == [f"/studio/versions/{number}/preview?page=question.who&locale=en" for number in (1, 2)]
    assert [editor.page(frame).heading for frame in frames] == ["One?", "Two?"]
    assert editor.page("/studio/versions/0/preview").heading == SHIPPED


def test_a_rollback_is_a_version_of_its_own_that_visitors_read_at_once(app: Flask, publisher: Client) -> None:
    add(app, "One?")
    add(app, "Two?")
    page = publisher.page("/studio/versions/1")
    assert "Its texts become version 3" in page.text
    page = submit(publisher, page, back_to(1), note="The first was better")
    assert page.response.request.path == "/studio/versions/3"
    assert "Version 3 is published" in page.one("[role=status]").get_text()
    assert "Rolled back to version 1 by publisher@example.com" in page.text
    assert page.one(".version-note").get_text() == "The first was better"
    assert sides(page) == [["Two?", "One?"]]
    assert published_text(app, "en", TITLE) == "One?"
    with recorder_of(app).log.database.reader.connect() as connection:
        [entry] = read_entries(connection, Asked(action="version rolled back"))
    assert (entry.who, entry.before, entry.note) == (PUBLISHER, "2", "The first was better")


def test_the_newest_version_is_taken_back_with_one_button_of_the_list(app: Flask, publisher: Client) -> None:
    add(app, "One?")
    page = publisher.page("/studio/versions")
    assert page.one(".versions button").get_text() == "Roll back to the files"
    assert submit(publisher, page, back_to(0)).heading == "Version 2 Current"
    assert published_text(app, "en", TITLE) == SHIPPED
    assert publisher.page("/studio/versions").one(".versions button").get_text() == "Roll back to version 1"


def test_a_rollback_over_a_version_that_was_not_seen_is_refused(app: Flask, publisher: Client) -> None:
    add(app, "One?")
    seen = publisher.page("/studio/versions/0")
    add(app, "Two?", "Meanwhile")
    page = submit(publisher, seen, back_to(0), note="Kept")
    assert page.status == 409
    assert "Version 2 was published meanwhile" in page.one("[role=alert]").get_text()
    assert str(page.one("#note")["value"]) == "Kept"
    assert submit(publisher, page, back_to(0)).heading == "Version 3 Current"
    page = publisher.page("/studio/versions/0")
    assert submit(publisher, page, back_to(0)).status == 409  # it has these texts already


def test_an_editor_sees_all_and_rolls_nothing_back(app: Flask, editor: Client) -> None:
    add(app, "One?")
    signed_in(app, PUBLISHER, "publisher")
    assert not editor.page("/studio/versions").all(".versions form")
    page = editor.page("/studio/versions/0")
    assert not page.all("form.publish")
    assert f"Publishers can do that: {PUBLISHER}" in page.text
    assert editor.post(back_to(0), data={}).status_code == 403


def test_a_rollback_needs_the_form_of_its_page(app: Flask, publisher: Client) -> None:
    add(app, "One?")
    for data in ({}, {"csrf_token": "x", "newest": "1"}):
        assert publisher.post(back_to(0), data=data).status_code == 400
    page = publisher.page("/studio/versions/0")
    assert submit(publisher, page, back_to(0), newest="x").status == 400
    assert submit(publisher, page, back_to(0), note="n" * 501).status == 400
    assert services(app).published.current.number == 1


@pytest.mark.parametrize(
    "path",
    [
        "/studio/versions/7",
        "/studio/versions/-1",
        "/studio/versions/1e1",
        "/studio/versions/9999999999",
        "/studio/versions/0?against=7",
        "/studio/versions/7/preview",
        "/studio/versions/x/preview",
        "/studio/texts/no.such.text",
        "/studio/texts/who",
        "/studio/texts/a%00b.c",
        f"/studio/texts/{'a.' * 200}b",
    ],
)
def test_what_there_is_not_is_not_found(path: str, editor: Client) -> None:
    assert editor.get(path).status_code == 404


def test_the_history_of_a_text_has_each_version_and_the_drafts_that_change_it(app: Flask, editor: Client) -> None:
    add(app, "One?", "Shorter")
    add(app, "Wer?", locale="de")
    add(app, "Other", key=HINT)
    begin(app, "Spring campaign", {("de", TITLE): "Wer denn?"})
    page = editor.page(f"/studio/texts/{TITLE}")
    assert [text_of(entry.select_one("h3")) for entry in page.all(".entries > li")] == ["Version 2", "Version 1"]
    assert "Shorter" in page.all(".entries > li")[1].get_text()
    today = {text_of(each.select_one("dt")): text_of(each.select_one("dd")) for each in page.all(".today > div")}
    assert (today["English"], today["German"]) == ("One?", "Wer?")
    drafted = text_of(page.all("section")[1])
    assert drafted.startswith("In drafts Spring campaign German")
    assert ANNA in drafted
    german = editor.page(f"/studio/texts/{TITLE}?locale=de")
    assert [text_of(entry.select_one("h3")) for entry in german.all(".entries > li")] == ["Version 2"]
    assert german.one(".filter-languages [aria-current]").get_text() == "German"
    assert "No version has changed it" in editor.page("/studio/texts/question.back").text


@pytest.mark.parametrize("database", DATABASES)
def test_every_page_reads_each_database(database: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue("tmp_path")
    url = empty_log(folder) if database == "sqlite" else request.getfixturevalue("postgresql_url")
    with dashboard_on(url) as app:
        client = signed_in(app, PUBLISHER, "publisher")
        add(app, "One?", "Shorter")
        draft = begin(app, "Spring campaign", {("en", TITLE): "Two?", ("de", TITLE): "Zwei?"})
        review = client.page(f"/studio/drafts/{draft.draft_id}/review")
        assert sides(review)[0] == ["One?", "Two?"]
        page = submit(client, review, f"/studio/drafts/{draft.draft_id}/publish", note="More")
        assert page.heading == "Version 2 Current"
        assert sides(page)[0] == ["One?", "Two?"]
        assert submit(client, client.page("/studio/versions"), back_to(1)).heading == "Version 3 Current"
        assert len(listed(client.page("/studio/versions"))) == 4
        assert len(client.page(f"/studio/texts/{TITLE}").all(".entries > li")) == 3


def test_the_files_of_the_installation_that_changed_since_are_told(app: Flask, editor: Client) -> None:
    add(app, "One?")
    assert not editor.page("/studio/versions").all(".caution")
    with recorder_of(app).log.database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE wording_versions SET files_version = '00000000'")
    page = editor.page("/studio/versions")
    assert "files have changed since version 1 was published" in page.one(".caution").get_text()
    assert editor.get(str(page.one(".caution a")["href"])).status_code == 200
