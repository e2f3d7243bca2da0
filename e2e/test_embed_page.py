"""The page that makes the snippet, in a browser: with JavaScript and without, for every eye and hand."""

import base64
import re
from collections.abc import Callable

import pytest
from accessible import violations
from host import HostSite
from playwright.sync_api import Page, Route, expect
from server import Server
from steps import NewPage
from test_pages import DESKTOP, LOOKS, dress, overflow

from wizard.embed.options import Options
from wizard.embed.snippet import frame_snippet
from wizard.presentation import Presentation

Keep = Callable[[Page, str], None]

BUSY = (
    "/embed?accent=ffcc00&background=1d4aff&theme=light&site=shop.example"
    "&campaign=a@example.com&who=team&team_size=just_me&share-path=1"
)
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
    received = visitor.locator("#events li")
    expect(received).to_have_text(["wizard-ready", "wizard-step who 0"])
    frame = visitor.frame_locator("#preview iframe")
    visitor.get_by_role("radio", name="Dark").check()
    expect(frame.locator("html[data-theme=dark]")).to_be_attached()
    frame.get_by_role("button", name="My team").click()
    expect(received).to_have_text(["wizard-ready", "wizard-step who 0", "wizard-step team_size 1"])


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


def test_a_background_and_a_radius_apply_to_the_preview_and_are_said_to_be_readable_or_not(visitor: Page) -> None:
    open_page(visitor, "/embed?theme=light")
    frame = visitor.frame_locator("#preview iframe")
    background = visitor.get_by_label("Background", exact=True)
    background.fill("#f5efe6")
    expect(visitor.locator("#ground")).to_contain_text("In the light theme it is used")
    expect(visitor.locator("#said")).to_contain_text("In the light theme it is used")
    expect(frame.locator("body")).to_have_css("background-color", "rgb(245, 239, 230)")
    expect(frame.locator("body")).to_have_css("background-image", "none")
    visitor.get_by_label("Corner radius").fill("3")
    expect(frame.locator(".choices button").first).to_have_css("border-radius", "3px")
    expect(visitor.locator("#element-snippet")).to_contain_text('background="#f5efe6" radius="3"')
    visitor.get_by_role("radio", name="Dark").check()
    expect(visitor.locator("#ground")).to_contain_text("it is not used")
    expect(frame.locator("body")).to_have_css("background-color", "rgb(14, 16, 21)")
    visitor.get_by_label("Pick the background").fill("#101418")
    expect(background).to_have_value("#101418")
    expect(frame.locator("body")).to_have_css("background-color", "rgb(16, 20, 24)")
    background.fill("transparent")
    expect(visitor.locator("#ground")).to_contain_text("can’t know what is there")
    expect(frame.locator("body")).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    background.fill("nearly white")
    expect(visitor.locator("#background-message")).to_contain_text("is not a colour")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_a_transparent_frame_shows_the_page_behind_it(
    theme: str, scheme: str, new_page: NewPage, host: HostSite, wizard: Server
) -> None:
    page = new_page(color_scheme=scheme, reduced_motion="reduce")
    look = Presentation(theme, background="transparent")  # type: ignore[arg-type]  # one of the themes
    snippet = frame_snippet(wizard.url, Options(look), "Wizard")
    page.goto(host.put(f"<style>body {{ background: rgb(1 200 3) }}</style>{snippet}"))
    expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_be_visible()
    box = page.locator("iframe").bounding_box()
    assert box
    corner = {"x": box["x"] + 2, "y": box["y"] + 60, "width": 1, "height": 1}
    colour = page.evaluate(
        """async png => {
            const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob())
            const context = new OffscreenCanvas(1, 1).getContext('2d')
            context.drawImage(image, 0, 0)
            return [...context.getImageData(0, 0, 1, 1).data]
        }""",
        base64.b64encode(page.screenshot(clip=corner)).decode(),  # type: ignore[arg-type]  # a clip
    )
    assert colour == [1, 200, 3, 255]


