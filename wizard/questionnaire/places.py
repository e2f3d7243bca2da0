"""Where each text is shown: the place that it belongs to, and the paths whose results show it."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from wizard.questionnaire.flow import Flow
from wizard.questionnaire.rules import Answers
from wizard.questionnaire.strategy import CLOUD, ON_PREMISE, Outcome, Strategy
from wizard.questionnaire.wording import FORM, required_texts


class Place(NamedTuple):
    """A page, or a part of several pages, that shows texts. The title is in English."""

    id: str
    title: str


EVERY_PAGE = Place("every-page", "Every page")
SEARCH = Place("search", "Search engines")
EVERY_QUESTION = Place("every-question", "Every question")
EVERY_RESULT = Place("every-result", "Every result")
SUMMARIES = Place("summaries", "Results: sentence below the heading")
REASONS = Place("reasons", "Results: reasons")
DEPLOYMENTS = Place("deployments", "Results: deployments and personas")
ALTERNATIVES = Place("alternatives", "Results: alternatives")
DECLINED = Place("declined", "Results: asked for, but not offered")
COMPARISON = Place("comparison", "Results: comparison")
EMAIL = Place("email", "E-mail to a colleague")
ERRORS = Place("errors", "Error pages")

KEYS: Mapping[str, Place] = {
    "site.title": SEARCH,
    "site.description": SEARCH,
    "result.share_subject": EMAIL,
    "result.share_body": EMAIL,
}
"""The places of single texts. Others have the place of their table."""

TABLES: Mapping[str, Place] = {
    "site": EVERY_PAGE,
    "question": EVERY_QUESTION,
    "summaries": SUMMARIES,
    "reasons": REASONS,
    "personas": DEPLOYMENTS,
    "deployments": DEPLOYMENTS,
    "alternatives": ALTERNATIVES,
    "declined": DECLINED,
    "comparison": COMPARISON,
    "result": EVERY_RESULT,
    "problems": ERRORS,
}

PERSONAS: Mapping[str, str] = {
    "enthusiast": "a hands-on person",
    "visionary": "one person",
    "team": "a team",
    "enterprise": "a large group",
}
"""Personas, as the titles of results say them."""

OTHER = Place("other", "Other texts")
"""The place of a text whose key fits none: one that nothing uses."""

ORDER = (
    "every-page",
    "every-question",
    "question",
    "every-result",
    "result",
    "summaries",
    "reasons",
    "alternatives",
    "declined",
    "deployments",
    "comparison",
    "email",
    "search",
    "errors",
    "other",
)
"""The ids of places, or what they begin with, in the order of the pages."""


def place_of(key: str) -> Place:
    """The place of the text of `key`."""
    if found := KEYS.get(key):
        return found
    table, *names = key.partition(FORM)[0].split(".")
    if table == "questions" and names:
        return Place(f"question.{names[0]}", f"Question: {_in_words(names[0])}")
    if table == "recommendations" and len(names) > 1:
        persona, deployment = names[:2]
        title = f"Result: {_in_words(deployment).title()} for {PERSONAS.get(persona, _in_words(persona).lower())}"
        return Place(f"result.{persona}.{deployment}", title.replace("On Premise", "On-premise"))
    return TABLES.get(table, OTHER)


def places(keys: Iterable[str]) -> tuple[Place, ...]:
    """The places of texts, in the order of the pages: what every page has, the questions, the results, the rest."""
    return tuple(sorted(dict.fromkeys(map(place_of, keys)), key=_order))


def _order(place: Place) -> int:
    """The position of a place; questions and results keep the order of their texts."""
    return ORDER.index(place.id if place.id in ORDER else place.id.partition(".")[0])


def paths_with(key: str, flow: Flow, strategy: Strategy) -> tuple[Outcome, ...]:
    """The outcomes of the paths on which a visitor sees the text of `key`; of all for the texts of every page.

    A text is seen at a question of the path, or on its result. One that nothing uses is seen on none.
    """
    base = key.partition(FORM)[0]
    if base not in required_texts(flow, strategy):
        return ()
    outcomes = tuple(strategy.outcome(path) for path in flow.paths)
    if base.startswith("questions."):
        return tuple(outcome for outcome in outcomes if _is_asked(base, flow, outcome.answers))
    return tuple(outcome for outcome in outcomes if _is_shown(base, outcome))


def _is_asked(key: str, flow: Flow, answers: Answers) -> bool:
    """Whether the text of a question is seen by whoever gives these answers."""
    _, step, name, *of_choice = key.split(".")
    if step not in answers or name != "choices":
        return step in answers
    choice, kind = of_choice
    if kind == "named":
        return answers[step] == choice
    names = list(answers)
    before = {name: answers[name] for name in names[: names.index(step)]}
    return any(each.id == choice for each in flow.by_name[step].offered(before))


def _is_shown(key: str, outcome: Outcome) -> bool:
    """Whether the text of a result, or of every page, is shown to visitors with this outcome."""
    table, *names = key.split(".")
    shown = SHOWN.get(table)
    return shown(tuple(names), outcome) if shown else True


def _deployment(names: tuple[str, ...], outcome: Outcome) -> bool:
    deployment, kind = names
    route = outcome.recommendation
    if kind == "summary":
        return deployment == route.recommended or (deployment == CLOUD and CLOUD in route.alternatives)
    return kind == "name" or deployment in route.offered


def _comparison(names: tuple[str, ...], outcome: Outcome) -> bool:
    return names[0] != "why_not" or names[1] == outcome.column


def _result(names: tuple[str, ...], outcome: Outcome) -> bool:
    return names[0] not in ("trial", "trial_action") or ON_PREMISE in outcome.recommendation.declined


SHOWN: Mapping[str, Callable[[tuple[str, ...], Outcome], bool]] = {
    "personas": lambda names, outcome: names[0] == outcome.persona,
    "recommendations": lambda names, outcome: names[:2] == (outcome.persona, outcome.recommendation.recommended),
    "summaries": lambda names, outcome: names[0] == outcome.summary,
    "reasons": lambda names, outcome: names[0] in outcome.recommendation.reasons,
    "alternatives": lambda names, outcome: (
        names[0] == outcome.persona and names[1] in outcome.recommendation.alternatives
    ),
    "declined": lambda names, outcome: names[0] == outcome.persona and names[1] in outcome.recommendation.declined,
    "deployments": _deployment,
    "comparison": _comparison,
    "result": _result,
}
"""By table: whether the text with these names is seen with an outcome."""


def _in_words(id_: str) -> str:
    return id_.replace("_", " ").capitalize()
