"""Whole visits, as people make them."""

import pytest
from embed_pages import answer, wait_for_question
from engines import Visitor
from playwright.sync_api import Page, expect
from server import Server
from steps import CHOICE, PERSONAS, RECOMMENDED, NewPage, answer_all, choose, expect_question, expect_result

AT_FIRST = """() => {
    const choices = document.querySelector('.choices')
    choices.style.animation = 'none'
    choices.offsetWidth
    choices.style.animation = ''
    return getComputedStyle(choices.querySelector('button')).pointerEvents
}"""
"""Whether the choices take a pointer as they come in."""


def focused(page: Page, what: str) -> str:
    """A property of the element that has the focus."""
    return str(page.evaluate(f"document.activeElement.{what}"))


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element that `selector` finds has the focus, which must show."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert focus_shows(page)
            return
    raise AssertionError(f"{selector} can't be reached by keyboard")


def focus_shows(page: Page) -> bool:
    """Whether the focused element has an outline of 2 px or more (WCAG 2.4.7, 2.4.13)."""
    return bool(
        page.evaluate("""() => {
            const style = getComputedStyle(document.activeElement)
            return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
        }""")
    )


@pytest.mark.parametrize("persona", PERSONAS)
def test_each_persona_gets_there_and_out_by_keyboard_alone(persona: str, visitor: Page) -> None:
    visitor.goto("/")
    for step, choice in PERSONAS[persona].items():
        expect_question(visitor, step)
        tab_to(visitor, f"{CHOICE}[value='{choice}']")
        visitor.keyboard.press("Enter" if step == "who" else "Space")
    expect_result(visitor, persona)
    tab_to(visitor, "a.button")
    visitor.keyboard.press("Enter")
    expect(visitor).to_have_title(RECOMMENDED[persona])


@pytest.mark.parametrize("persona", PERSONAS)
def test_each_persona_gets_there_with_one_tap_for_each_question(persona: str, guest: Visitor, wizard: Server) -> None:
    guest.goto(f"{wizard.url}/")
    for step, choice in PERSONAS[persona].items():
        wait_for_question(guest, step, inside=None)
        assert guest.run(AT_FIRST) == ("auto" if step == "who" else "none")
        answer(guest, step, choice, inside=None)
    guest.see(f"main[data-persona='{persona}'][data-recommended='{RECOMMENDED[persona]}']")
    guest.back()
    wait_for_question(guest, "hosting", inside=None)


@pytest.mark.parametrize("persona", PERSONAS)
def test_nothing_needs_javascript(persona: str, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False, reduced_motion="reduce")
    answer_all(page, PERSONAS[persona])
    expect_result(page, persona)
    page.locator("dd a").first.click()
    expect_question(page, "who")
    choose(page, "hobby")
    expect(page.locator("main")).to_have_attribute(
        "data-persona", "enthusiast" if persona in ("enthusiast", "team") else "visionary"
    )
    page.locator("a.button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "on_premise" if persona in ("enthusiast", "team") else "cloud"
    )


def test_back_and_forward_and_refresh_do_what_a_person_expects(visitor: Page) -> None:
    answer_all(visitor, PERSONAS["team"])
    visitor.go_back()
    expect_question(visitor, "hosting")
    visitor.go_back()
    expect_question(visitor, "team_size")
    visitor.reload()
    expect_question(visitor, "team_size")
    visitor.go_forward()
    expect_question(visitor, "hosting")
    choose(visitor, "avoid")
    expect(visitor.locator("main")).to_have_attribute("data-recommended", "cloud")
    visitor.reload()
    expect(visitor.locator("main")).to_have_attribute("data-recommended", "cloud")


def test_the_back_link_leads_to_the_question_before_with_its_answer(visitor: Page) -> None:
    visitor.goto("/")
    choose(visitor, "job")
    visitor.get_by_role("link", name="Back").click()
    expect(visitor.get_by_role("button", name="My work Your answer", exact=True)).to_be_visible()
    choose(visitor, "hobby")
    expect_question(visitor, "hosting")


