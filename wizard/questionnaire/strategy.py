"""The deployment strategy as data: answers → column of the priority matrix → persona → recommendation.

Each table is a tuple of rules, of which exactly one holds on each path. `check` verifies this.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property, lru_cache

from wizard.questionnaire.flow import REMEMBERED
from wizard.questionnaire.rules import Answers, Rule, decide, when


class Deployment(StrEnum):
    """The three deployments of the product."""

    CLOUD = "cloud"
    PRIVATE_CLOUD = "private_cloud"
    ON_PREMISE = "on_premise"


class Column(StrEnum):
    """A column of the priority matrix: the kind of customer."""

    INDIVIDUAL = "individual"
    TEAM = "team"
    ENTERPRISE = "enterprise"


class Persona(StrEnum):
    """The visitor's persona, concluded from the answers."""

    ENTHUSIAST = "enthusiast"
    VISIONARY = "visionary"
    TEAM = "team"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True)
class Route:
    """The recommended deployment, the alternatives, and deployments that were asked for but are not offered."""

    recommended: Deployment
    alternatives: tuple[Deployment, ...]
    declined: tuple[Deployment, ...] = ()


@dataclass(frozen=True)
class Recommendation(Route):
    """A route with the ids of its reasons, in the order of display. The wording has their texts."""

    reasons: tuple[str, ...] = ()

    @property
    def offered(self) -> tuple[Deployment, ...]:
        """The recommended deployment, then the alternatives."""
        return (self.recommended, *self.alternatives)


@dataclass(frozen=True)
class Outcome:
    """The result of a complete path of answers. `summary` is the id of the sentence below its heading."""

    answers: Answers
    column: Column
    persona: Persona
    recommendation: Recommendation
    summary: str = ""

    @property
    def facts(self) -> Answers:
        """The answers, column, persona and recommendation, for the conditions of the rules."""
        recommended = self.recommendation.recommended
        return {**self.answers, "column": self.column, "persona": self.persona, "recommended": recommended}


@dataclass(frozen=True)
class Strategy:
    """The priority matrix (1 is the highest priority; deployments without an entry are not offered) and the rules."""

    matrix: Mapping[Deployment, Mapping[Column, int]]
    columns: tuple[Rule[Column], ...]
    personas: tuple[Rule[Persona], ...]
    routes: tuple[Rule[Route], ...]
    summaries: tuple[Rule[str], ...]
    reasons: tuple[Rule[str], ...]

    def outcome(self, answers: Answers) -> Outcome:
        """The outcome of a complete path of answers. Raises FlowError if a table has no rule for it, or several."""
        return self._outcomes(tuple(answers.items()))

    @cached_property
    def _outcomes(self) -> Callable[[tuple[tuple[str, str], ...]], Outcome]:
        return lru_cache(REMEMBERED)(lambda answers: self._outcome(dict(answers)))

    def _outcome(self, answers: Answers) -> Outcome:
        column = decide(self.columns, answers, "column").goto
        persona = decide(self.personas, {**answers, "column": column}, "persona").goto
        route = decide(self.routes, {**answers, "column": column, "persona": persona}, "recommendation").goto
        recommendation = Recommendation(route.recommended, route.alternatives, route.declined)
        unexplained = Outcome(answers, column, persona, recommendation)
        reasons = tuple(rule.goto for rule in self.reasons if rule.holds(unexplained.facts))
        summary = decide(self.summaries, unexplained.facts, "summary").goto
        return replace(unexplained, recommendation=replace(recommendation, reasons=reasons), summary=summary)

    def not_offered(self, column: Column) -> tuple[Deployment, ...]:
        """The deployments that are offered to nobody in `column`: the blank cells of the matrix."""
        return tuple(deployment for deployment, ranks in self.matrix.items() if column not in ranks)


CLOUD, PRIVATE_CLOUD, ON_PREMISE = Deployment
INDIVIDUAL, TEAM, ENTERPRISE = Column
GROUPS = (Persona.TEAM, Persona.ENTERPRISE)
HOSTING = ("enjoy", "avoid", "own_cloud", "own_servers", "unsure")

