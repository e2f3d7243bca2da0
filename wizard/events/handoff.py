"""The handoff: a signed token that recommendation links add to the destination's URL, for reporting a signup there.

It contains the journey's id and the time, and nothing about the answers or the visitor.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, quote, urlencode

from itsdangerous import BadData

from wizard.clock import Clock, system_ms
from wizard.errors import WizardError
from wizard.signing import SIGNING, ClockSigner, is_canonical, signing_order

PARAMETER = "wizard_handoff"
MAX_HANDOFF_CHARACTERS = 256  # three times the length of a valid one
DAY_SECONDS = 86_400


class HandoffError(WizardError):
    """A handoff that can't be used."""


class HandoffInvalid(HandoffError):
    """The signature is invalid: the token was changed, cut short, or signed with an unknown key."""


class HandoffExpired(HandoffError):
    """The signature is valid, but too old."""


class Handoffs:
    """Makes and reads handoffs, which are valid for `days`. The first of `keys` signs, all verify."""

    def __init__(self, keys: Sequence[str], days: int, clock: Clock = system_ms) -> None:
        self._signer = ClockSigner(signing_order(keys), salt="wizard.handoff.1", clock=clock, **SIGNING)
        self._lifetime_seconds = days * DAY_SECONDS
        self._clock = clock

    def make(self, journey_id: str) -> str:
        """A URL-safe handoff of the journey. It includes the time in seconds, so it changes every second."""
        return self._signer.sign(journey_id).decode()

    def age_seconds(self, token: str) -> float:
        """How long ago `token`, which has been read, was made."""
        return self._clock() / 1000 - self._signer.unsign(token, return_timestamp=True)[1].timestamp()

    def read(self, token: str) -> str:
        """The id of the journey in `token`. Raises HandoffInvalid or HandoffExpired.

        A time in the future is accepted: another server's clock may be ahead.
        """
        if len(token) > MAX_HANDOFF_CHARACTERS or not is_canonical(token):
            raise HandoffInvalid("not a handoff")
        try:
            journey_id, made = self._signer.unsign(token, return_timestamp=True)
        except (BadData, ArithmeticError, ValueError) as error:
            raise HandoffInvalid("not a handoff") from error
        if self._clock() / 1000 - made.timestamp() > self._lifetime_seconds:
            raise HandoffExpired("the handoff has expired")
        return journey_id.decode()


def with_parameters(destination_url: str, parameters: Mapping[str, str]) -> str:
    """The URL with `parameters` appended to its query, and the rest unchanged.

    A parameter that the URL already has is not added.
    """
    address, hash_sign, fragment = destination_url.partition("#")
    query = address.partition("?")[2]
    there = parse_qs(query, keep_blank_values=True)
    added = urlencode({name: value for name, value in parameters.items() if name not in there}, quote_via=quote)
    separator = "?" if "?" not in address else "" if not query or query.endswith("&") else "&"
    return f"{address}{separator if added else ''}{added}{hash_sign}{fragment}"
