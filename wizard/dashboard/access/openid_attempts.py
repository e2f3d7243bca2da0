"""Sign-ins that were begun at the provider: kept in the session's cookie until the browser returns."""

from flask import session

from wizard.openid.attempt import Attempt
from wizard.openid.errors import OpenIDRefused

ATTEMPTS = "attempts"
"""The key of the session."""

MOST = 3
"""How many are kept: one for each tab, while there is room in the cookie."""

LONGEST_SECONDS = 600


def keep(attempt: Attempt, now_ms: int) -> None:
    """Keep `attempt` in the session, of several the latest ones."""
    made = [attempt.state, attempt.nonce, attempt.verifier, now_ms // 1000]
    session[ATTEMPTS] = [*session.get(ATTEMPTS, []), made][-MOST:]


def take(state: str, now_ms: int) -> Attempt:
    """The attempt with this `state`, which is taken out of the session. Raises OpenIDRefused."""
    kept = session.get(ATTEMPTS, [])
    session[ATTEMPTS] = [each for each in kept if each[0] != state]
    for *parts, made_s in kept:
        if parts[0] == state:
            if now_ms // 1000 - made_s > LONGEST_SECONDS:
                raise OpenIDRefused("too old")
            return Attempt(*parts)
    raise OpenIDRefused("not begun here")
