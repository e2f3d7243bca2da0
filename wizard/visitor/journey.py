"""The journey: the state of a visit, which only its pages hold, sealed.

Sealed means signed, not encrypted. Every server that has one of the keys can open it, so any server serves any step.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from itsdangerous import BadData

from wizard.clock import Clock, system_ms
from wizard.errors import WizardError
from wizard.events.attribution import Attribution
from wizard.events.model import Entry
from wizard.questionnaire.flow import Flow
from wizard.questionnaire.rules import Answers
from wizard.signing import SIGNING, DerivedKeys, TokenSerializer, is_canonical, signing_order

MAX_TOKEN_CHARACTERS = 4096
HOUR_MS = 3_600_000

MAX_TURNS = 100
"""The most answers that a journey accepts. Visitors give two or three, and some more after going back."""

Checked = Literal["", "burst", "unchecked"]
"""Whether a journey began in a burst from one network; "unchecked" if it was prefetched, perhaps from another one."""

RARE: Sequence[str | int] = ("", "", 0, 0, "", "")
"""The defaults of the last fields of a sealed journey: continued_from, campaign, is_preview, gpc, burst, wording.

Empty ones at the end are left out; journeys that an earlier version sealed lack them.
"""


class JourneyError(WizardError):
    """A sealed journey that can't be used."""


class JourneyTampered(JourneyError):
    """The token is invalid: changed, truncated, or not signed with one of the keys."""


class JourneyExpired(JourneyError):
    """The last answer of `journey` is older than its lifetime."""

    def __init__(self, journey: "Journey") -> None:
        super().__init__("the journey has expired")
        self.journey = journey


@dataclass(frozen=True, slots=True)
class Journey:
    """A visit so far. `turn` counts the answers accepted; it never decreases.

    `campaign` is the embedding page's campaign, used where the visitor has none. Events of a preview are not recorded.
    `gpc` says that the browser sent Global Privacy Control. `wording` is the version of its texts, as
    `WordingSet.reference` has it: empty for the installation's files.
    """

    id: str
    started_ms: int
    answered_ms: int
    flow_version: str
    locale: str
    answers: Answers = field(default_factory=dict)
    turn: int = 0
    entry: Entry = "fresh"
    attribution: Attribution = field(default_factory=Attribution)
    continued_from: str = ""
    campaign: str = ""
    is_preview: bool = False
    gpc: bool = False
    burst: Checked = ""
    wording: str = ""

    @property
    def source(self) -> Attribution:
        """Where the visitor came from, as far as is known."""
        return (
            self.attribution.completed(Attribution(utm_campaign=self.campaign)) if self.campaign else self.attribution
        )

    def with_gpc(self) -> "Journey":
        """This journey under Global Privacy Control: without the referrer. Campaign tags describe a link, and stay."""
        return replace(self, gpc=True, attribution=self.attribution.without_referrer())

    def with_answers(self, flow: Flow, changed: Answers, now_ms: int) -> "Journey":
        """This journey with the answers `changed`, and those of the others that still fit.

        An answer that the journey has already adds no turn.
        """
        news = {step: choice for step, choice in changed.items() if self.answers.get(step) != choice}
        if not news:
            return self
        answers = flow.fitting({**self.answers, **news})
        return replace(self, answers=answers, turn=self.turn + len(news), answered_ms=now_ms)

    def continued(self, flow: Flow, now_ms: int) -> "Journey":
        """The continuation of this journey after it expired, with the same answers.

        Its id is derived from this one's, so that a double click or a second tab continues the same journey.
        """
        return replace(
            self,
            id=hashlib.sha256(f"continued:{self.id}".encode()).hexdigest()[:22],
            started_ms=now_ms,
            answered_ms=now_ms,
            flow_version=flow.version,
            answers=flow.fitting(self.answers),
            turn=0,
            entry="continued",
            continued_from=self.id,
        )


