"""Why a sign-in by an OpenID provider does not succeed."""

from typing import Literal

from wizard.errors import WizardError

Reason = Literal[
    "stopped at the provider",
    "not begun here",
    "too old",
    "replayed",
    "refused by the provider",
    "wrong issuer",
    "bad ID token",
    "bad user info",
    "wrong audience",
    "expired",
    "wrong nonce",
    "no e-mail address",
    "unverified e-mail address",
    "domain not allowed",
    "no role",
]
"""For the server's log. What the provider or a visitor sent is never part of it."""


class OpenIDRefused(WizardError):
    """A sign-in that is refused, for a `reason`. `email` is whose, where the provider vouches for it; else ""."""

    def __init__(self, reason: Reason, detail: str = "", email: str = "") -> None:
        super().__init__(f"{reason} ({detail})" if detail else reason)
        self.reason = reason
        self.email = email


class ProviderUnavailable(WizardError):
    """The provider can't be reached, or answers nothing that can be used; the message says what, for the log."""
