"""The commands that list shared views and revoke them."""

import json

import pytest
from cli_runner import failing, run
from support import KEY

from wizard.clock import system_ms
from wizard.dashboard.sharing.shared_views import SharedViewRefused, SharedViews
from wizard.events.log import Log

VIEW = "period=28d&source=newsletter"


def views_of(log: Log) -> SharedViews:
    return SharedViews(log.database, [KEY], system_ms)


def test_the_list_shows_who_shared_what_and_how_often_it_was_opened(log: Log) -> None:
    assert run("shared", "list").startswith("No shared links yet.")
    views = views_of(log)
    link_id = views.add(VIEW, "one@example.com", 7)
    heading, row = run("shared", "list").splitlines()
    assert heading.startswith("id ")
    assert row.split()[:3] == [link_id, VIEW, "one@example.com"]
    assert row.split()[-3:] == ["0", "-", "open"]
    views.record_opening(link_id)
    [record] = json.loads(run("shared", "list", "--json"))
    assert (record["link_id"], record["query"], record["opened"], record["state"]) == (link_id, VIEW, 1, "open")
    assert set(record) == {"link_id", "query", "email", "made", "expires", "revoked", "last", "opened", "state"}
    assert record["last"] >= record["made"]


def test_revoking_ends_a_link_at_once(log: Log) -> None:
    views = views_of(log)
    link_id = views.add(VIEW, "one@example.com", 7)
    token = views.token(link_id)
    assert run("shared", "revoke", link_id) == f"{link_id}: revoked, after it was opened 0 times.\n"
    with pytest.raises(SharedViewRefused, match="revoked"):
        views.open(token)
    assert run("shared", "revoke", link_id) == f"{link_id}: was already revoked.\n"
    assert json.loads(run("shared", "list", "--json"))[0]["state"] == "revoked"


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("given", ["none", "\u202e", "x" * 200])
def test_an_unknown_id_is_refused_in_one_line(
    given: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = failing(monkeypatch, capsys, "shared", "revoke", given)
    assert line.startswith("wizard: ID: given ")
    assert "`wizard shared list`" in line
    assert len(line) < 200
    assert line.isprintable()
