"""Walking a questionnaire, on a small one of our own and on the real one."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import HOSTING, TEAM_SIZE, WHO, every_path, expected, name_of

from wizard.questionnaire.flow import OUTCOME, Choice, Flow, Step
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.rules import FlowError, Rule, when
from wizard.questionnaire.strategy import STRATEGY

PATHS = list(every_path())
SOME_ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "who": st.sampled_from([*WHO, "nobody"]),
        "team_size": st.sampled_from([*TEAM_SIZE, ""]),
        "hosting": st.sampled_from([*HOSTING, "hobby"]),
        "unknown": st.just("hobby"),
    },
)


def made(name: str, *rules: Rule[str], choices: str = "ab") -> Step:
    return Step(name, tuple(Choice(choice) for choice in choices), rules)


def test_the_questionnaire_has_55_complete_paths_and_no_more_than_three_questions_on_any() -> None:
    assert len(PATHS) == 55
    assert {name_of(path) for path in QUESTIONS.paths} == {name_of(path) for path in PATHS}
    assert max(len(path) for path in QUESTIONS.paths) == 3


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_a_complete_path_walks_to_the_outcome(path: Mapping[str, str]) -> None:
    walk = QUESTIONS.walk(path)
    assert walk.step is None
    assert walk.answers == path
    assert list(walk.answers) == list(path)


@pytest.mark.parametrize(
    ("answers", "following", "offered"),
    [
        ({}, "who", list(WHO)),
        ({"who": "hobby"}, "hosting", list(HOSTING)),
        ({"who": "job"}, "team_size", list(TEAM_SIZE)),
        ({"who": "team"}, "team_size", list(TEAM_SIZE[1:])),
        ({"who": "organisation"}, "team_size", list(TEAM_SIZE[1:])),
        ({"who": "job", "team_size": "just_me"}, "hosting", list(HOSTING)),
        ({"who": "team", "team_size": "just_me"}, "team_size", list(TEAM_SIZE[1:])),
        ({"who": "nobody", "hosting": "avoid"}, "who", list(WHO)),
        ({"team_size": "2_10", "hosting": "avoid"}, "who", list(WHO)),
    ],
)
def test_a_walk_stops_at_the_first_question_without_an_answer_that_is_offered(
    answers: Mapping[str, str], following: str, offered: list[str]
) -> None:
    walk = QUESTIONS.walk(answers)
    assert walk.step is not None
    assert walk.step.name == following
    assert [choice.id for choice in walk.choices] == offered


@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        ({"who": "hobby", "team_size": "2_10", "hosting": "avoid"}, {"who": "hobby", "hosting": "avoid"}),
        ({"who": "team", "team_size": "just_me", "hosting": "avoid"}, {"who": "team", "hosting": "avoid"}),
        ({"hosting": "avoid", "who": "job"}, {"who": "job", "hosting": "avoid"}),
        ({"hosting": "avoid"}, {"hosting": "avoid"}),
        ({"team_size": "just_me"}, {"team_size": "just_me"}),
        ({"who": "nobody", "colour": "red"}, {}),
    ],
)
def test_answers_are_kept_as_long_as_some_way_ahead_still_takes_them(
    answers: Mapping[str, str], kept: Mapping[str, str]
) -> None:
    assert QUESTIONS.fitting(answers) == kept


@pytest.mark.parametrize(
    ("step", "answers", "left"),
    [
        ("who", {}, (2, 3)),
        ("hosting", {"who": "hobby"}, (1, 1)),
        ("team_size", {"who": "job"}, (2, 2)),
        ("hosting", {"who": "team", "team_size": "2_10"}, (1, 1)),
        ("who", {"hosting": "avoid"}, (1, 2)),
        ("team_size", {"who": "job", "hosting": "avoid"}, (1, 1)),
        ("who", {"who": "job", "team_size": "2_10", "hosting": "avoid"}, (1, 1)),
        ("who", {"who": "job", "team_size": "just_me", "hosting": "avoid"}, (1, 2)),
        ("who", {"who": "hobby", "hosting": "avoid"}, (1, 2)),
        ("who", {"who": "hobby"}, (2, 3)),
    ],
)
def test_the_number_of_remaining_questions_is_a_range(
    step: str, answers: Mapping[str, str], left: tuple[int, int]
) -> None:
    for _ in range(2):
        assert QUESTIONS.still_asked(QUESTIONS.by_name[step], answers) == left


@pytest.mark.parametrize(
    ("answers", "name", "asked"),
    [
        ({"who": "job"}, None, "team_size"),
        ({"who": "job"}, "who", "who"),
        ({"who": "job"}, "team_size", "team_size"),
        ({"who": "job"}, "hosting", None),
        ({"who": "hobby"}, "team_size", None),
        ({"who": "hobby", "hosting": "avoid"}, None, None),
        ({"who": "hobby", "hosting": "avoid"}, "hosting", "hosting"),
        ({}, "nonsense", None),
    ],
)
def test_a_visitor_can_go_back_to_what_was_asked_and_to_nothing_else(
    answers: Mapping[str, str], name: str | None, asked: str | None
) -> None:
    found = QUESTIONS.asked(answers, name)
    assert (found.name if found else None) == asked


@given(SOME_ANSWERS)
def test_any_answers_walk_to_a_question_or_to_an_outcome_and_keeping_what_fits_changes_nothing(
    answers: dict[str, str],
) -> None:
    fitting = QUESTIONS.fitting(answers)
    assert QUESTIONS.walk(fitting) == QUESTIONS.walk(answers)
    assert QUESTIONS.fitting(fitting) == fitting
    assert fitting.items() <= answers.items()


@given(
    st.lists(st.tuples(st.sampled_from(["who", "team_size", "hosting"]), st.sampled_from([*WHO, *TEAM_SIZE, *HOSTING])))
)
def test_answers_changed_in_any_order_end_on_a_proved_route(changes: list[tuple[str, str]]) -> None:
    answers: Mapping[str, str] = {}
    for name, choice in changes:
        answers = QUESTIONS.fitting({**answers, name: choice})
    walk = QUESTIONS.walk(answers)
    while walk.step:
        answers = {**answers, walk.step.name: walk.choices[-1].id}
        walk = QUESTIONS.walk(answers)
    outcome = STRATEGY.outcome(walk.answers)
    assert outcome.recommendation.recommended == expected(walk.answers).recommended
    assert walk.answers in PATHS


def test_the_version_changes_with_the_flow_and_with_nothing_else() -> None:
    again = Flow(QUESTIONS.steps)
    assert again.version == QUESTIONS.version
    assert Flow(QUESTIONS.steps[:-1]).version != QUESTIONS.version
    assert len(QUESTIONS.version) == 8


@pytest.mark.parametrize(
    ("flow", "complaint"),
    [
        (Flow((made("x"),)), "step x: no rule for x=a; there must be exactly one"),
        (Flow((made("x", Rule(OUTCOME), Rule("y")), made("y", Rule(OUTCOME)))), "step x: 2 rules for x=a"),
        (Flow((made("x", Rule("z")),)), "step x: a rule leads to 'z', which is not a step"),
        (Flow((made("x", Rule("y")), made("y", Rule("x")))), "step x: asked twice after x=a, y=a"),
        (Flow((made("x", Rule(OUTCOME), choices=""),)), "step x: no choice is offered after the start"),
        (
            Flow((made("x", Rule(OUTCOME, when(x="a")), Rule(OUTCOME, when(x=("a", "b")))),)),
            "step x: 2 rules for x=a",
        ),
    ],
)
def test_a_flow_whose_data_is_wrong_names_the_step_and_the_path(flow: Flow, complaint: str) -> None:
    with pytest.raises(FlowError) as error:
        _ = flow.paths
    assert complaint in str(error.value)
