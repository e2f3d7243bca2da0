"""The handoff: what a recommendation link adds to the destination's address, so that a signup there can be reported.

It names the journey and says nothing else: not what was answered, and not who answered.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, quote, urlencode

from itsdangerous import BadData, TimestampSigner

from wizard.clock import Clock, system_ms
from wizard.errors import WizardError
from wizard.signing import SIGNING, is_canonical, signing_order

PARAMETER = "wizard_handoff"
MAX_HANDOFF_CHARACTERS = 256  # three times as long as any of ours
DAY_SECONDS = 86_400


class HandoffError(WizardError):
    """A handoff that names no journey to report to."""


class HandoffInvalid(HandoffError):
    """It is not one of ours: changed, cut short, signed with a retired key, or never made at all."""


class HandoffExpired(HandoffError):
    """It is ours, but was made too long ago."""


class Handoffs:
    """Makes handoffs, and reads them for so many `days`.

    `keys` as the setting has them: the first signs, all verify.
    """

    def __init__(self, keys: Sequence[str], days: int, clock: Clock = system_ms) -> None:
        self._signer = _Signer(clock, signing_order(keys), salt="wizard.handoff.1", **SIGNING)
        self._lifetime_seconds = days * DAY_SECONDS
        self._clock = clock

    def make(self, journey_id: str) -> str:
        """The handoff of a journey, safe in an address; it says when it was made, so it differs each second."""
        return self._signer.sign(journey_id).decode()

    def read(self, token: str) -> str:
        """The id of the journey that `token` names. Raises HandoffInvalid or HandoffExpired.

        A time that lies ahead is no fault: it is another server's clock.
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


class _Signer(TimestampSigner):
    """A signer that has the time from `clock`."""

    def __init__(self, clock: Clock, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self._clock = clock

    def get_timestamp(self) -> int:
        return self._clock() // 1000


def with_parameters(destination_url: str, parameters: Mapping[str, str]) -> str:
    """The address with `parameters` at the end of its query; all that was there stays as it was written.

    A parameter that is there already is left as it is.
    """
    address, hash_sign, fragment = destination_url.partition("#")
    query = address.partition("?")[2]
    there = parse_qs(query, keep_blank_values=True)
    added = urlencode({name: value for name, value in parameters.items() if name not in there}, quote_via=quote)
    separator = "?" if "?" not in address else "" if not query or query.endswith("&") else "&"
    return f"{address}{separator if added else ''}{added}{hash_sign}{fragment}"
