"""Who came and where they were sent: each result by what then happened, in the strategy's order."""

import pytest

from wizard.analytics.cube import Cell, Counted
from wizard.analytics.outcomes import Outcomes, ResultFigures, read_outcomes
from wizard.analytics.rates import Rate
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY, Strategy

CELL = Cell(1, 1, 1, 0, 0, 0, "", "visionary", "cloud", "", "", "en", "mobile", "f1", "w1", "")


def counted(journeys: int, **about: object) -> Counted:
    return Counted(CELL._replace(**about), journeys, 0.0)


def outcomes(*cells: Counted, strategy: Strategy = STRATEGY) -> Outcomes:
    return read_outcomes(cells, QUESTIONS, strategy)


def result(found: Outcomes, persona: str, recommended: str) -> ResultFigures:
    (one,) = (each for each in found.results if (each.persona, each.recommended) == (persona, recommended))
    return one


def test_every_result_that_the_strategy_may_come_to_is_there_with_its_priority_the_top_first() -> None:
    # docs/routes.md has the table of priorities.
    assert [(each.persona, each.recommended, each.column, each.priority) for each in outcomes().results] == [
        ("visionary", "cloud", "individual", 1),
        ("team", "private_cloud", "team", 2),
        ("enterprise", "private_cloud", "enterprise", 3),
        ("enthusiast", "on_premise", "individual", 4),
        ("team", "cloud", "team", 5),
        ("enterprise", "cloud", "enterprise", 6),
    ]
    assert outcomes().matrix == STRATEGY.matrix
    assert outcomes().finished == 0
    assert outcomes().declined == {}


def test_a_result_is_followed_or_its_alternative_taken_or_left() -> None:
    found = outcomes(
        counted(5),
        counted(3, clicked=1, clicked_position="recommended"),
        counted(2, clicked=1, clicked_position="recommended", converted=1),
        counted(1, clicked=1, clicked_position="alternative"),
        counted(4, converted=1),
    )
    cloud = result(found, "visionary", "cloud")
    assert (cloud.counts["finished"], cloud.counts["converted"]) == (15, 6)
    assert cloud.actions == {"followed": 5, "alternative": 1, "left": 9}
    assert cloud.of_finished(cloud.actions["followed"]) == Rate(5, 15)
    assert found.finished == 15


def test_only_those_are_counted_who_started_and_came_to_a_result() -> None:
    found = outcomes(
        counted(5, started=0, declined="private_cloud"),
        counted(3, finished=0, persona="", recommended=""),
        counted(2),
    )
    assert found.finished == 2
    assert found.declined == {}


def test_each_deployment_that_was_declined_is_counted_in_the_order_of_names() -> None:
    found = outcomes(counted(5, declined="private_cloud,on_premise"), counted(2, declined="on_premise"), counted(1))
    assert found.declined == {"on_premise": 7, "private_cloud": 5}
    assert list(found.declined) == ["on_premise", "private_cloud"]


def test_of_those_who_asked_for_what_is_not_offered_some_clicked_nothing() -> None:
    clicked = counted(2, declined="on_premise", clicked=1, clicked_position="recommended")
    found = outcomes(clicked, counted(3, declined="on_premise"))
    assert (found.declined, found.declined_left) == ({"on_premise": 5}, {"on_premise": 3})


def test_what_an_earlier_strategy_recommended_comes_last_without_a_priority() -> None:
    found = outcomes(counted(3, persona="wizard", recommended="on_premise"), counted(1, recommended="abacus"))
    assert [(each.persona, each.recommended, each.finished) for each in found.results[-2:]] == [
        ("visionary", "abacus", 1),
        ("wizard", "on_premise", 3),
    ]
    assert {(each.column, each.priority) for each in found.results[-2:]} == {(None, None)}
    assert len(found.results) == 8


@pytest.mark.parametrize("position", ["recommended", "alternative", ""])
def test_everybody_who_finished_did_one_thing(position: str) -> None:
    one = result(outcomes(counted(7, clicked=int(bool(position)), clicked_position=position)), "visionary", "cloud")
    assert sum(one.actions.values()) == one.finished == 7
