"""The routing, row by row."""

from collections.abc import Mapping

import pytest
from support import HOSTING, every_path, expected, name_of

from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import LOCAL_TRIAL, STRATEGY, Column, Deployment, Outcome, offers_local_trial

PATHS = list(every_path())
OUTCOMES = {name_of(path): STRATEGY.outcome(path) for path in PATHS}


def outcomes(**answers: str) -> list[Outcome]:
    """Those of everybody who gave `answers`."""
    found = [outcome for outcome in OUTCOMES.values() if answers.items() <= outcome.answers.items()]
    assert found
    return found


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_each_path_is_routed_as_described(path: Mapping[str, str]) -> None:
    outcome, should = STRATEGY.outcome(path), expected(path)
    assert outcome.persona == should.persona
    assert outcome.recommendation.recommended == should.recommended
    assert outcome.recommendation.alternatives == should.alternatives
    assert outcome.recommendation.declined == should.declined


@pytest.mark.parametrize(
    ("deployment", "individual", "team", "enterprise"),
    [("cloud", 1, 5, 6), ("private_cloud", None, 2, 3), ("on_premise", 4, None, None)],
)
def test_the_priority_matrix_is_the_published_one(
    deployment: str, individual: int | None, team: int | None, enterprise: int | None
) -> None:
    row = STRATEGY.matrix[Deployment(deployment)]
    assert {str(column): rank for column, rank in row.items()} == {
        column: rank
        for column, rank in (("individual", individual), ("team", team), ("enterprise", enterprise))
        if rank
    }


@pytest.mark.parametrize(
    ("answers", "column"),
    [
        ({"who": "hobby"}, "individual"),
        ({"who": "job", "team_size": "just_me"}, "individual"),
        ({"who": "job", "team_size": "2_10"}, "team"),
        ({"who": "job", "team_size": "11_50"}, "team"),
        ({"who": "job", "team_size": "51_plus"}, "enterprise"),
        ({"who": "team", "team_size": "2_10"}, "team"),
        ({"who": "team", "team_size": "11_50"}, "team"),
        ({"who": "team", "team_size": "51_plus"}, "enterprise"),
        ({"who": "organisation", "team_size": "2_10"}, "team"),
        ({"who": "organisation", "team_size": "11_50"}, "enterprise"),
        ({"who": "organisation", "team_size": "51_plus"}, "enterprise"),
    ],
)
def test_who_it_is_for_and_how_many_settle_the_column(answers: dict[str, str], column: str) -> None:
    assert {str(outcome.column) for outcome in outcomes(**answers)} == {column}
    assert len(outcomes(**answers)) == len(HOSTING)


@pytest.mark.parametrize(
    ("column", "hosting", "persona"),
    [
        ("individual", "enjoy", "enthusiast"),
        ("individual", "own_servers", "enthusiast"),
        ("individual", "avoid", "visionary"),
        ("individual", "own_cloud", "visionary"),
        ("individual", "unsure", "visionary"),
        *[("team", hosting, "team") for hosting in HOSTING],
        *[("enterprise", hosting, "enterprise") for hosting in HOSTING],
    ],
)
def test_the_column_and_hosting_settle_the_persona(column: str, hosting: str, persona: str) -> None:
    assert {str(o.persona) for o in outcomes(hosting=hosting) if o.column == column} == {persona}


