"""The journey: all that is known of a visit, sealed into the page and nowhere else.

Sealed means signed, not secret. Whoever holds one of the keys can open it, so any server serves any step.
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
from wizard.questionnaire.flow import Answers, Flow
from wizard.signing import SIGNING, DerivedKeys, TokenSerializer, is_canonical, signing_order

MAX_TOKEN_CHARACTERS = 4096
HOUR_MS = 3_600_000

MAX_TURNS = 100
"""How many answers one journey accepts. A person's has two or three, and some more after going back."""

Checked = Literal["", "burst", "unchecked"]
"""Whether a journey began in a burst from one network; "unchecked" where it was fetched ahead, perhaps by another's."""

RARE: Sequence[str | int] = ("", "", 0, 0, "")
"""What stands last in a sealed journey: what it goes on from, an embed's campaign, whether it is a preview, GPC, burst.

Whatever of that is empty is left out at the end, as it is where an earlier version sealed the journey.
"""


class JourneyError(WizardError):
    """A sealed journey that can't be gone on with."""


class JourneyTampered(JourneyError):
    """It is not one of ours: changed, cut short, signed with a retired key, or never sealed at all."""


class JourneyExpired(JourneyError):
    """It is ours, but its last answer lies too far back. `journey` is what it held."""

    def __init__(self, journey: "Journey") -> None:
        super().__init__("the journey has expired")
        self.journey = journey


@dataclass(frozen=True, slots=True)
class Journey:
    """A visit so far. `turn` counts the answers accepted on the way here; nothing subtracts from it.

    `campaign` is what the embedding page calls the campaign in case that the visitor comes with none. A `preview` is
    nobody's visit, and leaves nothing in the log. `gpc` says that the browser sent Global Privacy Control.
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

    @property
    def source(self) -> Attribution:
        """Where the visitor came from, as far as is known by now."""
        return (
            self.attribution.completed(Attribution(utm_campaign=self.campaign)) if self.campaign else self.attribution
        )

    def with_gpc(self) -> "Journey":
        """This journey once its browser has sent Global Privacy Control: nothing tells where the visitor came from.

        Campaign tags stay: they describe a link.
        """
        return replace(self, gpc=True, attribution=self.attribution.without_referrer())

    def with_answers(self, flow: Flow, changed: Answers, now_ms: int) -> "Journey":
        """This journey once `changed` are accepted, keeping the other answers where they still fit.

        An answer that was there already is not accepted anew: it adds no turn.
        """
        news = {step: choice for step, choice in changed.items() if self.answers.get(step) != choice}
        if not news:
            return self
        answers = flow.fitting({**self.answers, **news})
        return replace(self, answers=answers, turn=self.turn + len(news), answered_ms=now_ms)

    def continued(self, flow: Flow, now_ms: int) -> "Journey":
        """The journey that goes on from this one after it expired, with its answers kept.

        Its id follows from this one's, so that a double click or a second tab goes on as the same journey.
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
    """A visit that begins now, with whatever of `answers` a link has brought along and the flow allows."""
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
    """128 random bits; the first character is none that a spreadsheet would take for the start of a formula."""
    while not (made := secrets.token_urlsafe(16))[0].isalnum():
        pass
    return made


class Seal:
    """Seals journeys and opens them, and signs a form to the journey and the step that it was made for.

    `keys` as the setting has them: the first signs, all verify.
    """

    def __init__(self, keys: Sequence[str], lifetime_hours: int, clock: Clock = system_ms) -> None:
        ordered = signing_order(keys)
        self._journeys = TokenSerializer(ordered, salt="wizard.journey.1")
        self._forms = DerivedKeys(ordered, salt="wizard.form.1", **SIGNING)
        self._lifetime_ms = lifetime_hours * HOUR_MS
        self._clock = clock

    def seal(self, journey: Journey) -> str:
        """The journey as a text that is safe in an address; the same journey always gives the same text."""
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
        rare = [journey.continued_from, journey.campaign, int(journey.is_preview), int(journey.gpc), journey.burst]
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
        """A token of the form for `step` in this very journey, served at `served_ms`.

        It is worth as much, and as long, as the journey.
        """
        served = f"{served_ms:x}"
        return f"{served}.{self._forms.get_signature(_form(journey, step, served)).decode()}"

    def served_ms(self, journey: Journey, step: str, token: str) -> int | None:
        """When the form of this `token` was served; None where it is not of `step` in this very journey."""
        served, _, signature = token.partition(".")
        form = _form(journey, step, served).encode()
        if not token.isascii() or not self._forms.verify_signature(form, signature.encode()):
            return None
        return int(served, 16)


def _form(journey: Journey, step: str, served: str) -> str:
    return f"{journey.id}.{journey.answered_ms}.{step}.{served}"


def _journey(content: Any) -> Journey:
    """The journey that `seal` wrote as `content`. Raises TypeError or ValueError where it did not."""
    identity, started_ms, since_ms, flow_version, locale, answers, turn, entry, slots, *rare = content
    continued_from, campaign, is_preview, gpc, burst = rare + list(RARE[len(rare) :])
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
    )