STRATEGY = Strategy(
    matrix={
        CLOUD: {INDIVIDUAL: 1, TEAM: 5, ENTERPRISE: 6},
        PRIVATE_CLOUD: {TEAM: 2, ENTERPRISE: 3},
        ON_PREMISE: {INDIVIDUAL: 4},
    },
    columns=(
        Rule(INDIVIDUAL, when(who="hobby")),
        Rule(INDIVIDUAL, when(team_size="just_me")),
        Rule(TEAM, when(team_size="2_10")),
        # 30 people in a team of a big company are a team; a company-wide rollout to 30 is an enterprise.
        Rule(TEAM, when(who=("job", "team"), team_size="11_50")),
        Rule(ENTERPRISE, when(who="organisation", team_size="11_50")),
        Rule(ENTERPRISE, when(team_size="51_plus")),
    ),
    personas=(
        Rule(Persona.ENTHUSIAST, when(column=INDIVIDUAL, hosting=("enjoy", "own_servers"))),
        Rule(Persona.VISIONARY, when(column=INDIVIDUAL, hosting=("avoid", "own_cloud", "unsure"))),
        Rule(Persona.TEAM, when(column=TEAM)),
        Rule(Persona.ENTERPRISE, when(column=ENTERPRISE)),
    ),
    routes=(
        Rule(Route(ON_PREMISE, (CLOUD,)), when(persona=Persona.ENTHUSIAST)),
        Rule(Route(CLOUD, (ON_PREMISE,)), when(persona=Persona.VISIONARY, hosting=("avoid", "unsure"))),
        # Running ClickHouse costs too much for one person.
        Rule(Route(CLOUD, (ON_PREMISE,), (PRIVATE_CLOUD,)), when(persona=Persona.VISIONARY, hosting="own_cloud")),
        # Ranked below Private Cloud in the matrix, but recommended to groups that avoid hosting or are not sure yet:
        # docs/decisions/0004-cloud-first-for-groups-that-avoid-hosting.md
        Rule(Route(CLOUD, (PRIVATE_CLOUD,)), when(persona=GROUPS, hosting=("avoid", "unsure"))),
        Rule(Route(PRIVATE_CLOUD, (CLOUD,)), when(persona=GROUPS, hosting=("enjoy", "own_cloud"))),
        Rule(Route(PRIVATE_CLOUD, (CLOUD,), (ON_PREMISE,)), when(persona=GROUPS, hosting="own_servers")),
    ),
    # What was asked for, and how the recommendation meets it. One for each way to answer the last question: a sentence
    # that fits "just host it for me" would contradict the recommendation of those who asked for their own hardware.
    summaries=(
        *(Rule(f"individual_{hosting}", when(column=INDIVIDUAL, hosting=hosting)) for hosting in HOSTING),
        *(Rule(f"group_{hosting}", when(column=(TEAM, ENTERPRISE), hosting=hosting)) for hosting in HOSTING),
    ),
    # Shown in this order, two or three for each result. Their texts repeat the visitor's answers.
    reasons=(
        Rule("likes_running_it", when(persona=Persona.ENTHUSIAST, hosting="enjoy")),
        Rule("runs_on_own_hardware", when(persona=Persona.ENTHUSIAST, hosting="own_servers")),
        Rule("suits_tinkering", when(persona=Persona.ENTHUSIAST)),
        Rule("try_locally_first", when(persona=Persona.ENTHUSIAST, team_size="just_me")),
        Rule("no_decision_now", when(hosting="unsure")),
        Rule("time_for_project", when(persona=Persona.VISIONARY, who="hobby")),
        Rule("job_done_fastest", when(persona=Persona.VISIONARY, who="job")),
        Rule("private_cloud_later", when(persona=Persona.VISIONARY, hosting=("avoid", "own_cloud"))),
        Rule("own_through_plugins", when(persona=Persona.VISIONARY, hosting=("avoid", "own_cloud"))),
        Rule("easier_in_this_order", when(persona=Persona.VISIONARY, hosting="unsure")),
        Rule("nothing_to_run", when(persona=GROUPS, hosting="avoid")),
        Rule("own_cloud_our_work", when(persona=GROUPS, hosting="enjoy")),
        Rule("data_stays_we_run_it", when(persona=GROUPS, hosting="own_cloud")),
        Rule("data_stays_in_house", when(persona=GROUPS, hosting="own_servers")),
        Rule("door_stays_open", when(persona=GROUPS, recommended=CLOUD)),
        Rule("made_for_teams", when(persona=Persona.TEAM, recommended=PRIVATE_CLOUD)),
        Rule("start_with_one_team", when(persona=Persona.ENTERPRISE)),
    ),
)

LOCAL_TRIAL: Answers = {"who": "job", "team_size": "just_me"}
"""The answers that the result's link to a local trial sets."""


def offers_local_trial(recommendation: Recommendation) -> bool:
    """Whether the result links to `LOCAL_TRIAL`: on-premise was asked for, but is not offered."""
    return ON_PREMISE in recommendation.declined
