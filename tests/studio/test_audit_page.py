"""An admin reads who did what, the newest first, and finds what one person did."""

import pytest
from dashboard_app import dashboard_on
from dashboard_sign_in import EMAIL, signed_in
from flask import Flask
from support import Client, Page

from wizard.app import recorder_of
from wizard.dashboard.services import people
from wizard.storage.audit_log import AuditEntry, record

ADMIN = "chief@example.com"


@pytest.fixture
def admin(app: Flask) -> Client:
    return signed_in(app, ADMIN, "admin")


def add(app: Flask, *entries: AuditEntry) -> None:
    """Record these, each a second after the one before, before all else."""
    with recorder_of(app).log.database.writer.begin() as connection:
        for number, entry in enumerate(entries):
            record(connection, 1_700_000_000_000 + 1000 * number, entry)


def rows(page: Page) -> list[list[str]]:
    """The cells of each row."""
    return [
        [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])] for row in page.all(".audit tbody tr")
    ]


def test_the_newest_entry_is_first_with_all_that_it_says(app: Flask, admin: Client) -> None:
    people(app).set_role(EMAIL, "editor", ADMIN)
    people(app).set_role(EMAIL, "publisher", ADMIN)
    found = rows(admin.page("/studio/audit"))
    assert found[0][1:] == [ADMIN, "role changed", EMAIL, "editor", "publisher", "–"]
    assert found[1][1:] == [ADMIN, "person added", EMAIL, "–", "editor", "–"]
    assert found[2][2] == "sign-in"
    assert found[2][3].startswith("session ")
    assert found[2][6] == "link made by command line"


def test_what_one_person_did_is_found_a_page_at_a_time(app: Flask, admin: Client) -> None:
    add(app, *(AuditEntry(EMAIL, "note added", f"day {number}") for number in range(120)))
    add(app, AuditEntry(EMAIL, "note removed", "day 0"))
    page = admin.page(f"/studio/audit?who={EMAIL}&action=note+added")
    seen = rows(page)
    assert len(seen) == 50
    chosen = [str(option.get_text()) for option in page.all(".audit-filter option[selected]")]
    assert chosen == [EMAIL, "note added"]
    assert [each.get_text() for each in page.all("nav.actions a")] == ["Older entries"]
    while older := [each for each in page.all("nav.actions a") if each.get_text() == "Older entries"]:
        page = admin.page(str(older[0]["href"]))
        seen += rows(page)
    assert [row[3] for row in seen] == [f"day {number}" for number in reversed(range(120))]
    newest = page.one("nav.actions a")
    assert (newest.get_text(), newest["href"]) == (
        "Newest entries",
        "/studio/audit?who=one%40example.com&action=note+added",
    )


@pytest.mark.parametrize("query", ["before=x'--", "before=%00", "who=%00nobody", "action=%F0%9F%98%80", "who=a&who=b"])
def test_an_address_that_nobody_was_given_finds_nothing_or_everything(query: str, any_database: str) -> None:
    with dashboard_on(any_database) as app:
        page = signed_in(app, ADMIN, "admin").page(f"/studio/audit?{query}")
        assert page.status == 200
        if not query.startswith("before"):
            assert "No entries." in page.text
            assert page.one("section a")["href"] == "/studio/audit"


def test_what_people_wrote_is_plain_text(app: Flask, admin: Client) -> None:
    hostile = "<img src=x onerror=alert(1)>\u202e{{7*7}}"
    add(app, AuditEntry(EMAIL, "draft begun", hostile, before=hostile, after=hostile, note=hostile))
    page = admin.page(f"/studio/audit?who={EMAIL}")
    assert page.all("main img") == []
    assert [cell.get_text() for cell in page.all(".audit bdi")] == [hostile] * 4