def test_each_answer_can_be_changed_on_the_result_and_the_others_stay(visitor: Page) -> None:
    answer_all(visitor, PERSONAS["visionary"])
    visitor.get_by_role("link", name="Change your answer to: Who should look after the servers?").click()
    expect(visitor.locator(".choices [aria-current=true]")).to_have_attribute("value", "own_cloud")
    choose(visitor, "enjoy")
    expect_result(visitor, "enthusiast")
    visitor.get_by_role("link", name="Change your answer to: Who do you want PostHog for?").click()
    choose(visitor, "organisation")
    expect_question(visitor, "team_size")
    choose(visitor, "51_plus")
    expect(visitor.locator("main")).to_have_attribute("data-persona", "enterprise")
    expect(visitor.locator("main")).to_have_attribute("data-recommended", "private_cloud")
    visitor.get_by_role("link", name="Change your answer to: Who do you want PostHog for?").click()
    visitor.get_by_role("link", name="Back").click()
    expect(visitor.locator("main")).to_have_attribute("data-persona", "enterprise")


def test_a_double_click_is_one_answer_and_does_not_answer_the_next_question(visitor: Page) -> None:
    visitor.goto("/")
    visitor.locator(f"{CHOICE}[value=hobby]").dblclick()
    expect_question(visitor, "hosting")
    visitor.go_back()
    expect_question(visitor, "who")


def test_a_slow_double_tap_does_not_act_on_the_page_that_the_first_tap_led_to(visitor: Page) -> None:
    visitor.add_init_script("""document.addEventListener('DOMContentLoaded', () => {
        const guarded = document.querySelector('.guarded')
        document.documentElement.dataset.atFirst = guarded ? getComputedStyle(guarded).pointerEvents : 'no guard'
    })""")
    answer_all(visitor, PERSONAS["team"])
    expect(visitor.locator("html")).to_have_attribute("data-at-first", "none")
    for _ in range(3):
        visitor.go_back()
    expect_question(visitor, "who")
    choose(visitor, "team")
    expect(visitor.locator("html")).to_have_attribute("data-at-first", "none")
    expect(visitor.locator(".choices")).to_have_css("pointer-events", "auto")


def test_a_second_tab_and_a_restarted_browser_go_on_from_the_same_address(visitor: Page, new_page: NewPage) -> None:
    visitor.goto("/")
    choose(visitor, "team")
    expect_question(visitor, "team_size")
    tab = visitor.context.new_page()
    tab.goto(visitor.url)
    expect_question(tab, "team_size")
    restarted = new_page()
    restarted.goto(visitor.url)
    for page, choice in ((restarted, "51_plus"), (tab, "2_10"), (visitor, "11_50")):
        choose(page, choice)
        expect_question(page, "hosting")


def test_the_link_for_a_colleague_shows_them_the_same_recommendation(visitor: Page, new_page: NewPage) -> None:
    answer_all(visitor, PERSONAS["team"])
    link = visitor.get_by_role("textbox", name="Link with these answers").input_value()
    theirs = new_page()
    theirs.goto(link)
    expect_result(theirs, "team")
    assert "journey" not in link
    with visitor.context.expect_page() as opened:
        visitor.get_by_role("link", name="Open it as they will see it").click()
    expect_result(opened.value, "team")
    expect_result(visitor, "team")


def test_a_developer_finds_the_way_to_a_local_trial_and_back(visitor: Page) -> None:
    answer_all(visitor, PERSONAS["team"])
    visitor.get_by_role("link", name="See what we'd tell one developer").click()
    expect_result(visitor, "enthusiast")
    visitor.go_back()
    expect_result(visitor, "team")


def test_a_visit_leaves_nothing_behind_in_the_browser(visitor: Page) -> None:
    answer_all(visitor, PERSONAS["team"])
    stored = visitor.evaluate(
        """async () => [
            document.cookie, localStorage.length, sessionStorage.length, (await indexedDB.databases()).length
        ]"""
    )
    assert stored == ["", 0, 0, 0]
    assert visitor.context.cookies() == []
    assert visitor.context.storage_state()["origins"] == []


def test_a_form_on_another_site_can_not_answer_for_the_visitor(visitor: Page, base_url: str) -> None:
    other = base_url.replace("127.0.0.1", "localhost")
    answer_all(visitor, PERSONAS["team"])
    form = f'<form method=post action="{base_url}/"><input name=who value=hobby><button>Win a prize</button></form>'
    visitor.route(f"{other}/**", lambda route: route.fulfill(content_type="text/html", body=form))
    visitor.goto(f"{other}/prize")
    with visitor.expect_response(lambda response: response.request.method == "POST") as answered:
        visitor.get_by_role("button", name="Win a prize").click()
    assert answered.value.status == 403
    expect(visitor.get_by_role("heading", level=1)).to_have_text("That answer came from another site")
    visitor.get_by_role("link", name="Start the wizard").click()
    expect_question(visitor, "who")