def test_the_address_of_a_page_is_checked_as_it_is_typed_and_the_line_to_set_can_be_copied(new_page: NewPage) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    open_page(page)
    site = page.get_by_label("Your page’s address")
    site.press_sequentially("shop.example/start")
    expect(page.locator("#site-message")).to_contain_text("Not allowed yet. On https://shop.example")
    expect(page.locator("#said")).to_contain_text("Not allowed yet.")
    expect(site).to_be_focused()
    page.locator("#site-message").get_by_role("button", name="Copy").click()
    line = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"WIZARD_EMBED_ORIGINS=http://localhost:\d+,https://shop\.example", line)
    site.fill(page.url)
    expect(page.locator("#site-message")).to_contain_text("is the wizard’s own site")
    page.get_by_text("Sites that may embed it").click()
    site.fill(page.locator(".origins li").inner_text())
    expect(page.locator("#site-message")).to_contain_text("may embed the wizard")


TABS = {
    "HTML": ("Paste it where", "<deployment-wizard src="),
    "React": ("For React 19", "export function DeploymentWizard()"),
    "WordPress": ("Custom HTML", "<deployment-wizard src="),
    "Webflow": ("Code Embed", "<deployment-wizard src="),
    "iframe": ("allow no scripts", "<iframe"),
}


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_each_tab_shows_its_snippet_and_what_to_do_with_it(scripts: bool, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=scripts)
    open_page(page)
    for name, (note, code) in TABS.items():
        page.get_by_role("radio", name=name, exact=True).check()
        expect(page.locator("#snippet .note").locator("visible=true")).to_contain_text(note)
        expect(page.locator("#snippet code[id]").locator("visible=true")).to_contain_text(code)
        expect(page.locator("#snippet .copy").locator("visible=true")).to_have_count(int(scripts))
    page.get_by_role("radio", name="React", exact=True).check()
    if scripts:
        expect(page).to_have_url(re.compile(r"/embed\?tab=react$"))
        page.reload()
    else:
        page.get_by_role("button", name="Update").click()
    expect(page.get_by_role("radio", name="React", exact=True)).to_be_checked()
    expect(page.locator("#react-snippet")).to_be_visible()


def test_the_keyboard_leads_past_the_preview_through_the_tabs_to_copy(new_page: NewPage) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    open_page(page)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip the preview")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Your page’s address")).to_be_focused()
    page.get_by_role("radio", name="HTML", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="React", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("pre:has(#react-snippet)")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#react-snippet").text_content()


SIZES = [(320, 568), (390, 844), (768, 1024), (1024, 700), (1280, 800), (1920, 1080)]


@pytest.mark.parametrize("size", SIZES, ids=[f"{width}x{height}" for width, height in SIZES])
def test_the_snippet_and_its_copy_button_are_in_sight_at_every_size(size: tuple[int, int], new_page: NewPage) -> None:
    page = new_page(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    open_page(page, BUSY)
    scroll = """top => {
        for (const part of [document.scrollingElement, document.querySelector('.side')]) part.scrollTop = top
    }"""
    for top in (0, 400, 100_000):
        page.evaluate(scroll, top)
        for part in ("#element-snippet", "#snippet .copy >> visible=true"):
            expect(page.locator(part)).to_be_in_viewport()
        copy = page.locator("#snippet .copy >> visible=true").bounding_box()
        assert copy
        middle = [copy["x"] + copy["width"] / 2, copy["y"] + copy["height"] / 2]
        assert page.evaluate("at => document.elementFromPoint(...at).dataset.copies", middle) == "element-snippet"


def test_on_a_phone_the_preview_comes_first(new_page: NewPage) -> None:
    page = new_page(viewport={"width": 390, "height": 844})
    open_page(page)
    tops = [page.locator(part).bounding_box() for part in (".preview-frame", "#site", "#accent")]
    assert [box["y"] for box in tops if box] == sorted(box["y"] for box in tops if box)
    expect(page.frame_locator("#preview iframe").get_by_role("heading", level=1)).to_be_in_viewport()
