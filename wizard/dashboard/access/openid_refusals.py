"""What a colleague is told whose sign-in by the provider did not succeed, and how they can go on."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from wizard.openid.errors import OpenIDRefused, Reason


class Refusal(NamedTuple):
    """Heading and text of the page, with `{name}` of the provider and `{email}`, and its status."""

    title: str
    text: str
    status: int = HTTPStatus.UNAUTHORIZED


AGAIN = Refusal(
    "Start the sign-in again",
    "A sign-in works once, within ten minutes, and in the browser that it was started in. Start it again.",
)
UNUSABLE = Refusal(
    "Sign-in failed",
    "The answer of {name} can't be accepted. The server's log says why. Try again. If it fails again, tell who runs "
    "the server.",
)
NO_ADDRESS = Refusal(
    "No e-mail address",
    "{name} did not say your e-mail address, which names you here. Tell who runs the server, or manages your account.",
    HTTPStatus.FORBIDDEN,
)
UNVERIFIED = Refusal(
    "Your e-mail address isn't verified",
    "{name} says that you are {email}, but not that this was verified. Verify the address there, then sign in again.",
    HTTPStatus.FORBIDDEN,
)
OTHER_DOMAIN = Refusal(
    "This address can't sign in here",
    "{name} says that you are {email}. Addresses of that domain are not allowed here.",
    HTTPStatus.FORBIDDEN,
)
NO_ROLE = Refusal(
    "You have no role here",
    "{name} says that you are {email}, but your groups or roles there give you none here. Ask who manages your "
    "account there.",
    HTTPStatus.FORBIDDEN,
)
STOPPED = Refusal("You're not signed in", "The sign-in was stopped at {name}. Nothing was changed.")

REFUSALS: Mapping[Reason, Refusal] = {
    "stopped at the provider": STOPPED,
    "not begun here": AGAIN,
    "too old": AGAIN,
    "replayed": AGAIN,
    "no e-mail address": NO_ADDRESS,
    "unverified e-mail address": UNVERIFIED,
    "domain not allowed": OTHER_DOMAIN,
    "no role": NO_ROLE,
}
"""By reason. Of all others, nobody but the operator can do something: `UNUSABLE`."""

UNAVAILABLE = Refusal(
    "{name} can't be reached right now",
    "The server got no usable answer from the sign-in of {name}. Try again in a minute, or sign in with a link.",
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def refusal_of(refused: OpenIDRefused, name: str) -> Refusal:
    """What to say of `refused`."""
    return filled(REFUSALS.get(refused.reason, UNUSABLE), name, refused.email)


def filled(refusal: Refusal, name: str, email: str = "") -> Refusal:
    """`refusal` with the provider's name and the address filled in."""
    title, text = (each.format(name=name, email=email) for each in (refusal.title, refusal.text))
    return Refusal(title, text, refusal.status)
