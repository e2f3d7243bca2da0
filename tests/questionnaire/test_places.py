"""Each text has a place with a plain title, and it is known which paths show it."""

import pytest
from support import every_path

from wizard.questionnaire.places import OTHER, paths_with, place_of, places
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import outcome_texts, required_texts

REQUIRED = required_texts(QUESTIONS, STRATEGY)


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("questions.team_size.title", "Question: Team size"),
        ("questions.who.choices.job.named#dative", "Question: Who"),
        ("recommendations.team.private_cloud.title", "Result: Private Cloud for a team"),
        ("recommendations.enthusiast.on_premise.action", "Result: On-premise for a hands-on person"),
        ("summaries.group_avoid", "Results: sentence below the heading"),
        ("problems.server.reference", "Error pages"),
        ("site.description", "Search engines"),
        ("result.share_body", "E-mail to a colleague"),
        ("result.share_open", "Every result"),
        ("question.back", "Every question"),
        ("site.name", "Every page"),
        ("gone.long.ago", "Other texts"),
        ("questions", "Other texts"),
    ],
)
def test_a_text_belongs_to_a_place(key: str, title: str) -> None:
    assert place_of(key).title == title


def test_every_text_has_a_place_and_the_places_are_in_the_order_of_the_pages() -> None:
    found = places(REQUIRED)
    assert OTHER not in found
    assert {place_of(key) for key in REQUIRED} == set(found)
    titles = [place.title for place in found]
    assert len(set(titles)) == len(titles)
    in_order = ["Every page", "Question: Who", "Question: Hosting", "Results: reasons", "Error pages"]
    assert sorted(in_order, key=titles.index) == in_order


def test_the_paths_of_a_results_text_are_those_whose_result_shows_it() -> None:
    outcomes = [STRATEGY.outcome(path) for path in every_path()]
    for key in {key for outcome in outcomes for key in outcome_texts(outcome)}:
        expected = [outcome for outcome in outcomes if key in outcome_texts(outcome)]
        assert [dict(found.answers) for found in paths_with(key, QUESTIONS, STRATEGY)] == [
            dict(outcome.answers) for outcome in expected
        ], key


@pytest.mark.parametrize(
    ("key", "condition"),
    [
        ("questions.team_size.title", lambda answers: "team_size" in answers),
        ("questions.team_size.choices.just_me.label", lambda answers: answers["who"] == "job"),
        ("questions.team_size.choices.2_10.named#by", lambda answers: answers.get("team_size") == "2_10"),
        ("questions.hosting.hint", lambda _: True),
        ("site.name", lambda _: True),
        ("gone.long.ago", lambda _: False),
        ("comparison", lambda _: False),
    ],
)
def test_the_paths_of_other_texts(key: str, condition: object) -> None:
    assert callable(condition)
    expected = [dict(path) for path in every_path() if condition(path)]
    assert [dict(found.answers) for found in paths_with(key, QUESTIONS, STRATEGY)] == expected


def test_every_text_is_seen_on_some_path() -> None:
    assert [key for key in REQUIRED if not paths_with(key, QUESTIONS, STRATEGY)] == []
