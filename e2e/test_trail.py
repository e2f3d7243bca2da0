"""What a visit in a real browser leaves in the log: what happened, once."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from server import Server
from server_log import log_of, trail
from steps import NewPage, answer_all, choose, expect_question, expect_result
from support import BROWSER, DESTINATIONS

TEAM = {"who": "team", "team_size": "11_50", "hosting": "own_servers"}


def test_a_whole_visit_with_refreshes_back_and_a_change_leaves_each_thing_once(
    browser: Browser, server: Server
) -> None:
    # Without the stand-ins for the destinations: they would switch off the cache that Back takes a page from.
    visitor = browser.new_page(base_url=server.url, user_agent=BROWSER)
    visitor.goto("/?utm_campaign=whole")
    choose(visitor, "job")
    expect_question(visitor, "team_size")
    visitor.reload()
    visitor.go_back()
    expect_question(visitor, "who")
    choose(visitor, "team")
    expect_question(visitor, "team_size")
    visitor.get_by_role("link", name="Back").click()
    expect_question(visitor, "who")
    choose(visitor, "team")
    expect_question(visitor, "team_size")
    choose(visitor, "11_50")
    expect_question(visitor, "hosting")
    choose(visitor, "own_servers")
    expect_result(visitor, "team")
    visitor.reload()
    with visitor.expect_request(lambda request: "wizard_handoff=" in request.url):
        visitor.locator("a.button").click()
    visitor.close()
    recorded = trail(server, "whole")
    assert sorted(recorded) == sorted(
        [
            "wizard_view",
            "question_view who",
            "question_answer who",
            "question_view team_size",
            "question_answer who",
            "question_view team_size",
            "question_view who",
            "question_answer team_size",
            "question_view hosting",
            "question_answer hosting",
            "result_view",
            "cta_click",
        ]
    )
    assert recorded[-2:] == ["result_view", "cta_click"]


def test_a_prefetched_page_counts_from_its_first_answer(new_page: NewPage, server: Server) -> None:
    page = new_page(bypass_csp=True)
    page.goto("/")
    with page.expect_response(lambda response: "campaign=ahead" in response.url) as ahead:
        page.evaluate("""() => {
            const link = document.createElement('link')
            link.rel = 'prefetch'
            link.href = '/?utm_campaign=ahead'
            document.head.append(link)
        }""")
    assert ahead.value.request.all_headers()["sec-purpose"] == "prefetch"
    ahead.value.finished()
    assert trail(server, "ahead") == []
    page.evaluate("location.href = '/?utm_campaign=ahead'")
    page.wait_for_url("**/?utm_campaign=ahead")
    expect_question(page, "who")
    choose(page, "team")
    expect_question(page, "team_size")
    recorded = ["wizard_view", "question_view who", "question_answer who", "question_view team_size"]
    assert sorted(trail(server, "ahead")) == sorted(recorded)


def test_the_recommendation_link_passes_a_handoff_of_the_journey(visitor: Page, server: Server) -> None:
    answer_all(visitor, TEAM)
    journey = parse_qs(urlsplit(visitor.url).query)["journey"][0]
    visitor.locator("a.button").click()
    expect(visitor).to_have_title("private_cloud")
    assert visitor.url.startswith(f"{DESTINATIONS['private_cloud']}?wizard_handoff=")
    with log_of(server) as log:
        named = log.journey(parse_qs(urlsplit(visitor.url).query)["wizard_handoff"][0].split(".")[0])
    assert named is not None
    assert named.clicked_deployment == "private_cloud"
    assert journey not in visitor.url


@pytest.mark.parametrize("agent", ["HeadlessChrome", "Googlebot"])
def test_a_browser_that_says_it_is_a_program_is_served_and_leaves_nothing(
    agent: str, new_page: NewPage, server: Server
) -> None:
    page = new_page(user_agent=f"Mozilla/5.0 (X11; Linux x86_64) {agent}/150.0")
    page.goto(f"/?utm_campaign={agent}")
    expect_question(page, "who")
    assert trail(server, agent) == []
