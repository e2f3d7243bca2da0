"""The draft editor: texts are edited beside the page that shows them, and nothing that was typed is lost."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from accessible import violations
from dashboard_browser import Dashboard, Users, dashboard_with, sign_in
from playwright.sync_api import Browser, FrameLocator, Page, expect

WHO = "questions.who.title"
ENGLISH = "Who do you want PostHog for?"
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard whose log is empty."""
    with dashboard_with(tmp_path_factory.mktemp("studio")) as running:
        yield running


def new_draft(page: Page, title: str = "Spring campaign") -> str:
    """Begin a draft, and return its address."""
    page.goto("/studio")
    page.get_by_label("New draft").fill(title)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.wait_for_load_state()  # Firefox refuses to go on while the frame is loading
    return page.url.partition("?")[0]


def open_text(page: Page, draft: str, key: str = WHO, query: str = "") -> None:
    """Open the form of a text."""
    page.goto(f"{draft}?key={key}{query}")
    expect(page.locator("#text")).to_be_visible()


def preview(page: Page) -> FrameLocator:
    return page.frame_locator("#preview")


def said(page: Page, text: str) -> None:
    expect(page.locator("#status")).to_contain_text(text)


def test_a_text_is_saved_as_it_is_typed_and_the_preview_follows(
    window: Browser, studio: Dashboard, users: Users
) -> None:
    page = users.with_role("editor", studio, window, viewport=WIDE)
    draft = new_draft(page)
    open_text(page, draft)
    expect(preview(page).get_by_role("heading", level=1)).to_have_text(ENGLISH)
    page.locator("#text").fill("Who will use PostHog?")
    said(page, "Saved")
    expect(preview(page).get_by_role("heading", level=1)).to_have_text("Who will use PostHog?")
    expect(page.get_by_role("link", name="Review 1 change")).to_be_visible()
    expect(page.locator("#state")).to_contain_text(ENGLISH)
    page.get_by_role("button", name="Undo the change").click()
    expect(page.locator("#text")).to_have_value(ENGLISH)
    expect(preview(page).get_by_role("heading", level=1)).to_have_text(ENGLISH)


def test_a_click_on_a_text_of_the_page_opens_its_form(window: Browser, studio: Dashboard, users: Users) -> None:
    page = users.with_role("editor", studio, window, viewport=WIDE)
    draft = new_draft(page)
    page.goto(f"{draft}?locale=de")
    preview(page).get_by_text("Für mein Team").click()
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator("#text")).to_have_value("Für mein Team")
    expect(page.locator("#edit")).to_contain_text("My team")
    page.go_back()
    expect(page.locator("#text")).to_have_count(0)


def test_on_a_phone_a_tap_on_a_text_of_the_page_shows_its_form(
    browser: Browser, studio: Dashboard, users: Users
) -> None:
    page = users.with_role("editor", studio, browser, viewport=PHONE, has_touch=True)
    draft = new_draft(page)
    page.goto(draft)
    expect(page.locator("#preview")).to_be_hidden()
    page.get_by_role("link", name="Preview", exact=True).click()
    expect(page.locator("#part-list")).to_be_hidden()
    preview(page).get_by_text("My team", exact=True).tap()
    expect(page.locator("#text")).to_have_value("My team")
    expect(page.locator("#text")).to_be_focused()


def test_it_is_worked_with_by_keyboard(window: Browser, studio: Dashboard, users: Users) -> None:
    page = users.with_role("editor", studio, window, viewport=WIDE)
    draft = new_draft(page)
    page.goto(draft)
    page.get_by_label("Search all texts").fill("myself")
    expect(page.locator(".rows li")).to_have_count(1)
    row = page.locator(".rows a")
    row.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type(" alone")
    said(page, "Saved")
    expect(page.locator("#text")).to_have_value("Myself alone")
    page.keyboard.press("ControlOrMeta+z")
    expect(page.locator("#text")).not_to_have_value("Myself alone")
    open_text(page, draft)
    page.locator("#text").press("ControlOrMeta+Enter")
    expect(page.locator("#text")).to_have_value("Pick the closest. You can change it at any time.")
    expect(page.locator("#text")).to_be_focused()


