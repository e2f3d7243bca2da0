"""Every language that the wizard has texts in: a journey in each, nothing cut off, and pages from right to left."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import cycle
from urllib.parse import urlencode

import pytest
from accessible import violations
from embed_pages import inline, wait_for_event
from engines import FRAME, Visitor, until
from host import HostSite
from playwright.sync_api import Page, expect
from server import Server
from steps import CHOICE, PERSONAS, NewPage, answer_all, choose, expect_question, expect_result, send_nothing
from test_pages import EVERY_LOOK, LOOKS, TOO_SMALL, Look, dress, open_result, overflow

from wizard.files.bundled import bundled
from wizard.languages import direction, own_name

LOCALES = tuple(sorted(path.stem for path in bundled("wording").glob("*.toml")))
OTHERS = tuple(locale for locale in LOCALES if locale not in ("en", "ar"))
"""The languages whose pages axe looks at in some of the looks; English has them all in test_pages."""

IN_EVERY_ENGINE = tuple(locale for locale in ("ar", "ja") if locale in LOCALES)
NARROW = {"width": 320, "height": 640}
WORDS = "() => [document.documentElement.lang, document.documentElement.dir]"
SWITCH = "locale => document.querySelector(`.languages button[value='${locale}']`).click()"


def open_asked(page: Page, **query: str) -> None:
    page.goto(f"/?{urlencode(query)}")


def open_error(page: Page) -> None:
    page.goto("/")
    send_nothing(page)
    expect(page.get_by_role("alert")).to_be_visible()


def open_revisited(page: Page) -> None:
    open_asked(page, who="team", team_size="2_10")
    page.locator(".back").click()
    expect(page.locator(f"{CHOICE}[aria-current]")).to_be_visible()


def open_at(page: Page, address: str) -> None:
    page.goto(address)


STATES: Mapping[str, Callable[[Page], None]] = {
    "first": partial(open_at, address="/"),
    "error": open_error,
    "second": partial(open_asked, who="team"),
    "third": partial(open_asked, who="team", team_size="2_10"),
    "revisited": open_revisited,
    "unknown": partial(open_at, address="/nowhere"),
    "bad-link": partial(open_at, address="/?journey=x"),
    **{f"result-{persona}": partial(open_result, answers=answers) for persona, answers in PERSONAS.items()},
}


def show(page: Page, state: str) -> None:
    """Bring `page` into `state`, with its language switcher open."""
    STATES[state](page)
    page.wait_for_load_state()
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")


@pytest.mark.parametrize("locale", LOCALES)
def test_a_journey_in_each_language_as_the_browser_asks_for_it(locale: str, new_page: NewPage) -> None:
    page = new_page(locale=locale, reduced_motion="reduce")
    answer_all(page, PERSONAS["team"])
    expect_result(page, "team")
    assert page.evaluate(WORDS) == [locale, direction(locale)]
    page.locator("a.button").click()
    expect(page).to_have_title("private_cloud")


@pytest.mark.parametrize("locale", LOCALES)
def test_no_page_is_wider_than_320_px_or_cuts_its_text(locale: str, new_page: NewPage) -> None:
    page = new_page(locale=locale, viewport=NARROW, reduced_motion="reduce")
    found = []
    for state in STATES:
        show(page, state)
        assert page.evaluate(WORDS) == [locale, direction(locale)], state
        found += [f"{state}: {cut}" for cut in overflow(page)]
        found += [f"{state}: {small}" for small in page.evaluate(TOO_SMALL)]
    assert not found, "\n".join(found)


def seen_by_axe(locale: str, *, soak: bool) -> Iterator[tuple[str, Look]]:
    """The states and looks of a language for axe: each state in one look, or in the long form in all of them.

    Of the languages besides Arabic, each state is looked at in one; in the long form, in the looks that hold all pairs.
    """
    if soak:
        looks = EVERY_LOOK if locale == "ar" else LOOKS
        yield from ((state, look) for state in STATES for look in looks)
        return
    for index, (state, look) in enumerate(zip(STATES, cycle(LOOKS), strict=False)):
        if locale == "ar" or OTHERS[index % len(OTHERS)] == locale:
            yield state, look


@pytest.mark.parametrize("locale", [locale for locale in LOCALES if locale != "en"])
def test_axe_finds_nothing(locale: str, new_page: NewPage, request: pytest.FixtureRequest) -> None:
    page = new_page(locale=locale, reduced_motion="reduce")
    found, shown = [], ""
    for state, look in seen_by_axe(locale, soak=request.config.getoption("--soak")):
        if state != shown:
            show(page, state)
            shown = state
        dress(page, look)
        found += [f"{state}, {look.name}: {violation}" for violation in violations(page)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("locale", IN_EVERY_ENGINE)
def test_a_journey_in_every_engine_and_on_in_another_language(locale: str, guest: Visitor, server: Server) -> None:
    guest.goto(f"{server.url}/?locale={locale}")
    for step, choice in PERSONAS["team"].items():
        guest.see(f"{CHOICE}[name={step}]")
        assert guest.run(WORDS) == [locale, direction(locale)]
        guest.click(f"{CHOICE}[value='{choice}']")
    guest.see("main[data-persona=team]")
    assert guest.run(WORDS) == [locale, direction(locale)]
    guest.run("locale => setTimeout(() => (" + SWITCH + ")(locale))", "en")
    until(lambda: guest.run(WORDS) == ["en", "ltr"], "the result in English")
    guest.see("main[data-persona=team]")


SIDES = """() => {
    const box = selector => document.querySelector(selector).getBoundingClientRect()
    const card = box('.choices button'), mark = box('.choices svg')
    const bars = [...document.querySelectorAll('.progress i')]
    const [first, last] = [bars[0], bars.at(-1)].map(bar => bar.getBoundingClientRect().x)
    return {
        back: getComputedStyle(document.querySelector('.back'), '::before').content.includes('→'),
        mark: mark.x + mark.width / 2 > card.x + card.width / 2,
        progress: first > last,
    }
}"""
COLUMNS = """() => {
    const heads = [...document.querySelectorAll('thead th')]
    const [head, cloud, , premise] = heads.map(each => each.getBoundingClientRect().x)
    return [head > cloud, cloud > premise]
}"""


@pytest.mark.skipif("ar" not in LOCALES, reason="there are no Arabic texts")
def test_arabic_pages_go_from_right_to_left(guest: Visitor, server: Server) -> None:
    guest.goto(f"{server.url}/?locale=ar&who=team")
    assert guest.run(SIDES) == {"back": True, "mark": True, "progress": True}
    guest.goto(f"{server.url}/?{urlencode({**PERSONAS['team'], 'locale': 'ar'})}")
    assert guest.run(COLUMNS) == [True, True]
    assert guest.run("() => getComputedStyle(document.querySelector('#share-link')).direction") == "ltr"
    guest.goto(f"{server.url}/?locale=en&who=team")
    assert guest.run(SIDES) == {"back": False, "mark": False, "progress": False}


@pytest.mark.skipif(len(LOCALES) == 1, reason="there is one language")
def test_the_switcher_opens_on_a_phone_and_leads_to_the_same_question(new_page: NewPage) -> None:
    page = new_page(viewport=NARROW, has_touch=True, is_mobile=True, reduced_motion="reduce")
    page.goto("/")
    choose(page, "team")
    expect_question(page, "team_size")
    other = LOCALES[-1]
    button = page.locator(".languages").get_by_role("button", name=own_name(other), exact=True)
    expect(button).not_to_be_visible()
    page.locator(".languages summary").tap()
    for target in (page.locator(".languages summary"), button):
        box = target.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44
    button.tap()
    expect_question(page, "team_size")
    assert page.evaluate(WORDS) == [other, direction(other)]


def test_a_language_that_was_switched_to_in_a_frame_stays_until_the_host_page_asks_for_another(
    either: Visitor, host: HostSite, wizard: Server
) -> None:
    either.goto(host.put(inline(wizard, locale="de")))
    wait_for_event(either, "step")
    spoken = "() => document.documentElement.lang"
    assert either.run(spoken, inside=FRAME) == "de"
    either.run("locale => setTimeout(() => (" + SWITCH + ")(locale))", "en", inside=FRAME)
    until(lambda: either.run(spoken, inside=FRAME) == "en", "it is English")
    either.click(".choices [name=who][value=team]", inside=FRAME)
    either.see(".choices [name=team_size]", inside=FRAME)
    assert either.run(spoken, inside=FRAME) == "en"
    either.run("() => { document.querySelector('deployment-wizard').locale = 'de-AT' }")
    until(lambda: either.run(spoken, inside=FRAME) == "de", "it is German")
    either.see(".choices [name=team_size]", inside=FRAME)
