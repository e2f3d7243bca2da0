"""The comparison of the paths with those of an earlier questionnaire."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from wizard.questionnaire.flow import OUTCOME, Choice, Flow, Step
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.route_changes import RouteChange, RoutesError, compare, key_of, read_paths
from wizard.questionnaire.routes import as_records
from wizard.questionnaire.rules import Rule, when
from wizard.questionnaire.strategy import GROUPS, STRATEGY, Deployment, Persona, Route, Strategy

WHO, TEAM_SIZE, HOSTING = QUESTIONS.steps
OTHERS = STRATEGY.routes[:-1]
OWN_SERVERS = when(persona=GROUPS, hosting="own_servers")


def differences(
    flow: Flow = QUESTIONS, strategy: Strategy = STRATEGY, earlier: Flow = QUESTIONS, before: Strategy = STRATEGY
) -> Mapping[str, RouteChange]:
    """What differs from the `earlier` questionnaire, by the answers with slashes between them."""
    found = compare(read_paths(json.dumps(as_records(earlier, before))), flow, strategy)
    return {"/".join(change.answers.values()): change for change in found}


def test_the_same_questionnaire_has_no_differences() -> None:
    assert differences() == {}


def test_a_path_that_is_sent_elsewhere_says_from_where_to_where() -> None:
    to_cloud = Rule(Route(Deployment.CLOUD, (Deployment.PRIVATE_CLOUD,), (Deployment.ON_PREMISE,)), OWN_SERVERS)
    found = differences(strategy=replace(STRATEGY, routes=(*OTHERS, to_cloud)))
    assert len(found) == 9
    change = found["team/2_10/own_servers"]
    assert (change.kind, change.elsewhere) == ("changed", "yes")
    assert change.before
    assert (change.before.destination, change.after[0].destination) == (("team", "private_cloud"), ("team", "cloud"))
    assert {"recommended", "alternatives"} <= {*change.changed}
    assert "persona" not in change.changed


def test_a_path_that_is_classified_elsewhere_is_so_although_the_recommendation_stays() -> None:
    personas = (
        *(rule for rule in STRATEGY.personas if rule.goto != Persona.ENTERPRISE),
        Rule(Persona.TEAM, when(column="enterprise")),
    )
    found = differences(strategy=replace(STRATEGY, personas=personas))
    change = found["organisation/51_plus/enjoy"]
    assert (change.elsewhere, change.changed[0]) == ("yes", "persona")
    assert "recommended" not in change.changed


def test_another_alternative_is_told_but_sends_nobody_elsewhere() -> None:
    offered = Rule(Route(Deployment.PRIVATE_CLOUD, (Deployment.CLOUD,)), OWN_SERVERS)
    found = differences(strategy=replace(STRATEGY, routes=(*OTHERS, offered)))
    assert {(change.kind, change.changed, change.elsewhere) for change in found.values()} == {
        ("changed", ("declined",), "no")
    }


WITHOUT_JOB = Flow(
    (
        replace(
            WHO,
            choices=tuple(choice for choice in WHO.choices if choice.id != "organisation"),
            rules=(Rule("hosting", when(who="hobby")), Rule("team_size", when(who=("job", "team")))),
        ),
        TEAM_SIZE,
        HOSTING,
    )
)


def test_a_choice_that_is_gone_leaves_its_paths_at_its_question() -> None:
    found = differences(WITHOUT_JOB)
    assert len(found) == 15
    change = found["organisation/2_10/unsure"]
    assert (change.kind, change.asked) == ("gone", "who")
    # The later answers are kept: a team of 2 to 10, or a hobbyist, who is not asked for the size.
    assert {result.destination for result in change.after} == {("team", "cloud"), ("visionary", "cloud")}
    assert change.elsewhere == "perhaps"


def test_a_choice_that_is_new_gives_new_paths() -> None:
    found = differences(earlier=WITHOUT_JOB)
    assert len(found) == 15
    assert {change.kind for change in found.values()} == {"new"}
    change = found["organisation/51_plus/enjoy"]
    assert (change.before, change.changed, change.elsewhere) == (None, (), "no")
    assert change.after[0].destination == ("enterprise", "private_cloud")


def test_a_question_that_is_gone_leads_its_answers_on_without_it() -> None:
    colour = Step("colour", (Choice("red"), Choice("blue")), (Rule("who"),))
    longer = Flow((colour, *QUESTIONS.steps))
    found = differences(earlier=longer)
    gone = {name: change for name, change in found.items() if change.kind == "gone"}
    assert len(gone) == 110
    change = gone["hobby/avoid/red"]  # answers to questions of today come first
    assert (change.asked, change.elsewhere) == ("", "no")
    assert change.after == (change.before,)
    back = differences(longer)["hobby/avoid"]
    assert (back.kind, back.asked, back.elsewhere) == ("gone", "colour", "no")


def test_a_question_that_is_new_at_the_end_is_asked() -> None:
    budget = Step("budget", (Choice("small"), Choice("big")), (Rule(OUTCOME),))
    longer = Flow((WHO, TEAM_SIZE, replace(HOSTING, rules=(Rule("budget"),)), budget))
    change = differences(longer)["hobby/avoid"]
    assert (change.kind, change.asked, change.elsewhere) == ("gone", "budget", "no")


RECORD: dict[str, Any] = {"answers": {"who": "hobby"}, "persona": "visionary", "recommended": "cloud"}


def test_paths_are_read_whatever_the_order_of_their_answers() -> None:
    turned = json.dumps([{**RECORD, "answers": {"hosting": "avoid", "who": "hobby"}}])
    assert [*read_paths(turned)] == [key_of({"who": "hobby", "hosting": "avoid"})]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is not what"),
        ("{}", "it has no path"),
        ("[]", "it has no path"),
        ("7", "it is not what"),
        ("[" * 100_000, "it is not what"),
        (json.dumps([RECORD, RECORD]), "it has a path twice"),
        (json.dumps([{"answers": {"who": "hobby"}}]), "it is not what"),
        (json.dumps([{**RECORD, "answers": {"who": 7}}]), "it is not what"),
        (json.dumps([{**RECORD, "answers": ["who"]}]), "it is not what"),
        (json.dumps([{**RECORD, "persona": None}]), "it is not what"),
        (json.dumps([{**RECORD, "alternatives": "cloud"}]), "it is not what"),
    ],
)
def test_what_is_no_list_of_paths_is_refused(text: str, why: str) -> None:
    with pytest.raises(RoutesError, match=why):
        read_paths(text)