def test_what_is_wrong_with_a_text_is_said_as_it_is_typed(browser: Browser, studio: Dashboard, users: Users) -> None:
    page = users.with_role("editor", studio, browser, viewport=WIDE)
    open_text(page, new_draft(page))
    page.locator("#text").fill("Hello {name}")
    expect(page.locator("#state .problem")).to_contain_text("uses {name}")
    expect(page.locator("#text")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("link", name="Problems 1")).to_be_visible()
    page.locator("#text").fill("x" * 300)
    expect(page.locator("#limit")).to_have_text("300 of 70 characters")
    expect(page.locator("#state .problem")).to_contain_text("has 300 characters")
    page.locator("#text").fill("<b>Bold</b> & {{braces}}")
    expect(preview(page).get_by_role("heading", level=1)).to_have_text("<b>Bold</b> & {braces}")
    expect(page.locator("#state .problem")).to_have_count(0)


def test_without_javascript_links_choose_and_a_button_saves(browser: Browser, studio: Dashboard, users: Users) -> None:
    page = users.with_role("editor", studio, browser, viewport=WIDE, java_script_enabled=False)
    draft = new_draft(page)
    page.get_by_label("Language").select_option("German")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Wofür möchtest du PostHog?").click()
    page.locator("#text").fill("Frühlingsfrage: wofür?")
    page.get_by_role("button", name="Save").click()
    said(page, "Saved")
    expect(preview(page).get_by_role("heading", level=1)).to_have_text("Frühlingsfrage: wofür?")
    page.get_by_label("Search all texts").fill("frühlingsfrage")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".rows li")).to_have_count(1)
    page.goto(f"{draft}?locale=de&filter=changed")
    expect(page.locator(".rows li")).to_have_count(1)


def test_the_second_of_two_people_is_shown_both_texts(window: Browser, studio: Dashboard, users: Users) -> None:
    one = users.with_role("editor", studio, window, viewport=WIDE)
    two = users.with_role("publisher", studio, window, viewport=WIDE)
    draft = new_draft(one)
    open_text(one, draft)
    open_text(two, draft)
    one.locator("#text").fill("The first of two")
    said(one, "Saved")
    two.locator("#text").fill("The second of two")
    expect(two.locator(".conflict")).to_contain_text("editor@example.com changed this text meanwhile")
    expect(two.locator("#theirs")).to_have_text("The first of two")
    expect(two.locator("#text")).to_have_value("The second of two")
    two.locator("#text").fill("Both of them")
    two.get_by_role("button", name="Save", exact=True).click()
    said(two, "Saved")
    expect(two.locator(".conflict")).to_have_count(0)
    one.locator("#text").fill("The first again")
    expect(one.locator("#theirs")).to_have_text("Both of them")
    one.get_by_role("button", name="Keep theirs").click()
    expect(one.locator(".conflict")).to_have_count(0)
    expect(one.locator("#text")).to_have_value("Both of them")


def test_without_javascript_a_conflict_is_one_form(browser: Browser, studio: Dashboard, users: Users) -> None:
    one = users.with_role("editor", studio, browser, java_script_enabled=False)
    two = users.with_role("publisher", studio, browser, java_script_enabled=False)
    draft = new_draft(one)
    for page in (one, two):
        open_text(page, draft)
    one.locator("#text").fill("The first of two")
    one.get_by_role("button", name="Save", exact=True).click()
    two.locator("#text").fill("The second of two")
    two.get_by_role("button", name="Save", exact=True).click()
    expect(two.locator("#theirs")).to_have_text("The first of two")
    two.get_by_role("button", name="Save", exact=True).click()
    said(two, "Saved")
    expect(two.locator("#text")).to_have_value("The second of two")


def test_a_text_typed_after_the_session_ended_is_saved_after_signing_in_again(
    window: Browser, studio: Dashboard, users: Users
) -> None:
    email = "lost@example.com"
    page = users.stranger(studio, window, viewport=WIDE)
    sign_in(page, studio.link(email, "editor"))
    draft = new_draft(page)
    open_text(page, draft)
    studio.run("sign-out", "--email", email)
    page.locator("#text").fill("Typed without a session")
    said(page, "Not saved: you are signed out")
    tab = page.context.new_page()
    sign_in(tab, studio.link(email))
    page.bring_to_front()
    said(page, "Saved")
    tab.goto(f"{draft}?key={WHO}")
    expect(tab.locator("#text")).to_have_value("Typed without a session")


def test_a_text_that_no_server_took_is_there_in_the_next_page(
    browser: Browser, studio: Dashboard, users: Users
) -> None:
    page = users.with_role("editor", studio, browser, viewport=WIDE)
    draft = new_draft(page)
    open_text(page, draft)
    page.evaluate("() => { window.fetch = () => Promise.reject(new TypeError('no network')) }")
    page.locator("#text").fill("Typed without a server")
    said(page, "Not saved: the server can’t be reached")
    page.goto("/studio")
    page.goto(draft)
    expect(page.locator("#part-unsaved")).to_contain_text("Not saved yet")
    page.locator("#part-unsaved a").click()
    expect(page.locator("#text")).to_have_value("Typed without a server")
    expect(page.get_by_role("link", name="Review 1 change")).to_be_visible()


