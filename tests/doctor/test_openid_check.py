"""What `wizard doctor` finds of the OpenID provider."""

from openid_provider import Provider
from support import settings

from wizard.doctor.installation import Installation
from wizard.doctor.openid_provider import openid_provider

PLACE = {"dashboard_url": "https://wizard.example.com", "public_url": "https://wizard.example.com"}


def test_without_a_provider_there_is_nothing_to_check() -> None:
    assert openid_provider(Installation(settings(), {})).found == "Colleagues sign in with links."


def test_a_provider_that_answers_is_ok_and_the_address_to_register_is_said(openid: Provider) -> None:
    finding = openid_provider(Installation(settings(**openid.settings, **PLACE), {}))
    assert finding.result == "ok"
    assert finding.found.endswith("leads back to https://wizard.example.com/growth/sign-in/callback.")


def test_without_an_address_of_the_dashboard_it_is_a_warning(openid: Provider) -> None:
    finding = openid_provider(Installation(settings(**openid.settings), {}))
    assert (finding.result, "WIZARD_DASHBOARD_URL" in finding.advice) == ("warning", True)


def test_a_provider_that_is_another_or_has_no_keys_is_a_problem(openid: Provider) -> None:
    found = Installation(settings(**openid.settings), {})
    openid.say(configuration={"issuer": "https://another.example.com"})
    finding = openid_provider(found)
    assert finding.result == "problem"
    assert "of another issuer than WIZARD_OIDC_ISSUER" in finding.found
    openid.say(at="/jwks", status=404)
    assert "its keys: status 404" in openid_provider(found).found
