"""The check finds each thing that can be wrong with the routing, and names the path."""

from dataclasses import replace

import pytest
from support import DESTINATIONS

from wizard.questionnaire.check import check, check_wordings
from wizard.questionnaire.flow import OUTCOME, Choice, Flow, Step
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.rules import Rule, when
from wizard.questionnaire.strategy import (
    CLOUD,
    ENTERPRISE,
    ON_PREMISE,
    PRIVATE_CLOUD,
    STRATEGY,
    TEAM,
    Persona,
    Route,
    Strategy,
)
from wizard.questionnaire.wording import Wording

WHO, TEAM_SIZE, HOSTING = QUESTIONS.steps


def flow(*steps: Step) -> Flow:
    return Flow(steps)


def with_routes(*routes: Rule[Route]) -> Strategy:
    return replace(STRATEGY, routes=routes)


def test_the_shipped_routing_is_right() -> None:
    assert check(QUESTIONS, STRATEGY, DESTINATIONS).problems == ()
    assert check(QUESTIONS, STRATEGY, DESTINATIONS).paths == 55


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        pytest.param(
            flow(WHO, replace(TEAM_SIZE, rules=(Rule("hosting", when(who=("job", "team"))),)), HOSTING),
            "step team_size: no rule for who=organisation, team_size=2_10; there must be exactly one",
            id="a path without an outcome",
        ),
        pytest.param(
            flow(WHO, replace(TEAM_SIZE, rules=(Rule("hosting"), Rule(OUTCOME, when(team_size="2_10")))), HOSTING),
            "step team_size: 2 rules for who=team, team_size=2_10; there must be exactly one",
            id="a path with two outcomes",
        ),
        pytest.param(
            flow(WHO, TEAM_SIZE, HOSTING, Step("spare", (Choice("x"),), (Rule(OUTCOME),))),
            "step spare: can't be reached",
            id="a step that is never asked",
        ),
        pytest.param(
            flow(WHO, replace(TEAM_SIZE, choices=(*TEAM_SIZE.choices, Choice("none", when(who="hobby")))), HOSTING),
            "step team_size: choice none is never offered",
            id="a choice that is never offered",
        ),
        pytest.param(
            flow(replace(WHO, rules=(*WHO.rules, Rule("hosting", when(who="nobody")))), TEAM_SIZE, HOSTING),
            "step who: the rule to hosting never holds",
            id="a rule that never holds",
        ),
        pytest.param(
            flow(replace(WHO, rules=(*WHO.rules, Rule("nowhere", when(who="nobody")))), TEAM_SIZE, HOSTING),
            "step who: a rule leads to 'nowhere', which is not a step",
            id="a rule to a step that is not there",
        ),
        pytest.param(
            flow(WHO, TEAM_SIZE, replace(HOSTING, rules=(Rule("who"),))),
            "step who: asked twice after who=hobby, hosting=enjoy",
            id="a flow that goes round",
        ),
    ],
)
def test_a_broken_flow_is_reported(broken: Flow, problem: str) -> None:
    assert problem in check(broken, STRATEGY, DESTINATIONS).problems