def test_without_javascript_a_text_sent_without_a_session_is_kept_on_the_page(
    browser: Browser, studio: Dashboard, users: Users
) -> None:
    email = "later@example.com"
    page = users.stranger(studio, browser, java_script_enabled=False)
    sign_in(page, studio.link(email, "editor"))
    draft = new_draft(page)
    open_text(page, draft)
    studio.run("sign-out", "--email", email)
    page.locator("#text").fill("Sent without a session")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in, then save")
    expect(page.locator("#text")).to_have_value("Sent without a session")
    sign_in(page.context.new_page(), studio.link(email))
    page.get_by_role("button", name="Save the text").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Save this text?")
    page.get_by_role("button", name="Save the text").click()
    expect(page.locator("#text")).to_have_value("Sent without a session")
    said(page, "Saved")


def test_the_page_that_keeps_a_text_is_accessible(browser: Browser, studio: Dashboard, users: Users) -> None:
    email = "axe@example.com"
    page = users.stranger(studio, browser, viewport=PHONE)
    sign_in(page, studio.link(email, "editor"))
    open_text(page, new_draft(page))
    studio.run("sign-out", "--email", email)
    page.evaluate("document.querySelector('#edit').submit()")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in, then save")
    assert violations(page) == []


def test_translations_go_out_and_come_back_as_po(
    browser: Browser, studio: Dashboard, users: Users, tmp_path: Path
) -> None:
    page = users.with_role("editor", studio, browser, viewport=WIDE)
    draft = new_draft(page)
    page.get_by_text("Draft", exact=True).click()
    with page.expect_download() as started:
        page.get_by_role("link", name="French", exact=True).click()
    file = tmp_path / "fr.po"
    started.value.save_as(file)
    found = file.read_text("utf-8")
    before = re.search(rf'msgctxt "{WHO}"\nmsgid .*\nmsgstr "(.*)"', found)
    assert before
    file.write_text(found.replace(f'msgstr "{before[1]}"', 'msgstr "Pour qui est PostHog ?"'), "utf-8")
    page.get_by_label("Import translations").set_input_files(file)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#main")).to_contain_text("1 text")
    open_text(page, draft, query="&locale=fr")
    expect(page.locator("#text")).to_have_value("Pour qui est PostHog ?")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_state_of_the_editor_is_accessible(
    scheme: str, size: dict[str, int], browser: Browser, studio: Dashboard, users: Users
) -> None:
    page = users.with_role("editor", studio, browser, viewport=size, color_scheme=scheme)
    draft = new_draft(page, f"{scheme} {size['width']}")
    for query in ("", "?filter=all&locale=ar", f"?key={WHO}&locale=de", "?view=preview&width=desktop&theme=dark"):
        page.goto(draft + query)
        assert violations(page, "#preview") == [], query
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    open_text(page, draft, query="&locale=de")
    page.locator("#text").fill("{name}")
    expect(page.locator("#state .problem")).to_have_count(1)
    page.get_by_text("Draft", exact=True).click()
    assert violations(page, "#preview") == []
    page.goto("/studio")
    assert violations(page) == []


def test_what_the_server_refuses_is_said_and_stays_in_the_form(
    browser: Browser, studio: Dashboard, users: Users
) -> None:
    page = users.with_role("editor", studio, browser, viewport=WIDE)
    draft = new_draft(page)
    open_text(page, draft)
    page.locator("#text").fill("x" * 17_000)
    said(page, "Not saved: the text is too long")
    page.locator("#text").fill("Short enough")
    said(page, "Saved")
    other = users.with_role("publisher", studio, browser, viewport=WIDE)
    other.goto(draft)
    other.get_by_text("Draft", exact=True).click()
    other.get_by_role("button", name="Discard this draft").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Texts")
    page.locator("#text").fill("Typed too late")
    said(page, "this draft is not open any more")
    expect(page.locator("#text")).to_have_value("Typed too late")
    other.get_by_text("Discarded drafts").click()
    other.get_by_role("button", name="Reopen").first.click()
    other.goto(f"{draft}?key={WHO}")
    other.get_by_text("Edits in this draft").click()
    expect(other.locator(".edits")).to_contain_text("Typed too late")
