"""Posts from elsewhere are refused, and those from our own pages are not, in any browser."""

import pytest
from support import Client, Page, client_of, settings

from wizard.app import create_app


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://proxied.example"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({}, True),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "https://wizard.example.com"}, True),
        ({"Origin": "http://wizard.example.com"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "http://localhost:81"}, False),
        ({"Origin": "http://localhost.evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
    ],
)
def test_a_post_is_taken_from_our_own_pages_alone(headers: dict[str, str], taken: bool) -> None:
    client = client_of(create_app(settings(public_url="https://wizard.example.com")))
    response = client.submit(client.page("/"), "job", headers=headers)
    assert response.status_code == (303 if taken else 403)
    if not taken:
        page = Page(response)
        assert page.heading == "That answer came from another site"
        assert page.one("main a.button")["href"] == "/"


def test_a_post_from_a_name_in_other_letters_is_one_of_our_own(client: Client) -> None:
    name = "xn--bcher-kva.example"
    page = client.page("/", headers={"Host": name})
    assert client.submit(page, "job", headers={"Host": name, "Origin": f"http://{name}"}).status_code == 303


def test_a_page_may_be_opened_from_anywhere(client: Client) -> None:
    for site in ("cross-site", "none", "same-site"):
        assert (
            client.page("/?who=job", headers={"Sec-Fetch-Site": site, "Origin": "https://blog.example"}).status == 200
        )
