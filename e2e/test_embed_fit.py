"""The embedded wizard resizes to its content, and changes nothing else on the page around it."""

from collections.abc import Callable, Iterator

import pytest
from accessible import violations
from embed_pages import (
    answer,
    answer_all,
    element,
    frame,
    inline,
    received,
    script,
    send_nothing,
    wait_for_event,
    wait_for_question,
    wait_for_step,
    wait_ten_frames,
)
from engines import FRAME, until
from host import HostSite
from pixels import within_a_pixel
from playwright.sync_api import Browser
from playwright_visitor import PlaywrightVisitor
from server import Server
from steps import PERSONAS

LOWEST = """() => {
  const seen = [...document.querySelectorAll('html, body, body *')].filter(element => element.checkVisibility())
  const boxes = seen.map(element => element.getBoundingClientRect())
  return {
    lowest: Math.max(...boxes.map(box => box.bottom)) + scrollY,
    scrolls: document.documentElement.scrollHeight > innerHeight
  }
}"""
HEIGHT = "() => document.querySelector('deployment-wizard iframe').clientHeight"
SHIFTS = """() => {
  window.shifts = []
  new PerformanceObserver(list => {
    for (const shift of list.getEntries()) if (!shift.hadRecentInput) shifts.push(shift.value)
  }).observe({type: 'layout-shift', buffered: true})
}"""
WATCH = """() => {
  window.watching?.disconnect()
  window.heights = []
  const wizard = document.querySelector('deployment-wizard')
  window.watching = new ResizeObserver(() => {
    heights.push([wizard, wizard.querySelector('iframe')].map(box => Math.round(box.getBoundingClientRect().height)))
  })
  watching.observe(wizard.querySelector('iframe'))
}"""
TOP = "() => document.querySelector('deployment-wizard').getBoundingClientRect().top"
ANSWER = "() => document.querySelector('[value=team]').click()"
WIDTHS = {"phone": 390, "desktop": 1024}


def fits(visitor: PlaywrightVisitor) -> int:
    """How high the frame is, once that is as high as its lowest content."""

    def measured() -> int | None:
        inside, height = visitor.run(LOWEST, inside=FRAME), int(visitor.run(HEIGHT))
        return height if inside == within_a_pixel({"lowest": height, "scrolls": False}) else None

    return until(measured, "the frame is as high as its lowest content") or 0


@pytest.fixture(params=WIDTHS)
def at_width(request: pytest.FixtureRequest, browser: Browser) -> Iterator[PlaywrightVisitor]:
    """Somebody with motion on, as most have it, and a screen of this width."""
    size = {"width": WIDTHS[request.param], "height": 1400}
    visitor = PlaywrightVisitor("chromium", browser, viewport=size, reduced_motion="no-preference")
    yield visitor
    visitor.close()


def test_the_frame_is_as_high_as_its_lowest_content_growing_and_shrinking(
    reader: PlaywrightVisitor, host: HostSite, wizard: Server
) -> None:
    reader.goto(host.put(inline(wizard)))
    wait_for_event(reader, "step")
    first = fits(reader)
    send_nothing(reader)
    until(lambda: fits(reader) > first, "it grows with an error")
    answer(reader, "who", "team")
    wait_for_step(reader, "team_size")
    second = fits(reader)
    reader.run("() => { document.documentElement.style.fontSize = '200%' }", inside=FRAME)
    until(lambda: fits(reader) > second, "it grows with the text")
    reader.run("() => { document.documentElement.style.fontSize = '' }", inside=FRAME)
    until(lambda: fits(reader) == within_a_pixel(second), "it shrinks with the text")
    reader.run("() => { document.querySelector('deployment-wizard').style.width = '300px' }")
    until(lambda: fits(reader) > second, "it grows as it gets narrow")
    reader.run("() => { document.querySelector('deployment-wizard').style.width = '' }")
    until(lambda: fits(reader) == within_a_pixel(second), "it shrinks as it gets wide")
    answer(reader, "team_size", "51_plus")
    wait_for_step(reader, "hosting")
    fits(reader)
    answer(reader, "hosting", "own_servers")
    wait_for_event(reader, "result")
    assert fits(reader) > second


SNIPPETS: dict[str, Callable[[Server], str]] = {
    "element around a frame": inline,
    "plain iframe": frame,
    "element alone": lambda wizard: element() + script(wizard),
}


