"""What the pages are like: for every eye and hand, on every screen, and how much they weigh."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import combinations, product, starmap
from typing import Literal, NamedTuple
from urllib.parse import urlencode

import pytest
from accessible import violations
from playwright.sync_api import Page, ViewportSize, expect
from steps import CHOICE, PERSONAS, NewPage, answer_all, choose, expect_question, send_nothing
from support import KEY

from wizard.events.attribution import Attribution
from wizard.questionnaire.questions import QUESTIONS
from wizard.visitor.journey import Seal, new_journey

BUDGET_BYTES = 6000
PHONE = ViewportSize(width=390, height=844)
DESKTOP = ViewportSize(width=1280, height=860)

Keep = Callable[[Page, str], None]


def open_first(page: Page) -> None:
    page.goto("/")


def open_second(page: Page) -> None:
    page.goto("/")
    choose(page, "team")
    expect_question(page, "team_size")


def open_third(page: Page) -> None:
    page.goto("/?who=team&team_size=2_10")


def open_error(page: Page) -> None:
    page.goto("/")
    send_nothing(page)
    expect(page.get_by_role("alert")).to_be_visible()


def open_unknown(page: Page) -> None:
    page.goto("/nowhere")


def open_bad_link(page: Page) -> None:
    page.goto("/?journey=x")


def open_revisited(page: Page) -> None:
    open_second(page)
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_role("button", name="My team Your answer")).to_be_visible()


def open_expired(page: Page) -> None:
    journey = new_journey(QUESTIONS, "en", {"who": "team"}, Attribution(), now_ms=0)
    page.goto(f"/?journey={Seal([KEY], 24).seal(journey)}")
    expect(page.get_by_role("status")).to_be_visible()


def open_result(page: Page, answers: Mapping[str, str]) -> None:
    page.goto(f"/?{urlencode(answers)}")


def open_not_offered(page: Page) -> None:
    open_result(page, PERSONAS["team"])
    page.goto(str(page.locator("a.button").get_attribute("href")).replace("private_cloud", "on_premise"))


STATES: dict[str, Callable[[Page], None]] = {
    "first": open_first,
    "second": open_second,
    "third": open_third,
    "error": open_error,
    "revisited": open_revisited,
    "expired": open_expired,
    "not-offered": open_not_offered,
    "unknown": open_unknown,
    "bad-link": open_bad_link,
    **{f"result-{persona}": partial(open_result, answers=answers) for persona, answers in PERSONAS.items()},
}


def show(page: Page, state: str) -> None:
    """Bring `page` into `state`, its stylesheet included."""
    STATES[state](page)
    page.wait_for_load_state()


class Look(NamedTuple):
    """How a page may look: the colours wished for, whether the system forces its own, width, and size of the text."""

    scheme: Literal["light", "dark"]
    forced: Literal["none", "active"]
    width: int
    text: int

    @property
    def name(self) -> str:
        """For messages and pictures."""
        forced = "-forced-colours" if self.forced == "active" else ""
        return f"{self.scheme}{forced}-{self.width}" + (f"-text-{self.text}" if self.text != 100 else "")


EVERY_LOOK = tuple(starmap(Look, product(("light", "dark"), ("none", "active"), (1280, 390, 320), (100, 200))))
LOOKS = (
    Look("light", "none", 1280, 100),
    Look("dark", "active", 1280, 200),
    Look("light", "active", 390, 100),
    Look("dark", "none", 390, 200),
    Look("light", "none", 320, 200),
    Look("dark", "active", 320, 100),
)
"""Of every two properties, each pair of values is in one of these."""


def dress(page: Page, look: Look) -> None:
    """Let `page` look as it does there; to open it anew in each look would take most of the time of all these tests."""
    page.set_viewport_size(ViewportSize(width=look.width, height=860))
    page.emulate_media(color_scheme=look.scheme, forced_colors=look.forced)
    page.evaluate("text => { document.documentElement.style.fontSize = `${text}%` }", look.text)


def test_the_looks_that_are_always_tried_hold_every_pair() -> None:
    for one, other in combinations(range(len(Look._fields)), 2):
        assert {(look[one], look[other]) for look in LOOKS} == {(look[one], look[other]) for look in EVERY_LOOK}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(state: str, new_page: NewPage, keep: Keep, request: pytest.FixtureRequest) -> None:
    page = new_page(reduced_motion="reduce", viewport=DESKTOP)
    show(page, state)
    found = []
    for look in EVERY_LOOK if request.config.getoption("--soak") else LOOKS:
        dress(page, look)
        found += [f"{look.name}: {violation}" for violation in violations(page)]
        keep(page, f"{state}-{look.name}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("state", STATES)
def test_at_320_px_and_with_text_at_200_percent_nothing_is_cut_off(state: str, new_page: NewPage, keep: Keep) -> None:
    page = new_page(viewport={"width": 320, "height": 640}, reduced_motion="reduce")
    show(page, state)
    found = [f"at 320 px: {cut}" for cut in overflow(page)]
    keep(page, f"{state}-320")
    page.set_viewport_size({"width": 640, "height": 800})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found += [f"at 200 %: {cut}" for cut in overflow(page)]
    keep(page, f"{state}-text-200")
    assert not found, "\n".join(found)


def overflow(page: Page) -> list[str]:
    """What reaches beyond the window, or is wider than its own box; a field may scroll what it holds."""
    found: list[str] = page.evaluate("""() => {
        const root = document.documentElement
        const wide = [...document.querySelectorAll('body *:not(.unseen, svg *)')].filter(element => {
            const box = element.getBoundingClientRect()
            const cut = element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline'
            return box.right > root.clientWidth + 1 || box.left < -1 || (cut && !element.matches('input, svg'))
        })
        if (root.scrollWidth > root.clientWidth) wide.push(root)
        return wide.map(element => element.outerHTML.slice(0, 120))
    }""")
    return found


TOO_SMALL = """() => [['.choices button', 44], ['a, button, input[readonly]', 24]].flatMap(([selector, least]) =>
    [...document.querySelectorAll(selector)].filter(target => target.checkVisibility())
        .map(target => [target, target.getBoundingClientRect()])
        .filter(([, { width, height }]) => !(width >= least && height >= least))
        .map(([target, { width, height }]) => `${width} × ${height}, not ${least}: ${target.outerHTML.slice(0, 120)}`))
