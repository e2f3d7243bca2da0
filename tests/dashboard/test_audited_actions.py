"""What colleagues do on the dashboard is in the audit log, without what other tables delete after a time."""

import logging

import pytest
from dashboard_sign_in import EMAIL, signed_in
from flask import Flask
from sqlalchemy.exc import OperationalError
from support import Client

from wizard.app import recorder_of
from wizard.dashboard.journeys import views
from wizard.dashboard.services import shared_views
from wizard.storage.audit_entries import Asked, Recorded, read_entries


def told(app: Flask, *actions: str) -> list[Recorded]:
    """The entries of these actions, the oldest first."""
    with recorder_of(app).log.database.reader.connect() as connection:
        found = read_entries(connection, Asked(who=EMAIL))
    return [each for each in reversed(found) if each.action in actions]


def send(client: Client, path: str, **fields: str) -> int:
    """Send a form with the token of the session. Returns the response's status."""
    token = client.page("/growth/notes").fields["csrf_token"]
    return client.post(path, data={"csrf_token": token, **fields}).status_code


def test_notes_are_recorded_by_their_day_and_not_by_their_text(app: Flask) -> None:
    client = signed_in(app)
    assert send(client, "/growth/notes", day="2026-11-01", text="a secret") == 303
    note = str(client.page("/growth/notes").one(".notes > li")["id"]).removeprefix("note-")
    assert send(client, f"/growth/notes/{note}", day="2026-11-01", text="another") == 303
    assert send(client, f"/growth/notes/{note}", day="2026-11-02", text="another") == 303
    assert send(client, f"/growth/notes/{note}/remove") == 303
    assert send(client, f"/growth/notes/{note}/remove") == 404
    found = told(app, "note added", "note changed", "note removed")
    assert [(each.action, each.subject, each.before, each.after) for each in found] == [
        ("note added", f"note {note}", "", "2026-11-01"),
        ("note changed", f"note {note}", "", ""),
        ("note changed", f"note {note}", "2026-11-01", "2026-11-02"),
        ("note removed", f"note {note}", "2026-11-02", ""),
    ]
    assert {each.note for each in found} == {""}


def test_shared_views_are_recorded_by_their_id_and_not_by_what_they_show(app: Flask) -> None:
    client = signed_in(app)
    assert send(client, "/growth/shared", query="period=7d&utm_source=x", days="30", dates="moving") == 303
    [view] = shared_views(app).all()
    for _ in range(2):
        assert send(client, "/growth/revoke-shared", link=view.link_id) == 303
    found = told(app, "view shared", "shared view revoked")
    assert [(each.action, each.subject, each.before, each.after, each.note) for each in found] == [
        ("view shared", view.link_id, "", "", "30 days"),
        ("shared view revoked", view.link_id, "", "", f"shared by {EMAIL}"),
    ]


def test_exports_are_recorded_by_the_name_of_their_file(app: Flask) -> None:
    client = signed_in(app)
    for method in ("HEAD", "GET"):
        client.open("/growth/export/journeys.csv?since=2026-11-01&until=2026-11-28", method=method)
    client.get("/growth/export/journeys.csv?since=x")
    client.get("/growth/export/nothing.csv")
    assert [each.subject for each in told(app, "journeys exported")] == ["wizard-journeys-2026-11-01-to-2026-11-28.csv"]


def test_an_export_goes_on_where_it_can_not_be_recorded(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError(None, None, Exception("no room"))

    client = signed_in(app)
    monkeypatch.setattr(views, "record", fail)
    with caplog.at_level(logging.WARNING):
        assert client.get("/growth/export/journeys.csv").status_code == 200
    assert "an export can't be recorded in the audit log" in caplog.text


def test_signing_out_and_in_again_are_recorded(app: Flask) -> None:
    client = signed_in(app)
    assert send(client, "/growth/sign-out") == 200
    came, left = told(app, "sign-in", "sign-out")
    assert came.subject == left.subject
    assert (came.after, came.note) == ("viewer", "link made by command line")