@pytest.mark.parametrize(
    ("persona", "hosting", "recommended", "alternatives", "declined"),
    [
        ("enthusiast", "enjoy", "on_premise", ("cloud",), ()),
        ("enthusiast", "own_servers", "on_premise", ("cloud",), ()),
        ("visionary", "avoid", "cloud", ("on_premise",), ()),
        ("visionary", "own_cloud", "cloud", ("on_premise",), ("private_cloud",)),
        ("visionary", "unsure", "cloud", ("on_premise",), ()),
        *[(group, "avoid", "cloud", ("private_cloud",), ()) for group in ("team", "enterprise")],
        *[(group, "unsure", "cloud", ("private_cloud",), ()) for group in ("team", "enterprise")],
        *[(group, "enjoy", "private_cloud", ("cloud",), ()) for group in ("team", "enterprise")],
        *[(group, "own_cloud", "private_cloud", ("cloud",), ()) for group in ("team", "enterprise")],
        *[(group, "own_servers", "private_cloud", ("cloud",), ("on_premise",)) for group in ("team", "enterprise")],
    ],
)
def test_the_persona_and_hosting_settle_the_recommendation(
    persona: str, hosting: str, recommended: str, alternatives: tuple[str, ...], declined: tuple[str, ...]
) -> None:
    found = {
        (r.recommended, r.alternatives, r.declined)
        for r in (o.recommendation for o in outcomes(hosting=hosting) if o.persona == persona)
    }
    assert found == {(recommended, alternatives, declined)}


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"who": "hobby", "hosting": "enjoy"}, "suits_tinkering"),
        ({"who": "job", "team_size": "just_me", "hosting": "enjoy"}, "try_locally_first"),
        ({"who": "job", "team_size": "just_me", "hosting": "own_servers"}, "try_locally_first"),
        ({"who": "job", "team_size": "just_me", "hosting": "own_servers"}, "suits_tinkering"),
        ({"who": "hobby", "hosting": "avoid"}, "time_for_project"),
        ({"who": "job", "team_size": "just_me", "hosting": "avoid"}, "job_done_fastest"),
        ({"who": "job", "team_size": "just_me", "hosting": "avoid"}, "private_cloud_later"),
        ({"who": "hobby", "hosting": "own_cloud"}, "own_through_plugins"),
        ({"who": "team", "team_size": "2_10", "hosting": "avoid"}, "door_stays_open"),
        ({"who": "team", "team_size": "2_10", "hosting": "own_cloud"}, "data_stays_we_run_it"),
        ({"who": "team", "team_size": "2_10", "hosting": "own_servers"}, "data_stays_in_house"),
        ({"hosting": "unsure"}, "no_decision_now"),
        ({"who": "hobby", "hosting": "unsure"}, "time_for_project"),
        ({"who": "hobby", "hosting": "unsure"}, "easier_in_this_order"),
        ({"who": "job", "team_size": "just_me", "hosting": "unsure"}, "job_done_fastest"),
        ({"who": "job", "team_size": "just_me", "hosting": "unsure"}, "easier_in_this_order"),
        ({"who": "team", "hosting": "unsure"}, "door_stays_open"),
        ({"who": "organisation", "hosting": "unsure"}, "door_stays_open"),
    ],
)
def test_each_reason_is_given_on_the_expected_paths(answers: dict[str, str], reason: str) -> None:
    for outcome in outcomes(**answers):
        assert reason in outcome.recommendation.reasons


def test_every_result_has_two_or_three_distinct_reasons() -> None:
    for outcome in OUTCOMES.values():
        reasons = outcome.recommendation.reasons
        assert len(reasons) in (2, 3)
        assert len(set(reasons)) == len(reasons)


def test_only_those_who_are_not_sure_are_told_that_there_is_nothing_to_decide() -> None:
    for outcome in OUTCOMES.values():
        told = "no_decision_now" in outcome.recommendation.reasons
        assert told == (outcome.answers["hosting"] == "unsure")
        assert not told or outcome.recommendation.recommended == "cloud"


@pytest.mark.parametrize(
    ("column", "not_offered"),
    [("individual", ("private_cloud",)), ("team", ("on_premise",)), ("enterprise", ("on_premise",))],
)
def test_what_is_not_offered_to_a_column_is_its_blank_cells(column: str, not_offered: tuple[str, ...]) -> None:
    assert STRATEGY.not_offered(Column(column)) == not_offered
    for outcome in OUTCOMES.values():
        if outcome.column == column:
            assert set(outcome.recommendation.declined) <= set(not_offered)
            assert set(outcome.recommendation.offered) == set(Deployment) - set(not_offered)


def test_every_enterprise_is_advised_to_start_with_one_team_and_nobody_else_is() -> None:
    for outcome in OUTCOMES.values():
        assert ("start_with_one_team" in outcome.recommendation.reasons) == (outcome.persona == "enterprise")


def test_a_group_that_asked_for_its_own_servers_gets_a_link_to_a_local_trial() -> None:
    shown = [outcome for outcome in OUTCOMES.values() if offers_local_trial(outcome.recommendation)]
    assert {(str(o.persona), o.answers["hosting"]) for o in shown} == {
        ("team", "own_servers"),
        ("enterprise", "own_servers"),
    }
    for outcome in shown:
        changed = QUESTIONS.walk({**outcome.answers, **LOCAL_TRIAL})
        assert STRATEGY.outcome(changed.answers).recommendation.recommended == "on_premise"