def new_journey(flow: Flow, locale: str, answers: Answers, attribution: Attribution, now_ms: int) -> Journey:
    """A journey that begins now, prefilled with those of `answers` that the flow allows."""
    fitting = flow.fitting(answers)
    return Journey(
        id=_new_id(),
        started_ms=now_ms,
        answered_ms=now_ms,
        flow_version=flow.version,
        locale=locale,
        answers=fitting,
        entry="prefilled" if fitting else "fresh",
        attribution=attribution,
    )


def _new_id() -> str:
    """128 random bits. The first character is a letter or digit, so that spreadsheets don't read it as a formula."""
    while not (made := secrets.token_urlsafe(16))[0].isalnum():
        pass
    return made


class Seal:
    """Seals and opens journeys, and signs the forms of their steps. The first of `keys` signs, all verify."""

    def __init__(self, keys: Sequence[str], lifetime_hours: int, clock: Clock = system_ms) -> None:
        ordered = signing_order(keys)
        self._journeys = TokenSerializer(ordered, salt="wizard.journey.1")
        self._forms = DerivedKeys(ordered, salt="wizard.form.1", **SIGNING)
        self._lifetime_ms = lifetime_hours * HOUR_MS
        self._clock = clock

    def seal(self, journey: Journey) -> str:
        """The token of the journey, safe in addresses. The same journey has the same token."""
        content = [
            journey.id,
            journey.started_ms,
            journey.answered_ms - journey.started_ms,
            journey.flow_version,
            journey.locale,
            dict(journey.answers),
            journey.turn,
            journey.entry,
            journey.attribution.filled(),
        ]
        rare = [
            journey.continued_from,
            journey.campaign,
            int(journey.is_preview),
            int(journey.gpc),
            journey.burst,
            journey.wording,
        ]
        while rare and not rare[-1]:
            rare.pop()
        return self._journeys.dumps([*content, *rare])

    def open(self, token: str) -> Journey:
        """The journey in `token`. Raises JourneyTampered, or JourneyExpired with the journey in it."""
        if len(token) > MAX_TOKEN_CHARACTERS or not is_canonical(token):
            raise JourneyTampered("not a sealed journey")
        try:
            journey = _journey(self._journeys.loads(token))
        except (BadData, ArithmeticError, AttributeError, TypeError, ValueError) as error:
            raise JourneyTampered("not a sealed journey") from error
        if self._clock() - journey.answered_ms > self._lifetime_ms:
            raise JourneyExpired(journey)
        return journey

    def sign_form(self, journey: Journey, step: str, served_ms: int) -> str:
        """The token of the form for `step` in `journey`, served at `served_ms`. It is valid as long as the journey."""
        served = f"{served_ms:x}"
        return f"{served}.{self._forms.get_signature(_form(journey, step, served)).decode()}"

    def served_ms(self, journey: Journey, step: str, token: str) -> int | None:
        """When the form with this `token` was served; None where the token is invalid for `step` in `journey`."""
        served, _, signature = token.partition(".")
        form = _form(journey, step, served).encode()
        if not token.isascii() or not self._forms.verify_signature(form, signature.encode()):
            return None
        return int(served, 16)


def _form(journey: Journey, step: str, served: str) -> str:
    return f"{journey.id}.{journey.answered_ms}.{step}.{served}"


def _journey(content: Any) -> Journey:
    """The journey in the `content` of a token. Raises TypeError or ValueError where `seal` has not written it."""
    identity, started_ms, since_ms, flow_version, locale, answers, turn, entry, slots, *rare = content
    continued_from, campaign, is_preview, gpc, burst, wording = rare + list(RARE[len(rare) :])
    return Journey(
        id=str(identity),
        started_ms=int(started_ms),
        answered_ms=int(started_ms) + int(since_ms),
        flow_version=str(flow_version),
        locale=str(locale),
        answers={str(step): str(choice) for step, choice in answers.items()},
        turn=int(turn),
        entry=cast(Entry, entry),
        attribution=Attribution(**slots),
        continued_from=str(continued_from),
        campaign=str(campaign),
        is_preview=bool(is_preview),
        gpc=bool(gpc),
        burst=cast(Checked, burst),
        wording=str(wording),
    )
