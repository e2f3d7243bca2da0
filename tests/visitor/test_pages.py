"""What the pages show, before any template."""

import pytest
from support import every_path, name_of

from wizard.files.bundled import bundled
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import required_texts
from wizard.questionnaire.wording_files import load
from wizard.visitor.pages import Progress, progress, result

WORDING = load(bundled("wording") / "en.toml", required_texts(QUESTIONS, STRATEGY))


@pytest.mark.parametrize(
    ("step", "answers", "number", "fewest", "most"),
    [
        ("who", {}, 1, 2, 3),
        ("who", {"who": "hobby", "hosting": "avoid"}, 1, 1, 2),
        ("hosting", {"who": "hobby"}, 2, 2, 2),
        ("team_size", {"who": "job", "hosting": "avoid"}, 2, 2, 2),
        ("hosting", {"who": "job", "team_size": "just_me"}, 3, 3, 3),
    ],
)
def test_the_progress_is_told_from_the_way_that_was_walked(
    step: str, answers: dict[str, str], number: int, fewest: int, most: int
) -> None:
    assert progress(QUESTIONS, QUESTIONS.by_name[step], answers) == Progress(number, fewest, most)


@pytest.mark.parametrize("path", list(every_path()), ids=name_of)
def test_no_result_has_a_gap_in_it(path: dict[str, str]) -> None:
    outcome = STRATEGY.outcome(path)
    told = result(outcome, WORDING)
    ways = (told.recommended, *told.alternatives)
    texts = [
        told.persona,
        told.title,
        told.summary,
        *(t for way in ways for t in (way.name, way.place, way.summary, way.action)),
    ]
    texts += [text for said in (*told.reasons, *told.declined) for text in (said.title, said.text)]
    texts += [way.text for way in told.alternatives]
    assert all(text.strip() and "{" not in text for text in texts)
    assert [given.step for given in told.given] == list(path)
    assert (told.local_trial is not None) == (
        outcome.persona in ("team", "enterprise") and path["hosting"] == "own_servers"
    )
