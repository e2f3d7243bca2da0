"""Texts are reviewed, published, read by visitors and rolled back, in real browsers."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from accessible import violations
from dashboard_browser import Dashboard, Users, dashboard_with
from drafting import ANNA, HINT, TITLE, new
from playwright.sync_api import Browser, Page, expect
from published_versions import FILES, publish, roll_back
from support import settings

from wizard.clock import system_ms
from wizard.drafts.store import Drafts
from wizard.events.open_log import open_log

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
HEADLINES = {"en": "Who will use PostHog?", "de": "Wer nutzt PostHog?", "fr": "Qui utilise PostHog ?"}
SHIPPED = {locale: FILES.wording(locale).texts[TITLE] for locale in HEADLINES}
MOST_SECONDS = 60
SERVED_MS = 5_000


@dataclass
class Studio:
    """A server, the addresses of a draft that can be published, and of one that can't."""

    dashboard: Dashboard
    ready: str
    stopped: str


@pytest.fixture
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard of the test's own, whose log is empty."""
    with dashboard_with(tmp_path_factory.mktemp("publishing")) as running:
        yield running


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Three versions, of which one is a rollback, and two drafts."""
    with dashboard_with(tmp_path_factory.mktemp("studio")) as running:
        log = open_log(settings(database_url=f"sqlite:///{running.server.log.parent / 'var' / 'wizard.db'}"))
        drafts = Drafts(log.database, system_ms)
        stopped = drafts.begin("With problems", ANNA).draft_id
        drafts.save_all(stopped, [new(TITLE, "Who is it?"), new(HINT, "{nobody}"), new("question.back", "")], ANNA)
        publish(log.database, {locale: {TITLE: text} for locale, text in HEADLINES.items()}, "Shorter headline")
        roll_back(log.database, 0, "Too short")
        publish(log.database, {"en": {TITLE: "Who is going to use PostHog?"}})
        ready = drafts.begin("Spring campaign", ANNA).draft_id
        texts = [new(HINT, f"{text} And now?", locale=locale) for locale, text in HEADLINES.items()]
        drafts.save_all(ready, [*texts, new("result.share_body", "Have a look:\n{link}")], ANNA)
        log.database.dispose()
        yield Studio(running, f"/studio/drafts/{ready}", f"/studio/drafts/{stopped}")


def read(page: Page, locale: str, text: str) -> None:
    """What a new visitor reads in a language, as soon as it is served."""

    def is_there() -> bool:
        page.goto(f"/?locale={locale}")
        return page.get_by_role("heading", level=1).inner_text() == text

    begun = time.monotonic()
    while not is_there():
        assert (time.monotonic() - begun) * 1000 < SERVED_MS, f"not served: {text}"


def open_all(page: Page) -> None:
    """Open every disclosure of the page but the previews."""
    for summary in page.locator("main details:not(.frames) > summary").all():
        summary.click()


def test_texts_are_changed_reviewed_published_read_and_rolled_back(
    window: Browser, empty: Dashboard, users: Users
) -> None:
    begun = time.monotonic()
    editor = users.with_role("editor", empty, window, viewport=DESKTOP)
    publisher = users.with_role("publisher", empty, window, viewport=DESKTOP)
    visitor = users.stranger(empty, window)
    under_way = users.stranger(empty, window, viewport=PHONE)
    read(under_way, "en", SHIPPED["en"])

    editor.goto("/studio")
    editor.get_by_label("New draft").fill("Shorter headline")
    editor.get_by_role("button", name="Begin").click()
    expect(editor.get_by_role("heading", level=1)).to_have_text("Shorter headline")
    editor.wait_for_load_state()  # Firefox refuses to go on while the frame is loading
    draft = editor.url.partition("?")[0]
    for locale, text in HEADLINES.items():
        editor.goto(f"{draft}?locale={locale}&key={TITLE}")
        editor.locator("#text").fill(text)
        expect(editor.locator("#status")).to_contain_text("Saved")
    editor.get_by_role("link", name="Review 3 changes").click()
    expect(editor.get_by_role("heading", level=1)).to_have_text("Review")
    expect(editor.locator(".change ins").first).to_have_text("will use")
    expect(editor.get_by_text("Ask a publisher to publish it: publisher@example.com")).to_be_visible()

    publisher.goto(editor.url)
    publisher.get_by_label("Note").fill("More people should begin")
    publisher.get_by_role("button", name="Publish version 1").click()
    expect(publisher.get_by_role("status")).to_contain_text("Version 1 is published")
    for locale, text in HEADLINES.items():
        read(visitor, locale, text)
    # A visit that began before keeps its texts, in other languages as well.
    under_way.locator(".languages summary").click()
    under_way.get_by_role("button", name="Deutsch").click()
    expect(under_way.get_by_role("heading", level=1)).to_have_text(SHIPPED["de"])

    publisher.get_by_role("link", name="Versions").first.click()
    expect(publisher.locator(".versions > li").first).to_contain_text("More people should begin")
    publisher.get_by_role("button", name="Roll back to the files").click()
    expect(publisher.get_by_role("heading", level=1)).to_contain_text("Version 2")
    for locale, text in SHIPPED.items():
        read(visitor, locale, text)
    editor.goto(f"/studio/texts/{TITLE}")
    expect(editor.locator(".entries h3")).to_have_text(["Version 2", "Version 1"])
    assert time.monotonic() - begun < MOST_SECONDS


def test_a_preview_shows_the_text_on_both_pages(window: Browser, studio: Studio, users: Users) -> None:
    page = users.with_role("editor", studio.dashboard, window, viewport=DESKTOP)
    page.goto(f"{studio.ready}/review")
    change = page.locator(f'[id="text-de-{HINT}"]')
    change.get_by_text("Preview").click()
    before, after = (change.frame_locator("iframe").nth(place) for place in (0, 1))
    expect(before.locator("[data-edited]").first).to_have_text(FILES.wording("de").texts[HINT])
    expect(after.locator("[data-edited]").first).to_have_text(f"{HEADLINES['de']} And now?")
    expect(page.locator("iframe")).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_pages_are_accessible_and_fit(
    browser: Browser, studio: Studio, users: Users, size: dict[str, int], scheme: str
) -> None:
    pages = (
        f"{studio.ready}/review",
        f"{studio.stopped}/review",
        "/studio/versions",
        "/studio/versions/3",
        "/studio/versions/1?against=3",
        "/studio/versions/0",
        f"/studio/texts/{TITLE}",
    )
    for role in ("publisher", "editor"):
        page = users.with_role(role, studio.dashboard, browser, viewport=size, color_scheme=scheme)
        for path in pages if role == "publisher" else pages[:2]:
            page.goto(path)
            open_all(page)
            assert violations(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_phone_without_scripts_and_with_a_keyboard_publishes_and_rolls_back(
    browser: Browser, empty: Dashboard, users: Users
) -> None:
    log = open_log(settings(database_url=f"sqlite:///{empty.server.log.parent / 'var' / 'wizard.db'}"))
    drafts = Drafts(log.database, system_ms)
    draft = drafts.begin("Typed", ANNA)
    drafts.save(draft.draft_id, new(TITLE, HEADLINES["en"]), ANNA)
    log.database.dispose()
    page = users.with_role("publisher", empty, browser, viewport=PHONE, java_script_enabled=False)
    page.goto(f"/studio/drafts/{draft.draft_id}/review")
    page.get_by_text("translations go stale").focus()
    page.keyboard.press("Enter")
    expect(page.locator("details.stale li").first).to_be_visible()
    page.get_by_label("Note").focus()
    page.keyboard.type("By keyboard")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Version 1")
    expect(page.get_by_text("By keyboard")).to_be_visible()
    page.get_by_label("Note").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Rolled back to the installation")).to_be_visible()