"""


@pytest.mark.parametrize("state", STATES)
def test_everything_to_tap_is_large_enough(state: str, new_page: NewPage) -> None:
    page = new_page(viewport=PHONE, reduced_motion="reduce")
    show(page, state)
    found: list[str] = []
    for viewport in (PHONE, DESKTOP, ViewportSize(width=320, height=640)):
        page.set_viewport_size(viewport)
        found += [f"at {viewport['width']} px: {small}" for small in page.evaluate(TOO_SMALL)]
    assert not found, "\n".join(found)


def test_an_error_takes_the_focus_is_in_the_title_and_leads_to_the_first_choice(visitor: Page) -> None:
    visitor.goto("/")
    send_nothing(visitor)
    expect(visitor).to_have_title("Error: Who do you want PostHog for? – Deployment Wizard")
    summary = visitor.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("There is a problem")
    summary.get_by_role("link", name="Choose who you want PostHog for").click()
    expect(visitor.get_by_role("button", name="Myself")).to_be_focused()
    expect(visitor.get_by_role("group", name="Who do you want PostHog for?")).to_have_accessible_description(
        "Pick the closest. You can change it at any time. Error: Choose who you want PostHog for"
    )
    visitor.keyboard.press("Space")
    expect_question(visitor, "hosting")
    expect(visitor).to_have_title("Who should look after the servers? – Deployment Wizard")


def test_a_screen_reader_announces_the_question_its_choices_and_their_hints(visitor: Page) -> None:
    visitor.goto("/")
    expect(visitor.get_by_role("group", name="Who do you want PostHog for?")).to_be_visible()
    expect(visitor.get_by_role("heading", level=1, name="Who do you want PostHog for?")).to_be_visible()
    group = visitor.get_by_role("group", name="Who do you want PostHog for?")
    choice = group.get_by_role("button", name="Myself", exact=True)
    expect(choice).to_have_accessible_description("A hobby, a side project, something new to try")
    expect(group.get_by_role("button")).to_have_count(4)
    expect(visitor.locator(f"{CHOICE}[aria-current]")).to_have_count(0)
    expect(visitor.get_by_text("Question 1 of 2 or 3")).to_be_visible()


def test_the_whole_card_can_be_tapped(new_page: NewPage) -> None:
    page = new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto("/")
    card = page.locator(f"{CHOICE}[value=team]")
    box = card.bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + box["width"] - 4, box["y"] + 4)
    expect_question(page, "team_size")


def test_the_first_question_comes_in_one_request_and_6_kb(new_page: NewPage) -> None:
    page = new_page()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto("/", wait_until="networkidle")
    wire = [url for url in requests if not url.startswith("data:")]
    assert len(wire) == 1
    assert sum(sizes) > 2000, "nothing was measured"
    assert sum(sizes) <= BUDGET_BYTES


WATCH = """addEventListener('pagereveal', async event => {
    const root = document.documentElement
    try {
        await event.viewTransition.ready
    } catch {
        root.dataset.seen = 'no transition'
        return
    }
    let over = false
    event.viewTransition.finished.then(() => { over = true })
    // A busy browser shows a page before it has read as far as the first card.
    if (!document.querySelector('.choices *')) await new Promise(read => addEventListener('DOMContentLoaded', read))
    if (over) {
        root.dataset.seen = 'no transition'
        return
    }
    const card = document.querySelector('.choices button').getBoundingClientRect()
    const under = document.elementFromPoint(card.x + 60, card.y + 20)
    root.dataset.seen = under.closest('button') ? 'the card' : 'what is around the card'
})"""


def seen_on_the_way(page: Page) -> set[str]:
    """What a tap would meet as a page comes in; a browser may leave a transition out when it is busy, so try again."""
    page.add_init_script(WATCH)
    seen = set()
    for _ in range(5):
        open_second(page)
        expect(page.locator("html[data-seen]")).to_be_attached()
        seen.add(str(page.locator("html").get_attribute("data-seen")))
    return seen


def test_pages_follow_one_another_with_motion_and_a_tap_answers_nothing_meanwhile(new_page: NewPage) -> None:
    page = new_page(reduced_motion="no-preference")
    assert seen_on_the_way(page) - {"no transition"} == {"what is around the card"}
    expect(page.locator(CHOICE).first).not_to_have_css("transition-duration", "0s")


def test_nothing_moves_for_those_who_asked_for_that(new_page: NewPage) -> None:
    page = new_page(reduced_motion="reduce")
    assert seen_on_the_way(page) == {"no transition"}
    for moving in page.locator("button, a").all():
        expect(moving).to_have_css("transition-duration", "0s")
    expect(page.locator(".choices")).to_have_css("animation-name", "guard")


def test_the_theme_is_a_handful_of_custom_properties(visitor: Page) -> None:
    visitor.goto(f"/?{urlencode(PERSONAS['team'])}")
    visitor.evaluate("""() => {
        const style = document.documentElement.style
        style.setProperty('--wizard-accent', 'rgb(0, 100, 0)')
        style.setProperty('--wizard-font', 'monospace')
        style.setProperty('--wizard-radius', '3px')
        style.setProperty('--wizard-surface', 'rgb(250, 250, 240)')
    }""")
    button = visitor.locator("a.button")
    expect(button).to_have_css("background-color", "rgb(0, 100, 0)")
    expect(button).to_have_css("border-radius", "3px")
    expect(button).to_have_css("font-family", "monospace")
    expect(visitor.locator(".alternatives section").first).to_have_css("background-color", "rgb(250, 250, 240)")


def test_a_browser_without_styles_still_shows_a_page_that_works(visitor: Page) -> None:
    visitor.add_init_script("""new MutationObserver(() => {
        document.querySelectorAll('style').forEach(style => style.remove())
    }).observe(document, { childList: true, subtree: true })""")
    answer_all(visitor, PERSONAS["enterprise"])
    expect(visitor.locator("main")).to_have_attribute("data-persona", "enterprise")
    visitor.goto("/")
    expect(visitor.locator("body")).to_have_css("max-width", "none")
    for icon in visitor.locator("svg").all():
        box = icon.bounding_box()
        assert box
        assert box["height"] <= 24


def test_words_as_long_as_those_of_other_languages_do_not_push_the_page_apart(new_page: NewPage) -> None:
    page = new_page(viewport={"width": 320, "height": 640}, reduced_motion="reduce")
    for state in ("first", "result-team"):
        show(page, state)
        page.evaluate("""() => document.querySelectorAll('h1, h2, b, p, span, a, dt, dd, button').forEach(element => {
            if (!element.children.length) element.textContent = 'Bereitstellungsverantwortungsübertragung'
        })""")
        assert overflow(page) == []


def test_the_console_stays_silent(new_page: NewPage) -> None:
    visitor = new_page(reduced_motion="reduce")  # a motion that the next click cuts short is reported there, too
    said: list[str] = []
    visitor.on("console", lambda message: said.append(message.text))
    visitor.on("pageerror", lambda error: said.append(str(error)))
    answer_all(visitor, PERSONAS["team"])
    visitor.get_by_role("link", name="Start again").click()
    expect_question(visitor, "who")
    assert said == []
