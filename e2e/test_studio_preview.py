"""The studio's preview in browsers: a click or a key chooses a text, and nothing else happens, whatever the text is."""

import json
from collections.abc import Iterator

import pytest
from accessible import violations
from dashboard_browser import Dashboard, Users, dashboard_with, sign_in
from playwright.sync_api import Browser, Page, expect
from server_log import log_of

from wizard.clock import system_ms
from wizard.drafts.model import NewText
from wizard.drafts.store import Drafts

EDITOR = "editor@example.com"
TITLE = "questions.who.title"
TEXTS = {
    TITLE: """<script>window.owned = 1</script><img src=x onerror="window.owned = 1">\u202egnp.exe {who} {""",
    "questions.who.hint": "javascript:window.owned=1//" + "x" * 90_000,
    "site.name": "</title></style></wizard-text><svg onload=window.owned=1>",
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    with dashboard_with(tmp_path_factory.mktemp("studio")) as dashboard:
        yield dashboard


def draft_of(studio: Dashboard, texts: dict[str, str]) -> str:
    """The address of the frame of a new draft with these English texts."""
    with log_of(studio.server) as log:
        drafts = Drafts(log.database, system_ms)
        draft = drafts.begin("Hostile", EDITOR)
        drafts.save_all(draft.draft_id, [NewText("en", key, text, 0, "") for key, text in texts.items()], EDITOR)
    return f"/studio/drafts/{draft.draft_id}/preview"


@pytest.fixture
def editor(studio: Dashboard, users: Users, window: Browser) -> Page:
    """A page of somebody who may edit, which keeps the messages that are sent to it."""
    page = users.stranger(studio, window)
    sign_in(page, studio.run("sign-in-link", "--email", EDITOR, "--role", "editor").strip())
    page.add_init_script("window.chosen = []; addEventListener('message', ({ data }) => chosen.push(data.wizardText))")
    return page


def chosen(page: Page) -> list[str]:
    found: list[str] = json.loads(page.evaluate("JSON.stringify(chosen.splice(0))"))
    return found


def expect_chosen(page: Page, key: str) -> None:
    page.wait_for_function("key => chosen.includes(key)", arg=key)
    assert chosen(page) == [key]


def text(key: str) -> str:
    return f"[data-text='{key}']"


def test_a_text_is_chosen_by_a_click_and_links_and_buttons_do_nothing(editor: Page) -> None:
    editor.goto("/studio/preview?page=result.hobby.avoid")
    address = editor.url
    editor.locator("h1").click()
    expect_chosen(editor, "recommendations.visionary.cloud.title")
    editor.locator("a.button").click()
    expect_chosen(editor, "recommendations.visionary.cloud.action")
    editor.locator(text("questions.who.choices.hobby.named")).first.click()
    expect_chosen(editor, "questions.who.choices.hobby.named")
    editor.locator("[data-copies]").click()
    expect_chosen(editor, "result.share_copy")
    editor.goto("/studio/preview?page=question.who")
    editor.locator(".choices svg").first.click()
    expect_chosen(editor, "questions.who.choices.hobby.label")
    assert editor.url == address.replace("result.hobby.avoid", "question.who")


def test_a_text_is_chosen_by_keyboard(editor: Page) -> None:
    editor.goto("/studio/preview?page=question.who")
    editor.locator("header a").focus()
    editor.keyboard.press("Enter")
    expect_chosen(editor, "site.name")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        editor.keyboard.press(key)
    expect(editor.locator(text(TITLE))).to_be_focused()
    editor.keyboard.press("Enter")
    expect_chosen(editor, TITLE)
    editor.keyboard.press("ArrowUp")
    expect(editor.locator(text("question.progress_open"))).to_be_focused()


def test_the_text_that_is_edited_is_shown(editor: Page) -> None:
    editor.goto("/studio/preview?page=result.hobby.avoid")
    last = "result.restart"
    editor.evaluate("key => postMessage({ wizardText: key }, location.origin)", last)
    expect(editor.locator("[data-edited]")).to_have_attribute("data-text", last)
    expect(editor.locator("[data-edited]")).to_be_in_viewport()
    editor.evaluate("postMessage({ wizardText: '' }, location.origin)")
    expect(editor.locator("[data-edited]")).to_have_count(0)


def test_hostile_texts_are_text_and_never_run(studio: Dashboard, editor: Page) -> None:
    address = draft_of(studio, TEXTS)
    for page in ("question.who", "question.who.invalid", "result.hobby.avoid", "search", "problem.server"):
        editor.goto(f"{address}?page={page}")
        assert editor.evaluate("window.owned") is None
        assert editor.locator("img, script[src], svg[onload], [onerror], body script").count() == 0
    editor.goto(f"{address}?page=question.who")
    expect(editor.locator(f"h1 {text(TITLE)}")).to_have_text(TEXTS[TITLE].replace("\u202e", "\ufffd"))
    width = editor.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0
    editor.locator("h1").click()
    expect_chosen(editor, TITLE)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_fit_and_axe_finds_nothing(
    theme: str, width: int, studio: Dashboard, users: Users, browser: Browser
) -> None:
    page = users.stranger(studio, browser, viewport={"width": width, "height": 800})
    sign_in(page, studio.run("sign-in-link", "--email", EDITOR, "--role", "editor").strip())
    for name in ("question.who", "question.hosting.missing", "result.job.2_10.own_servers", "email.cloud", "search"):
        page.goto(f"/studio/preview?page={name}&theme={theme}")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert violations(page) == []
