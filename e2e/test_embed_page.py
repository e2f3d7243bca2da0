"""The page that makes the snippet, in a browser: with JavaScript and without, for every eye and hand."""

import re
from collections.abc import Callable

import pytest
from accessible import violations
from playwright.sync_api import Page, Route, expect
from steps import NewPage
from test_pages import DESKTOP, LOOKS, dress, overflow

Keep = Callable[[Page, str], None]

BUSY = "/embed?accent=ffcc00&theme=light&campaign=a@example.com&who=team&team_size=just_me&share-path=1"
"""The page with something to say nearly everywhere."""


def element_snippet(page: Page) -> str:
    return page.locator("#element-snippet").inner_text()


def open_page(page: Page, address: str = "/embed") -> None:
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Put the wizard on your page")
    page.wait_for_load_state()


def test_without_javascript_update_applies_the_choices(new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    open_page(page)
    page.get_by_label("Dark").check()
    page.get_by_label("Accent", exact=True).fill("#0b7a75")
    page.get_by_label("Who do you want PostHog for?").select_option("My team")
    page.get_by_role("button", name="Update").click()
    expect(page.locator("#element-snippet")).to_contain_text('theme="dark" accent="#0b7a75" prefill="who=team"')
    expect(page.get_by_label("Dark")).to_be_checked()
    frame = page.frame_locator("#preview iframe")
    expect(frame.get_by_role("heading", level=1)).to_have_text("How many people would use it?")
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    expect(page.locator("#events")).to_be_hidden()


def test_a_choice_changes_the_snippet_the_preview_and_the_address_at_once_and_keeps_the_focus(visitor: Page) -> None:
    open_page(visitor)
    expect(visitor.get_by_role("button", name="Update")).to_be_hidden()
    frame = visitor.frame_locator("#preview iframe")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Who do you want PostHog for?")
    who = visitor.get_by_label("Who do you want PostHog for?")
    who.focus()
    who.select_option("Myself")
    expect(visitor.locator("#element-snippet")).to_contain_text('prefill="who=hobby"')
    expect(visitor.locator("#frame-snippet")).to_contain_text("/?who=hobby")
    expect(visitor.locator("#preview")).to_have_attribute("prefill", "who=hobby")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Who should look after the servers?")
    expect(visitor.get_by_label("How many people would use it?").locator("option")).to_have_text("Not asked")
    expect(visitor.locator("#said")).to_have_text("The snippet is up to date.")
    expect(who).to_be_focused()
    expect(visitor).to_have_url(re.compile(r"/embed\?who=hobby$"))
    visitor.reload()
    expect(who).to_have_value("hobby")


def test_the_preview_is_the_wizard_itself_and_what_it_tells_is_listed(visitor: Page) -> None:
    open_page(visitor)
    told = visitor.locator("#events li")
    expect(told).to_have_text(["wizard-ready", "wizard-step who 0"])
    frame = visitor.frame_locator("#preview iframe")
    visitor.get_by_role("radio", name="Dark").check()
    expect(frame.locator("html[data-theme=dark]")).to_be_attached()
    frame.get_by_role("radio", name="My team").check()
    frame.get_by_role("button", name="Continue").click()
    expect(told).to_have_text(["wizard-ready", "wizard-step who 0", "wizard-step team_size 1"])


def test_a_dialog_is_tried_by_its_link(visitor: Page) -> None:
    open_page(visitor)
    frame = visitor.frame_locator("#preview iframe")
    visitor.get_by_role("radio", name="In a dialog").check()
    opener = visitor.get_by_role("link", name="Find your deployment")
    expect(opener).to_be_visible()
    expect(frame.get_by_role("heading", level=1)).to_be_hidden()
    opener.click()
    expect(frame.get_by_role("heading", level=1)).to_be_visible()
    visitor.keyboard.press("Escape")
    expect(frame.get_by_role("heading", level=1)).to_be_hidden()
    expect(opener).to_be_focused()
    visitor.get_by_role("radio", name="In the page").check()
    expect(frame.get_by_role("heading", level=1)).to_be_visible()
    expect(opener).to_be_hidden()


def test_what_can_not_be_used_is_said_as_it_is_typed_and_taken_back(visitor: Page) -> None:
    open_page(visitor)
    accent = visitor.get_by_label("Accent", exact=True)
    accent.press_sequentially("#ff")
    expect(visitor.locator("#accent-message")).to_contain_text("is not a colour")
    expect(accent).to_have_attribute("aria-invalid", "true")
    accent.press_sequentially("cc00")
    expect(visitor.locator("#contrast")).to_contain_text("on a light page")
    expect(visitor.locator("#said")).to_contain_text("Text needs a contrast of 4.5 : 1")
    expect(visitor.locator("#accent-message")).to_be_hidden()
    expect(accent).to_have_attribute("aria-invalid", "false")
    expect(accent).to_be_focused()
    visitor.get_by_label("Pick the accent").fill("#1d4aff")
    expect(accent).to_have_value("#1d4aff")
    expect(visitor.locator("#contrast")).to_contain_text("Buttons keep #1d4aff")


@pytest.mark.parametrize("permissions", [["clipboard-read", "clipboard-write"], ["clipboard-read"]], ids=["new", "old"])
def test_copy_copies_the_snippet_and_says_so(permissions: list[str], new_page: NewPage) -> None:
    page = new_page(permissions=permissions)
    if "clipboard-write" not in permissions:  # as on plain HTTP, where there is none
        page.add_init_script("Clipboard.prototype.writeText = () => Promise.reject(new Error('refused'))")
    open_page(page, "/embed?campaign=pricing")
    page.get_by_role("button", name="Copy").first.click()
    expect(page.locator("#said")).to_have_text("Copied")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == element_snippet(page)


def test_a_choice_that_does_not_arrive_can_be_tried_again(visitor: Page) -> None:
    open_page(visitor)

    def fail(route: Route) -> None:
        route.abort()

    visitor.route("**/embed?*", fail)
    visitor.get_by_role("radio", name="Dark").check()
    expect(visitor.locator("#said")).to_contain_text("Press Update")
    visitor.unroute("**/embed?*", fail)
    visitor.get_by_role("button", name="Update").click()
    expect(visitor.locator("#element-snippet")).to_contain_text('theme="dark"')


def test_axe_finds_nothing_on_the_page_that_makes_the_snippet(new_page: NewPage, keep: Keep) -> None:
    page = new_page(reduced_motion="reduce", viewport=DESKTOP)
    open_page(page, BUSY)
    found = []
    for look in LOOKS:
        dress(page, look)
        found += [f"{look}: {violation}" for violation in violations(page, "#preview")]  # looked at on hosts, elsewhere
        keep(page, f"embed-{look}")
    assert not found, "\n".join(found)


def test_at_320_px_and_with_text_at_200_percent_nothing_of_it_is_cut_off(new_page: NewPage, keep: Keep) -> None:
    page = new_page(viewport={"width": 320, "height": 640}, reduced_motion="reduce")
    open_page(page, BUSY)
    assert overflow(page) == []
    keep(page, "embed-320")
    for width in (640, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert overflow(page) == []
        keep(page, f"embed-{width}-text-200")


def test_everything_on_it_to_tap_is_large_enough(new_page: NewPage) -> None:
    page = new_page(viewport={"width": 320, "height": 800}, reduced_motion="reduce")
    open_page(page, "/embed?mode=dialog")
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for target in page.locator("a, button, select, input, label:has(input)").locator("visible=true").all():
            box = target.bounding_box()
            assert box
            assert min(box["width"], box["height"]) >= 24, target.evaluate("e => e.outerHTML")
