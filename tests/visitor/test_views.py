"""A visit over HTTP, without a browser: every path, every way back, and everything that can be wrong."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import pytest
from flask import Flask
from support import (
    DESTINATIONS,
    HOSTING,
    KEY,
    TEAM_SIZE,
    WHO,
    Client,
    Page,
    client_of,
    every_path,
    expected,
    name_of,
    settings,
)

from wizard.app import create_app
from wizard.clock import system_ms
from wizard.events.attribution import Attribution
from wizard.questionnaire.questions import QUESTIONS
from wizard.visitor.journey import HOUR_MS, Journey, Seal, new_journey

SEAL = Seal([KEY], 24)
GROUP = {"who": "team", "team_size": "2_10", "hosting": "own_servers"}


def opened(page: Page) -> Journey:
    return SEAL.open(page.journey)


def sealed(answers: Mapping[str, str] | None = None, age_hours: int = 0) -> str:
    now_ms = system_ms() - age_hours * HOUR_MS
    return SEAL.seal(new_journey(QUESTIONS, "en", answers or {}, Attribution(), now_ms))


# --- the paths


@pytest.mark.parametrize("path", list(every_path()), ids=name_of)
def test_each_path_leads_to_its_recommendation(path: Mapping[str, str], client: Client) -> None:
    page, should = client.visit(path), expected(path)
    main = page.one("main")
    assert main["data-persona"] == should.persona
    assert main["data-recommended"] == should.recommended
    ways_out = page.all("a[data-deployment]")
    assert [str(way["data-deployment"]) for way in ways_out] == [should.recommended, *should.alternatives]
    assert {str(way["target"]) for way in ways_out} == {"_top"}
    assert len(page.all("section.declined")) == len(should.declined)
    for way in ways_out:
        gone = client.get(str(way["href"]))
        assert gone.status_code == 303
        place, _, handoff = gone.headers["Location"].partition("?wizard_handoff=")
        assert place == DESTINATIONS[str(way["data-deployment"])]
        assert handoff.startswith(f"{opened(page).id}.")
    journey = opened(page)
    assert journey.answers == path
    assert journey.turn == len(path)


def test_the_questions_are_asked_in_order_and_each_says_which_it_is(client: Client) -> None:
    page = client.page("/")
    assert (page.step, page.choices) == ("who", list(WHO))
    assert "Question 1 of 2 or 3" in page.text
    hosting = client.answer(page, "hobby")
    assert (hosting.step, hosting.choices) == ("hosting", list(HOSTING))
    assert "Question 2 of 2" in hosting.text
    team_size = client.answer(page, "job")
    assert (team_size.step, team_size.choices) == ("team_size", list(TEAM_SIZE))
    assert "Question 2 of 3" in team_size.text
    assert "Question 3 of 3" in client.answer(team_size, "just_me").text
    assert client.answer(page, "team").choices == list(TEAM_SIZE[1:])


def test_each_choice_is_a_button_that_sends_it_in_one_labelled_group(client: Client) -> None:
    page = client.page("/")
    assert [str(button["name"]) for button in page.all("form button")] == ["who"] * len(WHO)
    group = page.one("form fieldset")
    assert group.select_one("legend h1")
    for button in group.select("button"):
        label, hint = (page.one(f"#{button[name]}") for name in ("aria-labelledby", "aria-describedby"))
        assert label.get_text()
        assert hint.get_text()
    given = client.page("/?who=job&hosting=avoid&step=who")
    given = client.page(str(given.one("a.back")["href"]))
    button = given.one(".choices button[aria-current=true]")
    assert [given.one(f"#{name}").get_text() for name in str(button["aria-labelledby"]).split()] == [
        "My work",
        "Your answer",
    ]


def test_only_a_page_after_an_answer_is_guarded_against_the_second_tap_of_two(client: Client) -> None:
    page = client.page("/")
    assert page.all(".guarded") == []
    while page.html.select("form .choices"):
        page = client.answer(page, page.choices[0])
        assert page.one(".guarded")


def test_nothing_is_selected_for_the_visitor(client: Client) -> None:
    page = client.page("/")
    assert page.given == []
    assert client.answer(page, "job").given == []


def test_an_answer_leads_on_by_303_to_an_address_that_is_the_page(client: Client) -> None:
    response = client.submit(client.page("/"), "job")
    assert response.status_code == 303
    location = response.headers["Location"]
    assert location.startswith("/?journey=")
    again = [client.page(location) for _ in range(2)]
    assert [page.step for page in again] == ["team_size", "team_size"]
    assert again[0].journey == again[1].journey


def test_a_server_that_has_never_seen_the_visitor_serves_any_step() -> None:
    page = client_of(create_app(settings())).page("/")
    for choice in GROUP.values():
        page = client_of(create_app(settings())).answer(page, choice)
    assert page.one("main")["data-recommended"] == "private_cloud"


def test_the_result_says_who_what_why_and_what_was_declined_in_the_visitors_own_answers(client: Client) -> None:
    page = client.visit(GROUP)
    assert page.one("title").get_text() == "Your recommendation: Get a Private Cloud of your own – Deployment Wizard"
    assert "Best fit: Private Cloud for a team" in page.text
    assert "for your team, with 2 to 10 people using it. Your own hardware is something we can't offer you" in page.text
    assert 2 <= len(page.all(".reasons li")) <= 3
    assert "Why not your own hardware?" in page.text
    assert page.one("a.button").get_text() == "Talk to us about a Private Cloud"
    assert page.one("a.arrow-link").get_text() == "Sign up for Cloud"


@pytest.mark.parametrize("path", list(every_path()), ids=name_of)
def test_the_table_compares_all_deployments_and_marks_what_is_recommended_and_what_is_not_offered(
    path: Mapping[str, str], client: Client
) -> None:
    page, should = client.page("/", query_string=dict(path)), expected(path)
    table = page.one("main table")
    assert table.find("caption")
    _, *heads = table.select("thead th")
    names = {"cloud": "Cloud", "private_cloud": "Private Cloud", "on_premise": "On-premise"}
    assert {str(head["scope"]) for head in table.select("thead th")} == {"col"}
    offered = (should.recommended, *should.alternatives)
    for deployment, head in zip(names, heads, strict=True):
        note = {should.recommended: "Recommended"}.get(
            deployment, "" if deployment in offered else "Not offered to you"
        )
        assert head.get_text(" ", strip=True) == f"{names[deployment]} {note}".strip()
    rows = table.select("tbody tr")
    assert len(rows) == 7
    for row in rows:
        assert [str(head["scope"]) for head in row.select("th")] == ["row"]
        assert [str(cell["data-column"]) for cell in row.select("td")] == list(names.values())
        assert all(cell.get_text(strip=True) for cell in row.select("td"))
    assert len(page.all(".why-not")) == 3 - len(offered)
    assert "isionary" not in page.text


@pytest.mark.parametrize("hosting", HOSTING)
def test_an_enterprises_way_to_cloud_is_to_start_with_one_team(hosting: str, client: Client) -> None:
    page = client.visit({"who": "organisation", "team_size": "51_plus", "hosting": hosting})
    assert page.one("a[data-deployment=cloud]").get_text() == "Start with one team on Cloud"
    assert "Start with one team, today" in page.text


def test_wherever_cloud_is_shown_it_is_shown_as_a_platform(client: Client) -> None:
    for path in every_path():
        page = client.page("/", query_string=dict(path))
        assert "Product analytics, feature flags, session recording, heatmaps and plugins" in page.text


def test_a_developer_can_go_on_to_a_local_trial(client: Client) -> None:
    page = client.visit(GROUP)
    link = str(page.one(".declined a")["href"])
    assert str(client.page(f"/?journey={page.journey}").one(".declined a")["href"]) == link
    trial = client.page(link)
    assert trial.one("main")["data-recommended"] == "on_premise"
    assert opened(trial).answers == {"who": "job", "team_size": "just_me", "hosting": "own_servers"}
    assert opened(trial).id == opened(page).id
    assert opened(trial).turn == opened(page).turn + 2


# --- going back, again and elsewhere


def test_back_leads_to_the_question_before_with_the_answer_that_was_given(client: Client) -> None:
    page = client.page("/")
    assert page.all("a.back") == []
    hosting = client.answer(client.answer(page, "job"), "2_10")
    team_size = client.page(str(hosting.one("a.back")["href"]))
    assert (team_size.step, team_size.given) == ("team_size", ["2_10"])
    who = client.page(str(team_size.one("a.back")["href"]))
    assert (who.step, who.given) == ("who", ["job"])
    assert who.all("a.back") == []
    assert client.answer(who, "job").step == "hosting"


def test_another_answer_after_back_keeps_the_later_ones_where_they_still_fit(client: Client) -> None:
    result = client.visit({"who": "job", "team_size": "just_me", "hosting": "avoid"})

    def changing(step: str, choice: str) -> Page:
        link = result.one(f'dd a[href$="step={step}"]')
        page = client.page(str(link["href"]))
        assert page.step == step
        assert page.one("a.back")["href"] == f"/?journey={result.journey}"
        return client.answer(page, choice)

    assert opened(changing("who", "hobby")).answers == {"who": "hobby", "hosting": "avoid"}
    assert changing("who", "hobby").one("main")["data-persona"] == "visionary"
    asked = changing("who", "team")
    assert (asked.step, opened(asked).answers) == ("team_size", {"who": "team", "hosting": "avoid"})
    assert client.answer(asked, "2_10").one("main")["data-persona"] == "team"
    assert changing("team_size", "51_plus").one("main")["data-persona"] == "enterprise"
    assert changing("hosting", "enjoy").one("main")["data-persona"] == "enthusiast"


def test_the_turn_counts_what_was_accepted_and_the_same_answer_again_is_nothing_new(client: Client) -> None:
    first = client.page("/")
    second = client.answer(first, "job")
    assert (opened(first).turn, opened(second).turn) == (0, 1)
    who = client.page(str(second.one("a.back")["href"]))
    assert client.answer(who, "job").journey == second.journey
    changed = client.answer(who, "team")
    assert opened(changed).turn == 2
    assert opened(client.answer(first, "team")).turn == 1
    assert {opened(page).id for page in (second, who, changed)} == {opened(first).id}


def test_a_double_click_leads_to_the_same_place_twice(client: Client) -> None:
    page = client.page("/")
    one, two = (opened(client.answer(page, "job")) for _ in range(2))
    assert replace(one, answered_ms=0) == replace(two, answered_ms=0)


def test_two_tabs_go_their_own_ways_from_one_page(client: Client) -> None:
    page = client.page("/")
    assert client.answer(page, "hobby").step == "hosting"
    assert client.answer(page, "team").step == "team_size"
    assert client.answer(page, "hobby").step == "hosting"


def test_the_link_for_a_colleague_holds_the_answers_and_begins_a_visit_of_their_own(client: Client) -> None:
    page = client.visit(GROUP)
    link = str(page.one("input[readonly]")["value"])
    assert link == "http://localhost/?who=team&team_size=2_10&hosting=own_servers"
    assert page.one(f'a[href="{link}"]').get_text() == "Open it as they will see it"
    theirs = client.page(link)
    assert theirs.one("main")["data-recommended"] == "private_cloud"
    assert opened(theirs).id != opened(page).id
    assert opened(theirs).entry == "prefilled"


def test_an_e_mail_to_a_colleague_has_the_link_in_it(client: Client) -> None:
    page = client.visit(GROUP)
    link = str(page.one("input[readonly]")["value"])
    address = str(page.one('a[href^="mailto:"]')["href"])
    assert re.fullmatch(r"mailto:\?subject=[\w.~%-]+&body=[\w.~%-]+", address)
    subject, body = (unquote(part.partition("=")[2]) for part in address.removeprefix("mailto:?").split("&"))
    assert subject == "PostHog: is Private Cloud right for us?"
    assert f"\r\n{link}\r\n" in body
    assert "\n" not in body.replace("\r\n", "")
    assert "&amp;body=" in page.response.text


def test_links_to_be_passed_on_use_the_public_address() -> None:
    client = client_of(create_app(settings(public_url="https://wizard.example.com")))
    assert str(client.visit(GROUP).one("input[readonly]")["value"]).startswith("https://wizard.example.com/?who=")
    assert client.page("/").one("link[rel=canonical]")["href"] == "https://wizard.example.com/"


@pytest.mark.parametrize(
    ("query", "answers", "step"),
    [
        ("who=job&hosting=avoid", {"who": "job", "hosting": "avoid"}, "team_size"),
        ("hosting=avoid", {"hosting": "avoid"}, "who"),
        ("who=hobby", {"who": "hobby"}, "hosting"),
        ("who=team&team_size=just_me", {"who": "team"}, "team_size"),
        ("who=nobody&hosting=sky&colour=red", {}, "who"),
        ("who=&hosting", {}, "who"),
        ("who=job&who=team", {"who": "job"}, "team_size"),
        ("who=%00%ff&utm_source=%f0%28", {}, "who"),
    ],
)
def test_a_link_answers_beforehand_what_is_valid_and_the_rest_is_asked(
    query: str, answers: dict[str, str], step: str, client: Client
) -> None:
    page = client.page(f"/?{query}")
    assert page.step == step
    assert opened(page).answers == answers
    assert opened(page).turn == 0


def test_an_answer_from_a_link_can_be_changed(client: Client) -> None:
    page = client.page("/?who=job&hosting=avoid")
    who = client.page(str(page.one("a.back")["href"]))
    assert who.given == ["job"]
    assert client.answer(who, "hobby").one("main")["data-persona"] == "visionary"


def test_what_a_link_has_answered_is_not_counted_as_still_to_come(client: Client) -> None:
    assert "Question 1 of 1 or 2" in client.page("/?hosting=avoid").text
    page = client.page("/?who=job&hosting=avoid")
    assert "Question 2 of 2" in page.text
    result = client.answer(page, "2_10")
    assert "Question 3 of 3" in client.page(str(result.one('dd a[href$="step=hosting"]')["href"])).text


@pytest.mark.parametrize("step", ["hosting", "nonsense", "", "who'--"])
def test_a_step_that_was_not_asked_yet_can_not_be_jumped_to(step: str, client: Client) -> None:
    assert client.page("/", query_string={"journey": sealed({"who": "job"}), "step": step}).step == "team_size"


def test_where_a_visitor_came_from_travels_in_the_journey(client: Client) -> None:
    page = client.page("/?utm_source=news&utm_campaign=a@b.example", headers={"Referer": "https://blog.example/x?y"})
    assert opened(client.answer(page, "job")).attribution == Attribution(
        utm_source="news", referrer_host="blog.example"
    )


# --- what can be wrong with a journey


def test_an_expired_page_goes_on_with_the_answers_kept_and_says_so(client: Client) -> None:
    page = client.page("/", query_string={"journey": sealed({"who": "job"}, age_hours=25)})
    assert page.status == 200
    assert "been a while since your last answer" in page.one("[role=status]").get_text()
    assert (page.step, opened(page).answers, opened(page).entry) == ("team_size", {"who": "job"}, "continued")
    following = client.answer(page, "2_10")
    assert following.step == "hosting"
    assert following.all("[role=status]") == []


def test_an_answer_sent_from_an_expired_page_is_kept_too(client: Client) -> None:
    old = SEAL.open(sealed({"who": "job"}))
    old = replace(old, started_ms=0, answered_ms=0)
    data = {
        "journey": SEAL.seal(old),
        "step": "team_size",
        "team_size": "2_10",
        "csrf_token": SEAL.sign_form(old, "team_size", 0),
    }
    page = Page(client.post("/", data=data, follow_redirects=True))
    assert page.status == 200
    assert "been a while since your last answer" in page.one("[role=status]").get_text()
    assert (page.step, opened(page).answers) == ("hosting", {"who": "job", "team_size": "2_10"})
    assert (opened(page).entry, opened(page).turn) == ("continued", 1)
    again = Page(client.post("/", data=data, follow_redirects=True))
    assert opened(again).id == opened(page).id
    assert client.answer(page, "avoid").all("[role=status]") == []
    refused = Page(client.post("/", data=data | {"team_size": "none"}))
    assert refused.status == 422
    assert client.answer(refused, "2_10").step == "hosting"


def test_an_expired_result_and_its_way_out_are_gone_on_with(client: Client) -> None:
    token = sealed(GROUP, age_hours=25)
    page = client.page("/", query_string={"journey": token})
    assert page.one("main")["data-recommended"] == "private_cloud"
    assert page.one("[role=status]")
    out = client.get("/go/private_cloud", query_string={"journey": token})
    assert out.status_code == 303
    assert client.page(out.headers["Location"]).one("[role=status]")


def test_how_long_a_journey_lasts_is_a_setting() -> None:
    client = client_of(create_app(settings(journey_hours="48")))
    assert client.page("/", query_string={"journey": sealed(GROUP, age_hours=47)}).all("[role=status]") == []
    assert len(client.page("/", query_string={"journey": sealed(GROUP, age_hours=49)}).all("[role=status]")) == 1


RETIRED = Seal(["a retired key that nobody may use now"], 24).seal(new_journey(QUESTIONS, "en", {}, Attribution(), 1))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1],
        lambda token: token[:20],
        lambda token: "x" + token,
        lambda token: token.replace(".", "..", 1),
        lambda _: "",
        lambda _: "garbage",
        lambda _: "é\x00" * 20,
        lambda _: "." * 4096,
        lambda _: RETIRED,
    ],
)
@pytest.mark.parametrize("address", ["/", "/go/cloud"])
def test_a_journey_that_is_not_ours_gets_a_page_with_a_fresh_start(
    spoil: Callable[[str], str], address: str, client: Client
) -> None:
    token = spoil(sealed(GROUP))
    page = client.page(address, query_string={"journey": token})
    assert page.status == 400
    assert page.heading == "This link no longer works"
    assert page.one("main a.button")["href"] == "/"
    if address == "/":
        assert Page(client.post("/", data={"journey": token, "who": "job"})).status == 400


def test_a_way_out_or_an_answer_without_a_journey_gets_a_page_with_a_fresh_start(client: Client) -> None:
    assert client.page("/go/cloud").status == 400
    for sent in ({"data": {"who": "job"}}, {"json": {"who": "job"}}, {"data": b"who=job"}, {}):
        page = Page(client.post("/", **sent))
        assert (page.status, page.heading) == (400, "We couldn't read that")


def test_a_journey_longer_than_any_of_ours_gets_a_page_that_says_so(client: Client) -> None:
    for address in ("/", "/go/cloud"):
        page = client.page(address, query_string={"journey": "x" * 4097})
        assert (page.status, page.heading) == (414, "That address is too long")
    assert Page(client.post("/", data={"journey": "x" * 4097})).status == 413


# --- what can be wrong with an answer


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (None, "Choose who you want PostHog for"),
        ("", "Choose who you want PostHog for"),
        ("nobody", "Choose one of these answers to say who you want PostHog for"),
        ("JOB", "Choose one of these answers to say who you want PostHog for"),
        ("job\x00", "Choose one of these answers to say who you want PostHog for"),
    ],
)
def test_an_answer_that_is_missing_or_no_choice_is_asked_again(
    choice: str | None, message: str, client: Client
) -> None:
    page = client.page("/")
    again = client.answer(page, choice)
    assert again.status == 422
    assert again.one("title").get_text() == "Error: Who do you want PostHog for? – Deployment Wizard"
    summary = again.one(".error-summary")
    assert summary.has_attr("autofocus")
    assert summary["tabindex"] == "-1"
    assert "There is a problem" in summary.get_text()
    link = again.one(".error-summary a")
    assert link.get_text() == message
    assert again.one(f"button{link['href']}")["name"] == "who"
    assert again.one("#error").get_text(" ", strip=True) == f"Error: {message}"
    assert "error" in str(again.one("fieldset")["aria-describedby"]).split()
    assert again.given == []
    assert again.journey == page.journey
    assert client.answer(again, "hobby").step == "hosting"


def test_a_choice_that_is_offered_to_others_is_not_taken(client: Client) -> None:
    team_size = client.answer(client.page("/"), "team")
    assert client.answer(team_size, "just_me").status == 422


def test_a_form_that_was_not_served_for_this_journey_and_step_is_not_taken_and_nothing_is_lost(client: Client) -> None:
    page = client.answer(client.page("/"), "job")
    other = client.page("/")
    for token in ("", "x", other.fields["csrf_token"], page.journey):
        data = page.fields | {"csrf_token": token, "team_size": "2_10"}
        refused = Page(client.post("/", data=data))
        assert (refused.status, refused.heading) == (400, "That form didn't match the page")
        assert client.page(str(refused.one("main a.button")["href"])).step == "team_size"


def test_an_answer_that_no_longer_fits_sends_the_visitor_to_the_question(client: Client) -> None:
    page = client.page("/")
    data = page.fields | {"step": "hosting", "hosting": "avoid"}
    assert Page(client.post("/", data=data, follow_redirects=True)).step == "who"


def test_a_journey_of_an_older_questionnaire_is_sent_to_its_next_question(client: Client) -> None:
    old = replace(SEAL.open(sealed()), flow_version="0", answers={"who": "freelancer", "budget": "none"})
    assert client.page("/", query_string={"journey": SEAL.seal(old)}).step == "who"


@pytest.mark.parametrize("choice", HOSTING)
def test_a_journey_of_the_questionnaire_before_unsure_goes_on_with_its_answers(choice: str, client: Client) -> None:
    old = replace(SEAL.open(sealed({"who": "team", "team_size": "2_10"})), flow_version="8f6f411b")
    page = client.page("/", query_string={"journey": SEAL.seal(old)})
    assert page.step == "hosting"
    result = client.answer(page, choice)
    assert opened(result).answers == {"who": "team", "team_size": "2_10", "hosting": choice}
    assert opened(result).flow_version == "8f6f411b"
    assert result.one("main")["data-persona"] == "team"


# --- the way out


def test_a_way_out_that_was_not_offered_leads_back_to_the_result(client: Client) -> None:
    for deployment in ("on_premise", "nowhere", "https:evil.example"):
        page = client.page(f"/go/{deployment}", query_string={"journey": sealed(GROUP)})
        assert (page.status, page.heading) == (404, "That isn't one of your options")
        resumed = client.page(str(page.one("main a.button")["href"]))
        assert resumed.one("main")["data-recommended"] == "private_cloud"


def test_there_is_no_way_out_before_the_last_answer(client: Client) -> None:
    page = client.page("/go/cloud", query_string={"journey": sealed({"who": "job"})})
    assert page.status == 404
    assert client.page(str(page.one("main a.button")["href"])).step == "team_size"


def test_the_way_out_carries_what_names_the_journey_and_no_answers() -> None:
    client = client_of(create_app(settings(cloud_url="https://cloud.example/signup?plan=free")))
    token = sealed({"who": "hobby", "hosting": "avoid"})
    gone = client.get("/go/cloud", query_string={"journey": token})
    place, _, query = gone.headers["Location"].partition("?")
    assert place == "https://cloud.example/signup"
    given = dict(parse_qsl(query))
    assert list(given) == ["plan", "wizard_handoff"]
    assert given["plan"] == "free"
    assert given["wizard_handoff"].split(".")[0] == SEAL.open(token).id
    assert not any(word in query for word in ("hobby", "avoid", token))
    assert not any(token in value for value in gone.headers.values())
    assert token not in gone.text


# --- what search engines and caches may keep


def test_the_bare_wizard_can_be_found_and_shared(client: Client) -> None:
    page = client.page("/")
    assert "X-Robots-Tag" not in page.response.headers
    assert page.all("meta[name=robots]") == []
    assert "X-Robots-Tag" not in client.get("/?utm_source=news").headers
    for selector in ("meta[name=description]", 'meta[property="og:title"]', 'meta[property="og:description"]'):
        assert page.one(selector)["content"]
    assert page.one('meta[property="og:url"]')["content"] == "http://localhost/"
    assert str(page.one("link[rel=icon]")["href"]).startswith("data:image/svg+xml,")


def test_pages_that_hold_a_journey_and_pages_of_errors_are_not_for_search_engines(client: Client) -> None:
    page = client.page("/")
    pages = [client.answer(page, "job"), client.visit(GROUP), client.answer(page, None), client.page("/nowhere")]
    pages += [client.page(f"/?{answer}") for answer in ("who=job", "team_size=2_10", "hosting=avoid", "hosting=sky")]
    pages += [client.page("/", query_string=GROUP)]
    for found in pages:
        assert found.response.headers["X-Robots-Tag"] == "noindex"
        assert found.one("meta[name=robots]")["content"] == "noindex"
    assert client.submit(page, "job").headers["X-Robots-Tag"] == "noindex"


def test_robots_are_told_what_is_not_for_them(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response.mimetype == "text/plain"
    assert response.text.splitlines() == ["User-agent: *", "Disallow: /go/"]


# --- languages


def test_the_page_speaks_the_visitors_language_where_there_is_one(two_locales: Flask) -> None:
    client = client_of(two_locales)
    german = client.page("/", headers={"Accept-Language": "fr, de-AT;q=0.8, en;q=0.5"})
    assert german.one("html")["lang"] == "de"
    assert german.heading == "Wer soll PostHog nutzen?"
    assert client.answer(german, "hobby").one("html")["lang"] == "de"
    assert client.page("/", headers={"Accept-Language": "fr"}).one("html")["lang"] == "en"
    assert client.page("/").one("html")["lang"] == "en"
    assert client.page("/", headers={"Accept-Language": "*"}).one("html")["lang"] == "en"
    assert client.page("/", headers={"Accept-Language": "fr, de;q=0"}).one("html")["lang"] == "en"
    refused = Page(client.post("/", data=german.fields | {"csrf_token": "x", "who": "job"}))
    assert (refused.status, refused.one("html")["lang"]) == (400, "de")


def test_a_journey_in_a_language_that_is_gone_goes_on_in_the_default_one(two_locales: Flask, tmp_path: Path) -> None:
    german = client_of(two_locales).page("/", headers={"Accept-Language": "de"})
    (tmp_path / "de.toml").unlink()
    english = client_of(create_app(settings(wording_dir=str(tmp_path))))
    assert english.answer(german, "hobby").one("html")["lang"] == "en"


def test_the_query_of_a_link_is_read_back_as_it_was_written(client: Client) -> None:
    link = str(client.visit(GROUP).one("input[readonly]")["value"])
    assert parse_qs(urlsplit(link).query) == {name: [choice] for name, choice in GROUP.items()}
