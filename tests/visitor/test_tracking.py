"""What each thing that a visitor can do leaves in the log. docs/events.md has the same cases, in the same words."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from recorded_client import Watched
from support import BROWSER, KEY, Page, client_of

from wizard.clock import system_ms
from wizard.events.admission import MAX_EVENTS
from wizard.events.attribution import Attribution
from wizard.events.model import Context, QuestionView, WizardView
from wizard.intake.journal import Journal
from wizard.questionnaire.questions import QUESTIONS
from wizard.visitor.journey import HOUR_MS, MAX_TURNS, Journey, Seal, new_journey

SEAL = Seal([KEY], 24)
PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36"
)
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
PRERENDER = {"Sec-Purpose": "prefetch;prerender"}
GROUP = {"who": "team", "team_size": "2_10", "hosting": "own_servers"}
DOCUMENT = Path(__file__).parents[2] / "docs" / "events.md"


CASES: dict[str, Callable[[Watched], None]] = {}


def case(sentence: str) -> Callable[[Callable[[Watched], None]], Callable[[Watched], None]]:
    """A case of the table in the documents, by its first column."""

    def keep(function: Callable[[Watched], None]) -> Callable[[Watched], None]:
        assert sentence not in CASES
        CASES[sentence] = function
        return function

    return keep


@case("opens the wizard")
def _(watched: Watched) -> None:
    watched.client.page("/")
    assert watched.news() == ["wizard_view", "question_view who"]
    assert watched.counts() == {"stored": 2}
    assert [(row.viewed, row.started) for row in watched.journeys()] == [(1, 0)]


@case("opens the wizard again")
def _(watched: Watched) -> None:
    watched.client.page("/")
    watched.forget()
    watched.client.page("/")
    assert watched.news() == ["wizard_view", "question_view who"]
    assert len(watched.journeys()) == 2


@case("answers a question")
def _(watched: Watched) -> None:
    page = watched.client.page("/")
    watched.forget()
    watched.client.answer(page, "team")
    assert watched.news() == ["question_answer who", "question_view team_size"]
    assert watched.counts() == {"stored": 2}
    assert watched.journeys()[0].started == 1
    assert watched.step("who").answer == "team"


@case("refreshes a question or a result")
def _(watched: Watched) -> None:
    page = watched.client.page("/")
    following = watched.client.submit(page, "team").headers["Location"]
    watched.client.get(following)
    result = f"/?journey={watched.client.visit(GROUP).journey}"
    watched.client.get(result)
    watched.forget()
    watched.client.get(following)
    watched.client.get(result)
    assert watched.news() == []
    assert watched.counts() == {"duplicate": 2}


@case("clicks a choice twice")
def _(watched: Watched) -> None:
    page = watched.client.page("/")
    watched.forget()
    for _ in range(2):
        watched.client.submit(page, "team")
    assert watched.news() == ["question_answer who"]
    assert watched.counts() == {"stored": 1, "duplicate": 1}


@case("sends the same request a hundred times")
def _(watched: Watched) -> None:
    page = watched.client.page("/")
    watched.client.answer(page, "team")
    watched.forget()
    for _ in range(100):
        watched.client.submit(page, "team")
    assert watched.news() == []
    assert watched.counts() == {"duplicate": 100}


@case("goes back in the browser, and gives the same answer")
def _(watched: Watched) -> None:
    first = watched.client.page("/")
    watched.client.answer(watched.client.answer(first, "team"), "2_10")
    watched.forget()
    watched.client.answer(first, "team")
    assert watched.news() == []
    assert watched.counts() == {"duplicate": 2}


@case("goes back in the browser, and gives another answer")
def _(watched: Watched) -> None:
    first = watched.client.page("/")
    watched.client.answer(first, "team")
    watched.forget()
    watched.client.answer(first, "organisation")
    assert watched.news() == ["question_answer who", "question_view team_size"]
    assert watched.journeys()[0].answers == '{"who":"organisation"}'
    assert watched.step("who").changes == 1


@case("goes back in the browser once more, to the answer before that")
def _(watched: Watched) -> None:
    first = watched.client.page("/")
    for choice in ("team", "organisation"):
        second = watched.client.answer(first, choice)
    watched.forget()
    second = watched.client.answer(first, "team")
    assert watched.news() == []
    assert watched.journeys()[0].answers == '{"who":"organisation"}', "a replay changes no row"
    watched.client.answer(second, "2_10")
    assert watched.journeys()[0].answers == '{"team_size":"2_10","who":"team"}', "the next new event does"


@case("goes back two pages in the browser, and gives another answer")
def _(watched: Watched) -> None:
    first = watched.client.page("/")
    watched.client.answer(watched.client.answer(first, "team"), "2_10")
    watched.forget()
    second = watched.client.answer(first, "organisation")
    assert watched.news() == ["question_answer who", "question_view team_size"]
    assert watched.journeys()[0].answers == '{"team_size":"2_10","who":"team"}', "the higher turn stands"
    watched.client.answer(second, "51_plus")
    assert watched.journeys()[0].answers == '{"team_size":"51_plus","who":"organisation"}', "until this one is as far"


@case("follows the page's own Back link")
def _(watched: Watched) -> None:
    second = watched.client.answer(watched.client.page("/"), "team")
    watched.forget()
    watched.client.page(str(second.one("a.back")["href"]))
    assert watched.news() == ["question_view who"]
    assert watched.step("who").went_back == 1


@case("follows the page's own Back link, and gives the same answer")
def _(watched: Watched) -> None:
    second = watched.client.answer(watched.client.page("/"), "team")
    back = watched.client.page(str(second.one("a.back")["href"]))
    watched.forget()
    watched.client.submit(back, "team")
    assert watched.news() == []
    assert watched.counts() == {"duplicate": 1}


@case("changes an answer from the result")
def _(watched: Watched) -> None:
    result = watched.client.visit(GROUP)
    before = watched.journeys()[0]
    watched.forget()
    change = watched.client.page(str(result.all("a[href*='step=hosting']")[0]["href"]))
    watched.client.answer(change, "avoid")
    assert watched.news() == ["question_view hosting", "question_answer hosting", "result_view"]
    (after,) = watched.journeys()
    assert (before.recommended, after.recommended) == ("private_cloud", "cloud")
    assert watched.step("hosting").changes == 1
    assert watched.step("hosting").went_back == 1


@case("follows the link to a local trial")
def _(watched: Watched) -> None:
    result = watched.client.visit(GROUP)
    watched.forget()
    trial = next(str(a["href"]) for a in result.all("section.declined a"))
    watched.client.get(trial)
    assert watched.news() == ["result_view"]
    (row,) = watched.journeys()
    assert row.persona == "enthusiast"
    assert row.answers == '{"hosting":"own_servers","team_size":"just_me","who":"job"}'


@case("uses two tabs")
def _(watched: Watched) -> None:
    second = watched.client.answer(watched.client.page("/"), "team")
    for choice in ("2_10", "51_plus"):
        watched.client.answer(second, choice)
    (row,) = watched.journeys()
    assert row.answers == '{"team_size":"51_plus","who":"team"}'
    assert watched.step("team_size").changes == 1


@case("shares the address of a page with somebody")
def _(watched: Watched) -> None:
    result = watched.client.visit(GROUP)
    watched.forget()
    other = client_of(watched.app)
    other.environ_base["HTTP_USER_AGENT"] = PHONE
    other.get(f"/?journey={result.journey}")
    assert watched.news() == []
    assert watched.counts() == {"duplicate": 1}


@case("follows a prefilled link")
def _(watched: Watched) -> None:
    page = watched.client.page("/?who=team&hosting=avoid")
    assert watched.news() == ["wizard_view", "question_view team_size"]
    watched.client.answer(page, "2_10")
    assert watched.news() == ["question_answer team_size", "result_view"]
    (row,) = watched.journeys()
    assert (row.entry, row.started, row.finished) == ("prefilled", 1, 1)
    assert [(watched.step(name).prefilled, watched.step(name).viewed) for name in ("who", "hosting")] == [(1, 0)] * 2


@case("comes back after the journey has expired")
def _(watched: Watched) -> None:
    now_ms = system_ms() - 25 * HOUR_MS
    old = new_journey(QUESTIONS, "en", {}, Attribution(utm_source="news"), now_ms).with_answers(
        QUESTIONS, {"who": "team"}, now_ms
    )
    for _ in range(2):
        watched.client.get(f"/?journey={SEAL.seal(old)}")
    assert watched.news() == ["wizard_view", "question_view team_size"]
    assert watched.counts() == {"stored": 2, "duplicate": 2}
    (row,) = watched.journeys()
    assert (row.entry, row.continued_from, row.utm_source) == ("continued", old.id, "news")
    assert row.journey_id != old.id


@case("answers on a page that has expired")
def _(watched: Watched) -> None:
    old = new_journey(QUESTIONS, "en", {}, Attribution(), system_ms() - 25 * HOUR_MS)
    form = {"journey": SEAL.seal(old), "step": "who", "csrf_token": SEAL.sign_form(old, "who", old.started_ms)}
    for _ in range(2):
        watched.client.post("/", data={**form, "who": "team"})
    assert watched.news() == ["wizard_view", "question_view who", "question_answer who"]
    (row,) = watched.journeys()
    assert (row.entry, row.continued_from, row.started) == ("continued", old.id, 1)


@case("clicks a recommendation of a result that has expired")
def _(watched: Watched) -> None:
    old = new_journey(QUESTIONS, "en", GROUP, Attribution(), system_ms() - 25 * HOUR_MS)
    watched.client.get(f"/go/cloud?journey={SEAL.seal(old)}")
    assert watched.news() == []
    assert watched.counts() == {"rejected expired": 1}


@case("clicks a recommendation")
def _(watched: Watched) -> None:
    result = watched.client.visit(GROUP)
    watched.forget()
    first, second = (str(way["href"]) for way in result.all("a[data-deployment]"))
    watched.client.get(first)
    assert watched.news() == ["cta_click"]
    assert [(row.clicked_deployment, row.clicked_position) for row in watched.journeys()] == [
        ("private_cloud", "recommended")
    ]
    watched.client.get(first)
    watched.client.get(second)
    assert watched.news() == ["cta_click"]
    assert watched.counts() == {"stored": 2, "duplicate": 1}
    assert [(row.clicked_deployment, row.clicked_position) for row in watched.journeys()] == [("cloud", "alternative")]


@case("submits no answer, or an invalid one")
def _(watched: Watched) -> None:
    page = watched.client.page("/")
    watched.forget()
    for choice in (None, None, "nobody"):
        watched.client.submit(page, choice)
    assert watched.news() == ["question_error who"] * 2
    assert watched.counts() == {"stored": 2, "duplicate": 1}
    assert watched.step("who").errors == 2
    assert watched.journeys()[0].started == 0


@case("has a page prefetched or prerendered by the browser")
def _(watched: Watched) -> None:
    for _ in range(2):
        watched.client.get("/", headers=PRERENDER)
    watched.client.get(f"/?journey={client_of(watched.app).visit(GROUP).journey}", headers=PRERENDER)
    watched.forget()
    watched.client.get("/", headers={"Sec-Purpose": "prefetch"})
    watched.client.post("/", headers=PRERENDER)
    assert watched.news() == []
    assert watched.counts() == {}


IMAGE = {"Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "cross-site", "Referer": "https://anyone.example/"}
FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}


@case("visits a page that loads the wizard as an image, a script or data")
def _(watched: Watched) -> None:
    link = "/?" + urlencode(GROUP)
    for kind in ("image", "script", "empty", "video", "object", "style", "a kind to come"):
        assert watched.client.get("/", headers=IMAGE | {"Sec-Fetch-Dest": kind}).status_code == 200
        watched.client.get(link, headers=IMAGE | {"Sec-Fetch-Dest": kind})
    page = watched.client.page("/")
    watched.forget()
    watched.client.submit(page, "team", headers={"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"})
    way_out = str(Page(watched.client.get(link, headers=IMAGE)).all("a[data-deployment]")[0]["href"])
    assert watched.client.get(way_out, headers=IMAGE).status_code == 303, "it is served all the same"
    assert watched.news() == []
    assert watched.counts() == {"rejected not-a-page": 1 + 2 + 1}


@case("sees the wizard in a frame of a site that isn't allowed to embed it")
def _(watched: Watched) -> None:
    for site in ("cross-site", "same-site"):
        for referrer in ("https://anyone.example/", "https://not-a-host_/", "about:blank", "http://[::1/"):
            frame = FRAME | {"Sec-Fetch-Site": site, "Referer": referrer}
            assert watched.client.get("/", headers=frame).status_code == 200
    assert watched.news() == []
    assert watched.counts() == {"rejected not-allowed-frame": 2 * 2 * 4}


@case("sees the wizard in a frame of a site that sends no referrer")
def _(watched: Watched) -> None:
    page = Page(watched.client.get("/", headers=FRAME))
    assert (watched.news(), watched.counts()) == ([], {})
    watched.client.submit(page, "team", headers={"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"})
    assert watched.news() == ["wizard_view", "question_view who", "question_answer who"]
    assert [(row.viewed, row.started) for row in watched.journeys()] == [(1, 1)]


@case("gives more than 100 answers in one visit")
def _(watched: Watched) -> None:
    almost = replace(new_journey(QUESTIONS, "en", {}, Attribution(), system_ms()), turn=MAX_TURNS - 1)
    page = watched.client.page(f"/?journey={SEAL.seal(almost)}")
    page = watched.client.answer(page, "team")
    assert watched.news() == ["question_view who", "question_answer who", "question_view team_size"]
    watched.forget()
    refused = Page(watched.client.submit(page, "2_10"))
    assert (refused.status, refused.heading) == (409, "That's a lot of answers for one visit")
    assert refused.one("a.button")["href"] == "/"
    assert watched.news() == []
    assert watched.counts() == {"rejected too-long": 1}


@case("continues from old pages until the visit has 300 events")
def _(watched: Watched) -> None:
    first = new_journey(QUESTIONS, "en", {}, Attribution(), system_ms())
    whole = replace(first, answers=GROUP, turn=3)
    views = [QuestionView(context(first, turn), "who") for turn in range(MAX_EVENTS)]
    watched.log.append([WizardView(context(first, 0)), *views])
    watched.forget()
    forked = replace(first, answers={"who": "team"}, turn=77)
    form = {"journey": SEAL.seal(forked), "step": "team_size"}
    token = SEAL.sign_form(forked, "team_size", system_ms())
    answered = watched.client.post("/", data={**form, "csrf_token": token, "team_size": "51_plus"})
    assert answered.status_code == 303, "the log says later that it was one too many"
    assert watched.client.get(f"/?journey={SEAL.seal(replace(whole, turn=66))}").status_code == 200
    assert watched.counts() == {"rejected too-long": 2}
    watched.client.get(f"/go/cloud?journey={SEAL.seal(replace(whole, turn=66))}")
    assert watched.news() == ["result_view", "cta_click"]
    assert watched.journeys()[0].clicked == 1


@case("sends Global Privacy Control")
def _(watched: Watched) -> None:
    gpc = {"Sec-GPC": "1", "Referer": "https://blog.example/post"}
    page = watched.client.page("/?utm_source=news&" + urlencode(GROUP), headers=gpc)
    way_out = watched.client.get(str(page.all("a[data-deployment]")[0]["href"]), headers=gpc)
    assert parse_qs(urlsplit(way_out.location).query) == {"utm_source": ["news"]}
    assert {event.context.gpc for event in watched.log.read()} == {1}
    (row,) = watched.journeys()
    assert (row.clicked, row.handoff, row.utm_source, row.referrer_host) == (1, 0, "news", "")


@case("answers on a prerendered page")
def _(watched: Watched) -> None:
    page = Page(watched.client.get("/", headers=PRERENDER))
    watched.client.submit(page, "team")
    assert watched.news() == ["wizard_view", "question_view who", "question_answer who"]
    assert watched.counts() == {"stored": 3}
    assert [(row.viewed, row.started) for row in watched.journeys()] == [(1, 1)]


@case("clicks a recommendation of a prerendered result")
def _(watched: Watched) -> None:
    result = Page(watched.client.get("/?who=hobby&hosting=avoid", headers=PRERENDER))
    watched.client.get(str(result.all("a[data-deployment]")[0]["href"]))
    assert watched.news() == ["wizard_view", "result_view", "cta_click"]


@case("tries a [preview](embed.md#the-snippet-builder-embed)")
def _(watched: Watched) -> None:
    page = watched.client.page("/?preview=1")
    for choice in GROUP.values():
        page = watched.client.answer(page, choice)
    watched.client.get(str(page.one("a.button")["href"]))
    assert watched.news() == []
    assert watched.counts() == {}


@case("is a crawler, a monitor or a program")
def _(watched: Watched) -> None:
    for agent in (CRAWLER, "curl/8.5.0", "python-requests/2.32", ""):
        watched.client.environ_base["HTTP_USER_AGENT"] = agent
        page = watched.client.page("/")
        first = {"data": {**page.fields, "who": "hobby"}}
        back = watched.client.page(f"{watched.client.post('/', **first).location}&step=who")
        watched.client.post("/", data={**back.fields, "who": "hobby"})
    assert watched.news() == []
    assert watched.counts() == {"bot": 4 * (2 + 1 + 1 + 1)}


@case("sends a HEAD request")
def _(watched: Watched) -> None:
    assert watched.client.head("/").status_code == 200
    assert watched.client.head("/?journey=x").status_code == 400
    assert watched.news() == []
    assert watched.counts() == {}


@case("sends a request that is refused")
def _(watched: Watched) -> None:
    page = watched.client.page("/")
    watched.forget()
    send, fields = watched.client.post, page.fields
    send("/", data={**fields, "journey": "x" * 30})
    send("/", data={**fields, "csrf_token": "x", "who": "team"})
    send("/", data={**fields, "who": "team"}, headers={"Sec-Fetch-Site": "cross-site"})
    send("/", data={"who": "team"})
    send("/", data={**fields, "who": "x" * 20_000})
    watched.client.get(f"/?journey={'x' * 5000}")
    watched.client.get(f"/go/cloud?journey={page.journey}")
    assert watched.news() == []
    assert watched.counts() == {
        "rejected tampered": 1,
        "rejected stale-form": 1,
        "rejected cross-site": 1,
        "rejected malformed": 1,
        "rejected oversized": 2,
        "rejected not-offered": 1,
    }


def context(journey: Journey, turn: int) -> Context:
    return Context(
        journey.id, system_ms(), turn, {}, "fresh", "", QUESTIONS.version, "1", "en", "desktop", Attribution()
    )


@pytest.mark.parametrize("function", CASES.values(), ids=CASES)
def test_what_a_visitor_does_leaves_just_this(function: Callable[[Watched], None], watched: Watched) -> None:
    function(watched)
    names = [row.journey_id for row in watched.journeys()]
    assert watched.log.rebuild(names, write=False) == 0


def test_the_documents_have_every_case_and_no_other() -> None:
    section = DOCUMENT.read_text("utf-8").split("## What counts once", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")]
    assert rows[1:] == list(CASES)


def test_an_event_carries_where_the_visitor_came_from_and_with_what(watched: Watched) -> None:
    watched.client.environ_base["HTTP_USER_AGENT"] = PHONE
    watched.client.get("/?utm_source=news&utm_campaign=a%00b", headers={"Referer": "https://blog.example/post?x=1"})
    carried: dict[str, Any] = next(watched.log.read()).properties()
    assert carried["device"] == "mobile"
    assert (carried["utm_source"], carried["utm_campaign"], carried["referrer_host"]) == ("news", "ab", "blog.example")
    assert (carried["locale"], carried["entry"], carried["turn"], carried["continued_from"]) == ("en", "fresh", 0, "")
    assert carried["flow_version"] == QUESTIONS.version
    assert len(carried["wording_version"]) == 8
    assert not any(word in str(carried) for word in ("Chrome", "127.0.0.1", "/post"))


def test_an_answer_says_how_long_after_its_page_it_came(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    now_ms = [system_ms()]
    monkeypatch.setattr("wizard.clock.time_ns", lambda: now_ms[0] * 1_000_000)
    page = watched.client.page("/")
    now_ms[0] += 4200
    mistaken = Page(watched.client.submit(page, None))
    now_ms[0] += 800
    watched.client.submit(mistaken, "team")
    assert watched.step("who").elapsed_ms == 5000, "from the page that was served first"


def test_events_are_in_the_journal_before_the_page_is_sent(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    append = Journal.append

    def appending(journal: Journal, content: bytes, events: int) -> bool:
        is_taken = append(journal, content, events)
        taken.append(events if is_taken else 0)
        return is_taken

    monkeypatch.setattr(Journal, "append", appending)
    assert watched.client.get("/", buffered=False).status_code == 200
    assert taken == [2]


def test_every_journey_says_in_its_own_row_what_it_was_asked_for_and_not_offered(watched: Watched) -> None:
    watched.client.visit(GROUP)
    (row,) = watched.journeys()
    assert (row.persona, row.recommended, row.declined) == ("team", "private_cloud", "on_premise")
    assert row.furthest_step == "hosting"
    assert row.finished_ms is not None


def test_a_clock_that_runs_behind_gives_no_negative_time(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    page = watched.client.page("/")
    earlier = system_ms() - 60_000
    monkeypatch.setattr("wizard.clock.time_ns", lambda: earlier * 1_000_000)
    watched.client.submit(page, "team")
    assert watched.step("who").elapsed_ms == 0


def test_browsers_of_today_are_people(watched: Watched) -> None:
    for agent in (BROWSER, PHONE):
        watched.client.environ_base["HTTP_USER_AGENT"] = agent
        watched.client.get("/")
    assert watched.counts() == {"stored": 4}
    assert sorted(row.device for row in watched.journeys()) == ["desktop", "mobile"]