OTHERS = STRATEGY.routes[1:]


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        pytest.param(
            replace(STRATEGY, columns=STRATEGY.columns[1:]),
            "column: no rule for who=hobby, hosting=enjoy; there must be exactly one",
            id="a path without a column",
        ),
        pytest.param(
            replace(STRATEGY, columns=(*STRATEGY.columns, Rule(TEAM, when(team_size="51_plus")))),
            "column: 2 rules for who=job, team_size=51_plus, hosting=enjoy; there must be exactly one",
            id="a path with two columns",
        ),
        pytest.param(
            replace(STRATEGY, columns=(*STRATEGY.columns, Rule(TEAM, when(team_size="none")))),
            "column: the rule to team never holds",
            id="a row of a table that never holds",
        ),
        pytest.param(
            replace(STRATEGY, personas=(*STRATEGY.personas[:2], Rule(Persona.TEAM, when(column=(TEAM, ENTERPRISE))))),
            "persona enterprise: no path reaches it",
            id="a persona that nobody is",
        ),
        pytest.param(
            replace(
                STRATEGY,
                columns=tuple(
                    Rule(TEAM if rule.goto == ENTERPRISE else rule.goto, rule.when) for rule in STRATEGY.columns
                ),
            ),
            "column enterprise: no path reaches it",
            id="a column that nobody is in",
        ),
        pytest.param(
            with_routes(
                Rule(Route(CLOUD, ()), when(persona="enthusiast")),
                *OTHERS[2:],
                Rule(Route(CLOUD, ()), when(persona="visionary")),
            ),
            "deployment on_premise: is never offered",
            id="a deployment that nobody is offered",
        ),
        pytest.param(
            with_routes(Rule(Route(PRIVATE_CLOUD, (CLOUD,)), when(persona="enthusiast")), *OTHERS),
            "who=hobby, hosting=enjoy: offers private_cloud, which is a blank cell of the matrix for individual",
            id="a recommendation that is a blank cell",
        ),
        pytest.param(
            with_routes(Rule(Route(CLOUD, (PRIVATE_CLOUD,)), when(persona="enthusiast")), *OTHERS),
            "who=hobby, hosting=enjoy: offers private_cloud, which is a blank cell of the matrix for individual",
            id="an alternative that is a blank cell",
        ),
        pytest.param(
            with_routes(Rule(Route(ON_PREMISE, (CLOUD,), (CLOUD,)), when(persona="enthusiast")), *OTHERS),
            "who=hobby, hosting=enjoy: declines cloud, which is offered",
            id="a declined deployment that is offered after all",
        ),
        pytest.param(
            with_routes(Rule(Route(CLOUD, (CLOUD,)), when(persona="enthusiast")), *OTHERS),
            "who=hobby, hosting=enjoy: offers the same deployment twice",
            id="an alternative that is the recommendation",
        ),
        pytest.param(
            replace(STRATEGY, summaries=STRATEGY.summaries[1:]),
            "summary: no rule for who=hobby, hosting=enjoy, column=individual, persona=enthusiast, "
            "recommended=on_premise; there must be exactly one",
            id="a path without a summary",
        ),
        pytest.param(
            replace(STRATEGY, summaries=(*STRATEGY.summaries, Rule("spare", when(who="nobody")))),
            "summary: the rule to spare never holds",
            id="a summary that nobody is told",
        ),
        pytest.param(
            replace(STRATEGY, reasons=STRATEGY.reasons[1:]),
            "who=hobby, hosting=enjoy: gives 1 reasons; allowed: two or three",
            id="a path with one reason",
        ),
        pytest.param(
            replace(STRATEGY, reasons=(*STRATEGY.reasons, Rule("spare", when(who="nobody")))),
            "reason: the rule to spare never holds",
            id="a reason that nobody is told",
        ),
    ],
)
def test_a_broken_strategy_is_reported(broken: Strategy, problem: str) -> None:
    assert problem in check(QUESTIONS, broken, DESTINATIONS).problems


def test_a_local_trial_that_leads_elsewhere_is_reported() -> None:
    routes = (
        Rule(Route(CLOUD, (ON_PREMISE,)), when(persona="enthusiast", who="job")),
        Rule(Route(ON_PREMISE, (CLOUD,)), when(persona="enthusiast", who="hobby")),
        *OTHERS,
    )
    problems = check(QUESTIONS, with_routes(*routes), DESTINATIONS).problems
    assert (
        "who=team, team_size=2_10, hosting=own_servers: the link to a local trial does not lead to on_premise"
        in problems
    )


@pytest.mark.parametrize("missing", ["cloud", "private_cloud", "on_premise"])
def test_a_deployment_without_a_destination_is_reported(missing: str) -> None:
    destinations = {name: address for name, address in DESTINATIONS.items() if name != missing}
    assert check(QUESTIONS, STRATEGY, destinations).problems == (f"deployment {missing}: has no destination",)


def test_two_choices_that_read_the_same_are_reported() -> None:
    texts = {
        "questions.a.choices.x.label": "Yes",
        "questions.a.choices.y.label": "Yes",
        "questions.b.choices.x.label": "Yes",
    }
    assert check_wordings({"en": Wording("en", texts)}) == (
        "en: questions.a.choices.y.label reads the same as questions.a.choices.x.label",
    )
