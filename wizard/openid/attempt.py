"""A sign-in by an OpenID provider: what is kept while it is under way, where it leads back to, and who it is."""

import hashlib
from dataclasses import dataclass

from wizard.openid.claims import Identity

REDIRECT_PATH, SIGNED_OUT_PATH = "/growth/sign-in/callback", "/growth/signed-out"
"""Where the provider leads back to, on the dashboard's origin. It must know these addresses."""


@dataclass(frozen=True)
class Attempt:
    """A sign-in that was begun: what the browser keeps of it until it returns from the provider."""

    state: str
    nonce: str
    verifier: str

    @property
    def session_id(self) -> str:
        """The id of the one session that this attempt can open. It is not known to who sees the addresses."""
        return hashlib.sha256(b"wizard.openid.1" + self.verifier.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class SignedIn:
    """Who signed in, and the ID token that says so, for signing out at the provider."""

    identity: Identity
    id_token: str
