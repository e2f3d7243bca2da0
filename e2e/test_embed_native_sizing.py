"""Chromium resizes the frame to its content without our script on the host page (`frame-sizing`)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from embed_pages import (
    NO_SCRIPT_INSIDE,
    answer,
    answer_all,
    element,
    frame,
    inline,
    send_nothing,
    wait_for_event,
    wait_for_question,
    wait_ten_frames,
)
from engines import FRAME, until
from host import NONCE, HostSite
from pixels import within_a_pixel
from playwright.sync_api import Browser
from playwright_visitor import PlaywrightVisitor
from server import Server
from steps import PERSONAS

WIDTHS = {"phone": 390, "desktop": 1024}
NARROWER_PX = 320
INSIDE = """() => {
  const seen = [...document.querySelectorAll('body *')].filter(element => element.checkVisibility())
  const boxes = seen.map(element => element.getBoundingClientRect())
  const root = document.documentElement
  return {
    url: location.href,
    loaded: document.readyState === 'complete',
    lowest: Math.max(...boxes.map(box => box.bottom)) + scrollY,
    window: innerHeight,
    scrolls: root.scrollHeight > innerHeight + 1 || root.scrollWidth > innerWidth
  }
}"""
FRAME_HEIGHT = "() => document.querySelector('iframe').getBoundingClientRect().height"
SHIFTED = """() => new Promise(resolve => {
  const shifts = []
  const observer = new PerformanceObserver(list => shifts.push(...list.getEntries().map(shift => shift.value)))
  observer.observe({type: 'layout-shift', buffered: true})
  setTimeout(() => resolve(shifts), 300)
})"""


SNIPPETS: Mapping[str, Callable[[Server], str]] = {
    "iframe": frame,
    "iframe that allows no script inside": lambda wizard: frame(wizard, sandbox=NO_SCRIPT_INSIDE),
    "element whose script is blocked": inline,
}
BLOCKED = {"Content-Security-Policy": f"script-src {NONCE}"}
"""Headers that let the host's own script run and not ours."""


@pytest.fixture
def personas(name: str, at_width: PlaywrightVisitor, request: pytest.FixtureRequest) -> Sequence[str]:
    """All with `--soak`; else two of the four, so that each is met at every width and by every snippet."""
    if request.config.getoption("--soak"):
        return tuple(PERSONAS)
    viewport = at_width.page.viewport_size
    assert viewport
    first = [*SNIPPETS].index(name) + [*WIDTHS.values()].index(viewport["width"])
    return tuple(PERSONAS)[first % 2 :: 2]


@pytest.fixture(params=WIDTHS)
def at_width(request: pytest.FixtureRequest, browser: Browser) -> Iterator[PlaywrightVisitor]:
    """Somebody with a window of this width, which is less high than most pages."""
    visitor = PlaywrightVisitor("chromium", browser, viewport={"width": WIDTHS[request.param], "height": 800})
    yield visitor
    visitor.close()


def is_uncut(visitor: PlaywrightVisitor) -> bool:
    """Whether all of the frame's page can be seen in it, and nothing scrolls inside."""
    inside: dict[str, Any] = visitor.run(INSIDE, inside=FRAME)
    # Chromium may show only the upper part of a frame, which the window's height tells.
    is_shown = inside["window"] == within_a_pixel(float(visitor.run(FRAME_HEIGHT)))
    return bool(inside["loaded"]) and is_shown and not inside["scrolls"] and inside["lowest"] <= inside["window"] + 1


def expect_uncut(visitor: PlaywrightVisitor) -> None:
    """The frame becomes as high as its page needs."""
    until(lambda: is_uncut(visitor), "the page is not cut off, and does not scroll inside")


@pytest.mark.parametrize("name", SNIPPETS)
def test_no_page_of_a_visit_is_cut_off(
    name: str, personas: Sequence[str], at_width: PlaywrightVisitor, host: HostSite, wizard: Server
) -> None:
    for persona, answers in ((persona, PERSONAS[persona]) for persona in personas):
        at_width.goto(host.put(SNIPPETS[name](wizard), headers=BLOCKED))
        wait_for_question(at_width, "who")
        expect_uncut(at_width)
        send_nothing(at_width)
        expect_uncut(at_width)
        for step, choice in answers.items():
            answer(at_width, step, choice)
            at_width.see(f"main:not(:has([name={step}]))", inside=FRAME)
            expect_uncut(at_width)
        at_width.see(f"main[data-persona={persona}]", inside=FRAME)
        for step in reversed(answers):
            at_width.back()
            wait_for_question(at_width, step)
            expect_uncut(at_width)


@pytest.mark.parametrize("name", SNIPPETS)
def test_nothing_on_the_page_moves_as_the_wizard_loads(
    name: str, at_width: PlaywrightVisitor, host: HostSite, wizard: Server
) -> None:
    at_width.goto(host.put(SNIPPETS[name](wizard), headers=BLOCKED))
    wait_for_question(at_width, "who")
    expect_uncut(at_width)
    assert at_width.run(SHIFTED) == []


def test_larger_text_and_a_narrower_window_are_followed(
    watched: PlaywrightVisitor, host: HostSite, wizard: Server
) -> None:
    watched.goto(host.put(frame(wizard)))
    answer(watched, "who", "team")
    wait_for_question(watched, "team_size")
    expect_uncut(watched)
    for size in ("200%", ""):
        watched.run("size => { document.documentElement.style.fontSize = size }", size, inside=FRAME)
        expect_uncut(watched)
    watched.page.set_viewport_size({"width": NARROWER_PX, "height": 800})
    expect_uncut(watched)


def test_the_script_takes_over_and_fits_the_frame_to_the_pixel(
    at_width: PlaywrightVisitor, host: HostSite, wizard: Server
) -> None:
    at_width.goto(host.put(element(frame(wizard))))
    answer_all(at_width, PERSONAS["team"])
    expect_uncut(at_width)
    before = float(at_width.run(FRAME_HEIGHT))
    at_width.run(
        "src => { document.head.append(Object.assign(document.createElement('script'), {src})) }",
        f"{wizard.url}/embed.js",
    )
    wait_for_event(at_width, "result")
    at_width.click("a[href*='step=hosting']", inside=FRAME)
    wait_for_question(at_width, "hosting")
    content = "() => document.documentElement.getBoundingClientRect().height"
    until(
        lambda: float(at_width.run(content, inside=FRAME)) == within_a_pixel(float(at_width.run(FRAME_HEIGHT))),
        "the frame is as high as its content",
    )
    assert float(at_width.run(FRAME_HEIGHT)) < before
    assert at_width.run("() => document.documentElement.style.minHeight", inside=FRAME) == ""
    wait_ten_frames(at_width, FRAME)
