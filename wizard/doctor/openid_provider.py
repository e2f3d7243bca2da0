"""Checks from inside whether colleagues can sign in with the OpenID provider, if there is one."""

from wizard.doctor.finding import Finding, ok, problem, warning
from wizard.doctor.installation import Installation
from wizard.openid.attempt import REDIRECT_PATH
from wizard.openid.errors import ProviderUnavailable


def openid_provider(found: Installation) -> Finding:
    """Whether the provider's configuration and keys can be read, and where it must lead back to."""
    name, settings = "openid-provider", found.settings
    if not settings.oidc_issuer:
        return ok(name, "Colleagues sign in with links.")
    from wizard.openid.client import OpenIDClient  # a large import, for what not every installation has

    try:
        OpenIDClient(settings, found.clock).check()
    except ProviderUnavailable as error:
        return problem(
            name,
            f"The OpenID provider at {settings.oidc_issuer} can't be used ({error}).",
            "Start it, or correct WIZARD_OIDC_ISSUER. Until then, colleagues sign in with links: wizard sign-in-link.",
        )
    origin = settings.dashboard_url or settings.public_origin
    if not origin:
        return warning(
            name,
            "The address that the OpenID provider leads back to follows the Host of each request.",
            f"Set WIZARD_DASHBOARD_URL, and tell the provider that address with {REDIRECT_PATH}.",
        )
    return ok(name, f"Colleagues sign in with {settings.oidc_issuer}, which leads back to {origin}{REDIRECT_PATH}.")
