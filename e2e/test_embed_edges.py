"""The element on pages that are strict, change their minds, or go back."""

import json

import pytest
from host import HostSite
from pixels import within_a_pixel
from playwright.sync_api import FrameLocator, Page, expect
from steps import NewPage

ELEMENT = "document.querySelector('deployment-wizard')"
SECOND = "How many people would use it?"


@pytest.fixture
def page_around(new_page: NewPage, host: HostSite) -> Page:
    """An empty page of another site."""
    page = new_page()
    page.goto(host.put(""))
    return page


def embed(page_around: Page, base_url: str, head: str = "", element: str = "") -> FrameLocator:
    """Put the snippet on `host`, with space below it, and wait for its first step event."""
    page_around.set_content(f"""<!doctype html>{head}<script>
        window.received = []; addEventListener('wizard-step', ({{ detail }}) => received.push(detail.step))</script>
        <deployment-wizard {element}><iframe src="{base_url}/" width="100%" height="640"></iframe>
        </deployment-wizard><div style="height: 3000px"></div><script async src="{base_url}/embed.js"></script>""")
    page_around.wait_for_function("() => received.length > 0")
    return page_around.frame_locator("iframe")


def test_trusted_types_do_not_lose_the_frame(page_around: Page, base_url: str) -> None:
    policy = "require-trusted-types-for 'script'"
    frame = embed(page_around, base_url, f'<meta http-equiv="Content-Security-Policy" content="{policy}">')
    expect(frame.get_by_role("heading", level=1)).to_be_visible()


def test_a_closed_dialog_leaves_no_room_behind(page_around: Page, base_url: str) -> None:
    embed(page_around, base_url)
    assert page_around.evaluate(f"{ELEMENT}.offsetHeight") > 0
    page_around.evaluate(f"{ELEMENT}.mode = 'dialog'")
    assert page_around.evaluate(f"{ELEMENT}.offsetHeight") == 0


def test_what_is_set_to_nothing_is_no_attribute(page_around: Page, base_url: str) -> None:
    embed(page_around, base_url, element='campaign="spring"')
    page_around.evaluate(f"{ELEMENT}.campaign = null; {ELEMENT}.accent = undefined")
    assert page_around.evaluate(f"{ELEMENT}.getAttributeNames()") == []


def test_a_change_by_the_page_scrolls_nothing(page_around: Page, base_url: str) -> None:
    frame = embed(page_around, base_url)
    page_around.evaluate("scrollTo(0, 1500)")
    page_around.evaluate(f"{ELEMENT}.theme = 'dark'; {ELEMENT}.prefill = 'who=team'")
    page_around.wait_for_function("() => received.length > 1")
    expect(frame.get_by_role("heading", level=1)).to_have_text(SECOND)
    assert page_around.evaluate("scrollY") == within_a_pixel(1500)


def test_back_to_the_first_question_tells_nothing_again(page_around: Page, base_url: str) -> None:
    frame = embed(page_around, base_url)
    journey = frame.locator("input[name=journey]").get_attribute("value")
    frame.locator("button[value=team]").click()
    page_around.wait_for_function("() => received.length > 1")
    page_around.evaluate("history.back()")
    expect(frame.locator("button[name=who]").first).to_be_visible()
    expect(frame.locator("input[name=journey]")).to_have_value(str(journey))
    assert page_around.evaluate("received") == ["who", "team_size"]


@pytest.mark.parametrize("accent", [None, 123456, "\ud800"])
def test_a_look_that_no_address_holds_as_it_is_loads_the_page_once(
    accent: object, page_around: Page, base_url: str
) -> None:
    page_around.set_content(f"""<!doctype html><iframe src="{base_url}/"></iframe><script>
        const frame = document.querySelector('iframe')
        window.loads = 0
        window.answers = 0
        addEventListener('message', ({{ data }}) => data.type === 'page' && answers++)
        const said = {{ wizard: 1, type: 'hello', accent: {json.dumps(accent)} }}
        const hello = () => frame.contentWindow.postMessage(said, '*')
        frame.onload = () => (loads++, hello())
        setInterval(() => loads > 1 && hello(), 100)</script>""")
    page_around.wait_for_function("() => answers > 8")
    assert page_around.evaluate("loads") == 2


def test_a_preview_that_is_started_again_is_a_preview(visitor: Page) -> None:
    visitor.goto("/?preview=1&who=hobby&hosting=enjoy")
    expect(visitor.get_by_role("link", name="Start again")).to_have_attribute("href", "/?preview=1")
