"""A form made from a step."""

from itertools import cycle

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from support import KEY
from werkzeug.datastructures import MultiDict

from wizard.events.attribution import Attribution
from wizard.files.bundled import bundled
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import required_texts
from wizard.questionnaire.wording_files import load
from wizard.visitor.forms import FORMS, FormContext, StepForm, step_form
from wizard.visitor.journey import Seal, new_journey

WORDING = load(bundled("wording") / "en.toml", required_texts(QUESTIONS, STRATEGY))
SEAL = Seal([KEY], 24)
WHO = QUESTIONS.steps[0]


def form(app: Flask, answers: dict[str, str], submitted: dict[str, str]) -> StepForm:
    journey = new_journey(QUESTIONS, "en", answers, Attribution(), 0)
    given = MultiDict({"csrf_token": SEAL.sign_form(journey, "who", 7), **submitted})
    with app.test_request_context(method="POST"):
        made = step_form(WHO, WHO.choices, WORDING, FormContext(SEAL, journey, "who"), given)
        made.validate()
        return made


def test_it_asks_under_the_steps_name_and_offers_its_choices_in_the_words_of_the_locale(shared_app: Flask) -> None:
    made = form(shared_app, {}, {})
    assert made.answer.name == "who"
    assert [(c.value, c.label, c.selected) for c in made.answer.iter_choices()][:2] == [  # type: ignore[attr-defined]
        ("hobby", "Myself", False),
        ("job", "My work", False),
    ]


@pytest.mark.parametrize(
    ("answers", "submitted", "selected"),
    [
        ({}, {}, None),
        ({"who": "job"}, {}, "job"),
        ({"who": "job"}, {"who": "team"}, "team"),
        ({"who": "job"}, {"who": "nobody"}, None),
        ({"who": "job"}, {"who": ""}, None),
    ],
)
def test_shown_again_it_selects_what_was_submitted_or_else_the_answer_that_was_given_before(
    answers: dict[str, str], submitted: dict[str, str], selected: str | None, shared_app: Flask
) -> None:
    assert form(shared_app, answers, submitted).selected == selected


def test_it_takes_a_choice_and_refuses_the_rest_in_our_own_words(shared_app: Flask) -> None:
    assert not form(shared_app, {}, {"who": "job"}).answer.errors
    assert form(shared_app, {}, {}).answer.errors == ["Choose who you want PostHog for"]
    assert list(form(shared_app, {}, {"who": "x"}).answer.errors) == [
        "Choose one of these answers to say who you want PostHog for"
    ]


def test_it_knows_whether_it_was_ours_and_when_it_was_served(shared_app: Flask) -> None:
    assert form(shared_app, {}, {"who": "job"}).served_ms == 7
    assert form(shared_app, {}, {"who": "job", "csrf_token": "x"}).served_ms is None


@given(st.lists(st.dictionaries(st.sampled_from(["who", "csrf_token"]), st.sampled_from(["", "job", "x"])), max_size=6))
def test_a_form_that_is_used_again_knows_nothing_of_the_time_before(submissions: list[dict[str, str]]) -> None:
    app = Flask(__name__)
    for answers, submitted in zip(cycle(({}, {"who": "team"})), submissions, strict=False):
        again = form(app, answers, submitted)
        found = (again.selected, again.answer.errors, again.served_ms, again.csrf_token.errors)
        vars(FORMS).clear()
        new = form(app, answers, submitted)
        assert found == (new.selected, new.answer.errors, new.served_ms, new.csrf_token.errors)
        assert again is not new
