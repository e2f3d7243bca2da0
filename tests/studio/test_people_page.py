"""An admin lets people in, changes what they may do, and puts them out, on one page."""

from urllib.parse import urlsplit

import pytest
from dashboard_sign_in import EMAIL, link, press, signed_in
from flask import Flask
from support import Client, Page, client_of

from wizard.app import recorder_of
from wizard.dashboard.services import people, sign_ins
from wizard.storage.audit_entries import Asked, read_entries

ADMIN = "chief@example.com"


@pytest.fixture
def admin(app: Flask) -> Client:
    return signed_in(app, ADMIN, "admin")


def send(client: Client, path: str, **fields: str) -> Page:
    """Send a form of the page, and follow to the page that it leads to."""
    token = client.page("/studio/people").fields["csrf_token"]
    response = client.post(path, data={"csrf_token": token, **fields})
    if response.status_code == 303:
        assert response.headers["Location"] == "/studio/people"
        return client.page("/studio/people")
    return Page(response)


def invite(client: Client, email: str = EMAIL, role: str = "editor", hours: str = "24") -> Page:
    return send(client, "/studio/people", email=email, role=role, hours=hours)


def roles(page: Page) -> dict[str, str]:
    """The chosen role of everybody in the list."""
    return {
        str(form.select_one("input[name=email]")["value"]): form.select_one("option[selected]").get_text()  # type: ignore[index, union-attr]
        for form in page.all("form.role")
    }


def test_a_link_is_shown_once_and_lets_in_with_its_role(app: Flask, admin: Client) -> None:
    page = invite(admin, " One@Example.com ", "publisher", "168")
    shown = urlsplit(str(page.one("#address")["value"]))
    assert f"Send it to {EMAIL} alone" in page.text
    assert "with the role publisher" in page.text.replace(" .", ".")
    assert admin.page("/studio/people").all("#address") == []
    client = client_of(app)
    assert press(client, client.page(f"{shown.path}?{shown.query}")).status_code == 303
    assert roles(admin.page("/studio/people")) == {ADMIN: "admin", EMAIL: "publisher"}
    with recorder_of(app).log.database.reader.connect() as connection:
        [made] = read_entries(connection, Asked(who=ADMIN, action="sign-in link made"))
    assert (made.subject, made.after) == (EMAIL, "publisher")


def test_an_address_that_is_none_is_refused_beside_its_field_and_stays_in_it(admin: Client) -> None:
    page = invite(admin, "one", "publisher")
    assert page.status == 400
    assert page.one("#email")["value"] == "one"
    assert page.one("#role option[selected]")["value"] == "publisher"
    assert page.one("#email-problem").get_text().startswith("E-mail: given 'one'; allowed: an e-mail address")


@pytest.mark.parametrize("changed", [{"role": "owner"}, {"role": ""}, {"hours": "169"}, {"hours": "x"}])
def test_a_form_that_the_page_does_not_send_makes_no_link(changed: dict[str, str], app: Flask, admin: Client) -> None:
    fields = {"email": EMAIL, "role": "viewer", "hours": "24", **changed}
    page = send(admin, "/studio/people", **fields)
    assert (page.status, page.heading) == (400, "Please try again")
    assert [each.email for each in sign_ins(app).all()] == [ADMIN]


def test_a_role_is_changed_and_the_page_says_so(app: Flask, admin: Client) -> None:
    client = signed_in(app, role="viewer")
    assert client.get("/studio/people").status_code == 403
    page = send(admin, "/studio/people/role", email=EMAIL, role="admin")
    assert page.one(".banner").get_text() == f"{EMAIL} has the role admin now."
    assert roles(page) == {ADMIN: "admin", EMAIL: "admin"}
    assert client.page("/studio/people").status == 200
    assert admin.page("/studio/people").all(".banner") == []


def test_the_only_admin_can_neither_be_demoted_nor_removed(app: Flask, admin: Client) -> None:
    page = send(admin, "/studio/people/role", email=ADMIN, role="viewer")
    assert page.status == 400
    assert page.one(".alarm").get_text() == f"{ADMIN} is the only admin; give somebody else that role first"
    assert people(app).admins() == [ADMIN]


def test_nobody_removes_themselves(app: Flask, admin: Client) -> None:
    people(app).set_role(EMAIL, "admin", "test")
    page = send(admin, "/studio/people/remove", email=ADMIN)
    assert page.status == 400
    assert page.one(".alarm").get_text().startswith("Nobody can remove themselves.")
    own = [row for row in page.all(".access tbody tr") if row.select(".badge")]
    assert [row.select("details") for row in own] == [[]]


def test_who_is_signed_out_may_come_back_with_a_new_link(app: Flask, admin: Client) -> None:
    client, waiting = signed_in(app, role="editor"), link(app)
    page = send(admin, "/studio/people/sign-out", email=EMAIL)
    assert "Sessions ended: 1; unused links revoked: 1." in page.one(".banner").get_text()
    assert client.page("/growth").status == client_of(app).page(waiting).status == 401
    assert roles(page)[EMAIL] == "editor"


def test_who_is_removed_is_out_at_once(app: Flask, admin: Client) -> None:
    client = signed_in(app, role="editor")
    page = send(admin, "/studio/people/remove", email=EMAIL)
    assert page.one(".banner").get_text() == f"{EMAIL} is removed."
    assert client.page("/growth").status == 401
    assert roles(page) == {ADMIN: "admin"}
    again = send(admin, "/studio/people/remove", email=EMAIL)
    assert again.one(".banner").get_text() == f"{EMAIL} was removed before."


@pytest.mark.parametrize("email", ["", "x", "a b@example.com", "a" * 300 + "@example.com"])
def test_an_address_that_no_button_sends_does_nothing(email: str, app: Flask, admin: Client) -> None:
    for action in ("role", "sign-out", "remove"):
        page = send(admin, f"/studio/people/{action}", email=email, role="admin")
        assert (page.status, page.heading) == (400, "Please try again")
    assert [person.email for person in people(app).all()] == [ADMIN]


def test_hostile_addresses_are_shown_as_plain_text(app: Flask, admin: Client) -> None:
    hostile = "<script>alert(1)</script>{{7*7}}@example.com"
    page = invite(admin, hostile)
    assert page.status == 200
    assert page.all("main script") == []
    assert [each.get_text() for each in page.all(".made b")] == [hostile, "editor"]
    assert hostile in roles(page)
    assert people(app).all()[0].email == hostile


def test_only_admins_see_the_links_to_these_pages(app: Flask, admin: Client) -> None:
    del app
    hrefs = [str(each["href"]) for each in admin.page("/studio/people").all(".studio-nav a")]
    assert hrefs == ["/studio", "/studio/versions", "/studio/people", "/studio/audit"]