@pytest.mark.parametrize("snippet", ["element around a frame", "plain iframe"])
def test_nothing_on_the_page_moves_until_the_first_answer(
    at_width: PlaywrightVisitor, snippet: str, host: HostSite, wizard: Server
) -> None:
    at_width.goto(host.put(SNIPPETS[snippet](wizard)))
    at_width.run(SHIFTS)
    wait_for_question(at_width, "who")
    if snippet != "plain iframe":
        wait_for_event(at_width, "step")
        fits(at_width)
    wait_ten_frames(at_width, FRAME)
    wait_ten_frames(at_width)
    at_width.click("h1", inside=FRAME)
    wait_ten_frames(at_width)
    assert at_width.run("() => shifts") == []
    assert at_width.run("() => [scrollX, scrollY, document.activeElement.tagName]") == [0, 0, "IFRAME"]


def test_the_height_changes_once_with_an_answer(at_width: PlaywrightVisitor, host: HostSite, wizard: Server) -> None:
    at_width.goto(host.put(inline(wizard)))
    for step, choice in PERSONAS["team"].items():
        wait_for_step(at_width, step)
        fits(at_width)
        wait_ten_frames(at_width, FRAME)
        at_width.run(WATCH)
        until(lambda: at_width.run("() => heights.length"), "the height is watched")
        answer(at_width, step, choice)
        until(lambda step=step: received(at_width)[-1][1].get("step") != step, "an answer")  # type: ignore[misc]
        fits(at_width)
        wait_ten_frames(at_width, FRAME)
        wait_ten_frames(at_width)
        heights = at_width.run("() => heights")
        assert len(heights) <= 2, f"{step}: {heights}"
        box, inner = at_width.run("""() => ['deployment-wizard', 'deployment-wizard iframe'].map(selector =>
            document.querySelector(selector).getBoundingClientRect().height)""")
        assert box == within_a_pixel(inner)
    assert received(at_width)[-1][0] == "result"


@pytest.mark.parametrize(("hidden_px", "is_moved"), [(120, True), (2, True), (0, False), (-60, False)])
def test_after_an_answer_the_wizard_comes_into_view_if_its_top_is_not(
    reader: PlaywrightVisitor, hidden_px: int, is_moved: bool, host: HostSite, wizard: Server
) -> None:
    reader.goto(host.put(inline(wizard)))
    wait_for_event(reader, "step")
    fits(reader)
    reader.run(
        "px => scrollBy(0, document.querySelector('deployment-wizard').getBoundingClientRect().top + px)", hidden_px
    )
    assert reader.run(TOP) == within_a_pixel(-hidden_px)
    wait_ten_frames(reader)
    # Not by a click of the driver's, which in Firefox would scroll the page itself.
    reader.run(ANSWER, inside=FRAME)
    wait_for_step(reader, "team_size")
    wanted = within_a_pixel(0 if is_moved else -hidden_px)
    until(lambda: reader.run(TOP) == wanted, "the wizard's top is where it should be")
    fits(reader)
    wait_ten_frames(reader)
    assert reader.run(TOP) == wanted


def test_what_loads_above_the_window_does_not_scroll_the_page(
    reader: PlaywrightVisitor, host: HostSite, wizard: Server
) -> None:
    reader.goto(host.put(element(frame(wizard))))
    wait_for_question(reader, "who")
    reader.run("() => scrollTo(0, document.querySelector('deployment-wizard').getBoundingClientRect().top + 50)")
    before = reader.run("() => [scrollY, document.activeElement.tagName]")
    reader.run(
        """address => {
            const script = document.createElement('script')
            script.src = address
            document.head.append(script)
        }""",
        f"{wizard.url}/embed.js",
    )
    wait_for_event(reader, "step")
    fits(reader)
    wait_ten_frames(reader)
    assert reader.run("() => [scrollY, document.activeElement.tagName]") == within_a_pixel(before)


def test_axe_finds_nothing_on_the_page_or_in_the_frame(
    reader: PlaywrightVisitor, host: HostSite, wizard: Server
) -> None:
    reader.goto(host.put(inline(wizard)))
    wait_for_event(reader, "step")
    expect_accessible(reader)
    send_nothing(reader)
    fits(reader)
    expect_accessible(reader)
    answer_all(reader, PERSONAS["team"])
    wait_for_event(reader, "result")
    fits(reader)
    expect_accessible(reader)


def expect_accessible(visitor: PlaywrightVisitor) -> None:
    """Axe finds nothing, inside and around."""
    for where in (visitor.page, visitor.frame(FRAME)):
        assert violations(where) == []
