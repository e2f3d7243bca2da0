"""Makes one-time sign-in links."""

from urllib.parse import urlencode

from wizard.clock import system_ms
from wizard.config import GENERATED_KEY, Settings
from wizard.dashboard.access.roles import Role
from wizard.dashboard.access.sign_ins import SignIns
from wizard.email_addresses import MAX_CHARACTERS as MAX_EMAIL_CHARACTERS
from wizard.email_addresses import email_address
from wizard.errors import WizardError
from wizard.events.open_log import opened_log
from wizard.keys import keys_of
from wizard.storage.audit_log import COMMAND_LINE
from wizard.web.areas import DASHBOARD


class InvitationError(WizardError):
    """No link can be made; the message says what is allowed."""


def read_email(text: str, name_of_it: str = "--email") -> str:
    """`text` as an e-mail address without surrounding space, in lower case. Raises InvitationError.

    Nothing is sent to it: it names a person, who has a role. `name_of_it` is what the message calls it.
    """
    try:
        return email_address(text)
    except ValueError as error:
        shown = ascii(text) if len(text) <= MAX_EMAIL_CHARACTERS else f"{len(text)} characters"
        raise InvitationError(
            f"{name_of_it}: given {shown}; allowed: an e-mail address such as one@example.com, without spaces, "
            f"of at most {MAX_EMAIL_CHARACTERS} characters"
        ) from error


def invite(  # noqa: PLR0913  # what a link is made of
    settings: Settings, origin: str, email: str, hours: int, *, role: Role | None = None, by: str = COMMAND_LINE
) -> str:
    """A new one-time sign-in link for `email` at `origin`, valid for `hours`, made `by` a command. Raises WizardError.

    It gives `role`; without one, the role that the person has, or else viewer.
    No key is generated here, since no server would verify with it.
    """
    if not settings.secret_keys and not GENERATED_KEY.exists():
        raise InvitationError(
            f"WIZARD_SECRET_KEYS: not set, and there is no {GENERATED_KEY} in this folder, so no server would know the "
            "link; set it as for the server, or run this in the server's folder"
        )
    with opened_log(settings, writes=True) as log:
        token = SignIns(log.database, keys_of(settings), system_ms).invite(read_email(email), hours, role, by)
    return address_of(origin, token)


def address_of(origin: str, token: str) -> str:
    """The address of the page of a link."""
    return f"{origin}{DASHBOARD}/sign-in?{urlencode({'link': token})}"
