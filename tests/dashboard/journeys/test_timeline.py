"""One journey's page: what happened in words and in order, what was recommended and why, and what is kept."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from dashboard_app import add_views, dashboard_on
from dashboard_sign_in import signed_in
from factories import CONTEXT, NOV_1, visit
from flask import Flask
from support import Client, Page
from visits import Visitor

from wizard.app import recorder_of
from wizard.events.attribution import ATTRIBUTION, Attribution
from wizard.events.log import Log
from wizard.events.model import Event, QuestionAnswer, QuestionView, ResultView, Suspicion, WizardView
from wizard.questionnaire.strategy import STRATEGY
from wizard.web.services import services


@pytest.fixture
def room(any_database: str) -> Iterator[Flask]:
    with dashboard_on(any_database, time_zone="Europe/Berlin") as app:
        yield app


@pytest.fixture
def client(room: Flask) -> Client:
    return signed_in(room)


def log_of(app: Flask) -> Log:
    return recorder_of(app).log


def told(page: Page) -> list[str]:
    """What the timeline says of each event, but for its time."""
    return [
        " | ".join(" ".join(part.get_text(" ").split()) for part in item.select("div > p:not(.note), .marks li"))
        for item in page.all(".timeline > li")
    ]


def facts(page: Page) -> dict[str, str]:
    return {
        fact.dt.get_text(): fact.dd.get_text(" ", strip=True) for fact in page.all(".facts div") if fact.dt and fact.dd
    }


def test_a_visit_is_told_in_the_words_of_its_questions_and_answers(room: Flask, client: Client) -> None:
    visitor = Visitor("j-1", now_ms=NOV_1).arrive().err().answer("team").answer("2_10").back_to("who")
    visitor.answer("organisation").answer("own_servers").click("private_cloud")
    visitor.now_ms += 3_600_000
    visitor.convert("cloud", 49.5)
    log_of(room).append(visitor.events)
    page = client.page("/growth/journeys/j-1")
    who, size, host = (
        "Who do you want PostHog for?",
        "How many people would use it?",
        "Who should look after the servers?",
    )
    assert told(page) == [
        "Opened the wizard",
        f"Viewed {who}",
        f"Submitted without an answer {who} | Error",
        f"Answered {who} | My team",
        f"Viewed {size}",
        f"Answered {size} | 2 to 10",
        f"Viewed {host}",
        f"Viewed again {who} | Went back",
        f"Changed the answer to {who} | A whole department or company | Changed: it was My team",
        f"Viewed {host}",
        f"Answered {host} | Our own hardware",
        "Reached a result: Team | Recommended: Private Cloud | Asked for On-premise, not offered",
        "Clicked the recommendation | Private Cloud",
        "Signed up | Cloud | Value 49.50",
    ]
    after = [item.get_text(" ", strip=True) for item in page.all(".timeline .after")]
    assert after[:4] == ["", "", "After 1.0 s", "After 1.0 s"]
    assert after[-1] == "After 1 h"
    assert (
        page.one(".timeline > li:nth-of-type(4) .note").get_text()
        == "1 Nov, 01:00:02 · turn 1 · 1.0 s after its page was served"
    )
    assert "turn" not in page.one(".timeline > li:last-child .note").get_text()


def test_the_result_is_explained_with_its_reasons_alternatives_and_what_was_declined(
    room: Flask, client: Client
) -> None:
    visitor = Visitor("j-1", now_ms=NOV_1).arrive().answer("team").answer("2_10").answer("own_servers")
    log_of(room).append(visitor.events)
    why = client.page("/growth/journeys/j-1").one("section[aria-labelledby=why]").get_text(" ")
    wording = services(room).wording()
    named = wording.named(visitor.page.answers)
    for reason in STRATEGY.outcome(visitor.page.answers).recommendation.reasons:
        assert wording.text(f"reasons.{reason}.title", **named) in why
        assert wording.text(f"reasons.{reason}.text", **named) in why
    assert "For your team, with 2 to 10 people using it" in why
    assert "Alternative: Cloud" in why
    assert "Unmet request: On-premise" in why
    assert wording.text("declined.team.on_premise.text", **named) in why


def test_a_visit_without_a_result_explains_none(room: Flask, client: Client) -> None:
    log_of(room).append(Visitor("j-1", now_ms=NOV_1).arrive().events)
    page = client.page("/growth/journeys/j-1")
    assert told(page) == ["Opened the wizard", "Viewed Who do you want PostHog for?"]
    assert not page.all("section[aria-labelledby=why]")
    assert "Time to a result" not in facts(page)


def test_all_that_is_known_of_where_it_came_from_is_there(room: Flask, client: Client) -> None:
    log_of(room).append(visit("j-1", NOV_1, **{slot: f"its {slot}" for slot in ATTRIBUTION}))
    found = facts(client.page("/growth/journeys/j-1"))
    labels = ["Source", "Medium", "Campaign", "Term", "Content", "Referrer", "Embedded at", "On its page"]
    every = [label for label, _ in Attribution().labelled()]
    assert every[: len(labels)] == labels
    assert [found[label] for label in every] == [f"its {slot}" for slot in ATTRIBUTION]
    expected = {
        "Device": "Desktop",
        "Language": "en",
        "Questionnaire version": "1 (since changed)",
        "Wording version": "w (since changed)",
        "Visit ID": "j-1",
    }
    assert expected.items() <= found.items()
    assert (found["Entry"], found["Time to a result"]) == ("New", "8.0 s")


def test_what_is_not_known_of_where_it_came_from_is_one_line(room: Flask, client: Client) -> None:
    log_of(room).append(visit("j-1", NOV_1, utm_source="news", referrer_host="a.example"))
    page = client.page("/growth/journeys/j-1")
    labels = [label for label, _ in Attribution().labelled()]
    assert [label for label in labels if label in facts(page)] == ["Source", "Referrer"]
    rest = [label for label in labels if label not in ("Source", "Referrer")]
    assert page.one(".unknown").get_text() == f"Not known: {', '.join(rest)}"
    log_of(room).append(visit("j-2", NOV_1, **dict.fromkeys(ATTRIBUTION, "x")))
    assert not client.page("/growth/journeys/j-2").all(".unknown")


def test_the_versions_of_today_are_called_current(room: Flask, client: Client) -> None:
    visitor = Visitor("j-1", now_ms=NOV_1, wording_version=services(room).wording("en").version)
    log_of(room).append(visitor.arrive().events)
    found = facts(client.page("/growth/journeys/j-1"))
    assert found["Questionnaire version"].endswith("(current)")
    assert found["Wording version"].endswith("(current)")


def test_a_visit_that_was_gone_on_with_leads_to_the_next_and_back(room: Flask, client: Client) -> None:
    log = log_of(room)
    log.append(Visitor("j-1", now_ms=NOV_1).arrive().answer("hobby").events)
    log.append(
        Visitor("j-2", entry="continued", continued_from="j-1", prefilled={"who": "hobby"}, now_ms=NOV_1 + 9)
        .arrive()
        .events
    )
    assert str(client.page("/growth/journeys/j-1").one(".onward a")["href"]).startswith("/growth/journeys/j-2?")
    page = client.page("/growth/journeys/j-2")
    assert facts(page)["Entry"] == "Continued from an expired visit: j-1"
    assert not page.all(".onward")
    log.erase(["j-1"])
    assert (
        facts(client.page("/growth/journeys/j-2"))["Entry"] == "Continued from an expired visit, which has been erased"
    )


def test_a_visit_from_a_link_says_so_and_what_was_gone_back_to(room: Flask, client: Client) -> None:
    visitor = Visitor("j-1", entry="prefilled", prefilled={"who": "hobby"}, now_ms=NOV_1).arrive().back_to("who")
    log_of(room).append(visitor.events)
    page = client.page("/growth/journeys/j-1")
    assert told(page)[-1] == "Viewed again Who do you want PostHog for? | Went back to a prefilled answer"
    assert facts(page)["Entry"] == "Prefilled"


def earlier() -> list[Event]:
    """A visit through a questionnaire that asked for a colour, and recommended a spaceship."""
    one = replace(CONTEXT, turn=1, ts_ms=NOV_1 + 2000, answers={"colour": "blue"})
    return [
        WizardView(CONTEXT),
        QuestionView(CONTEXT, "colour"),
        QuestionAnswer(one, "colour", "blue", 2000),
        ResultView(one, "astronaut", "spaceship", ("bicycle",)),
    ]


def test_a_visit_through_an_earlier_questionnaire_is_told_by_its_ids(room: Flask, client: Client) -> None:
    log_of(room).append(earlier())
    page = client.page("/growth/journeys/j-1")
    assert told(page) == [
        "Opened the wizard",
        "Viewed Colour",
        "Answered Colour | blue",
        "Reached a result: Astronaut | Recommended: spaceship | Asked for bicycle, not offered",
    ]
    assert "the reasons given then can’t be shown" in page.text
    assert "Unmet request: bicycle" in page.text
    assert client.page("/growth/journeys").status == 200


def test_a_result_that_rules_would_not_come_to_any_more_gives_none_of_its_reasons(room: Flask, client: Client) -> None:
    at = replace(CONTEXT, turn=2, answers={"who": "hobby", "hosting": "avoid"})
    log_of(room).append([ResultView(at, "visionary", "private_cloud", ())])
    page = client.page("/growth/journeys/j-1")
    assert "the reasons given then can’t be shown" in page.text
    assert not page.all(".reasons")


def test_events_that_are_told_late_or_by_another_clock_stay_in_the_order_of_their_turns(
    room: Flask, client: Client
) -> None:
    visitor = Visitor("j-1", now_ms=NOV_1, pace_ms=-5000).arrive().answer("hobby").answer("avoid")
    log_of(room).append(list(reversed(visitor.events)))
    page = client.page("/growth/journeys/j-1")
    assert [line.partition(" ")[0] for line in told(page)] == [
        "Opened",
        "Viewed",
        "Answered",
        "Viewed",
        "Answered",
        "Reached",
    ]
    assert "-" not in "".join(item.get_text() for item in page.all(".timeline .after"))


def test_the_page_says_what_is_kept_how_long_and_how_to_erase_it(room: Flask, client: Client) -> None:
    add_views(log_of(room), {"j-1": NOV_1})
    kept = client.page("/growth/journeys/j-1").one(".kept").get_text(" ", strip=True)
    assert "Nothing in it identifies a person" in kept
    assert "wizard purge --older-than" in kept
    assert "wizard purge --journey j-1" in kept
    log_of(room).erase(["j-1"])
    assert client.page("/growth/journeys/j-1").status == 404


@pytest.mark.parametrize(
    "path", ["nope", "%00", "j-1%00", "%0A", "%7F", "%C3%A9", "%F0%9F%8C%B1", "%ff", "a" * 5000, "'", "%25", "..%2f.."]
)
def test_what_is_no_journeys_id_is_the_rooms_own_404(room: Flask, client: Client, path: str) -> None:
    add_views(log_of(room), {"j-1": NOV_1})
    page = client.page(f"/growth/journeys/{path}")
    assert (page.status, page.heading) == (404, "Page not found")


def test_the_list_and_a_journey_have_attribution_as_the_log_has_it(room: Flask, client: Client) -> None:
    log_of(room).append(
        replace_attribution(Visitor("j-1", now_ms=NOV_1), Attribution(utm_campaign="a  b")).arrive().events
    )
    assert facts(client.page("/growth/journeys/j-1"))["Campaign"] == "a  b"


def replace_attribution(visitor: Visitor, attribution: Attribution) -> Visitor:
    return replace(visitor, attribution=attribution)


@pytest.mark.parametrize(
    ("mark", "reason"),
    [("burst", "burst from one network"), ("fast", "answers faster than a person reads")],
)
def test_a_suspect_visit_says_so_and_why(room: Flask, client: Client, mark: Suspicion, reason: str) -> None:
    log_of(room).append(replace(each, context=replace(each.context, suspect=mark)) for each in visit("j-1"))
    shown = client.page("/growth/journeys/j-1").one(".marked").get_text()
    assert shown == f"Suspect: {reason} Excluded from all figures, unless the filter Suspect visits includes it."


def test_a_visit_says_whether_its_browser_sent_global_privacy_control(room: Flask, client: Client) -> None:
    log_of(room).append(visit("j-1"))
    log_of(room).append(replace(each, context=replace(each.context, gpc=1)) for each in visit("private"))
    assert facts(client.page("/growth/journeys/private"))["Global Privacy Control"] == "On: no handoff, no referrer"
    page = client.page("/growth/journeys/j-1")
    assert facts(page)["Global Privacy Control"] == "Not sent"
    assert not page.all(".marked")
