"""What a signup service meets when it confirms a signup."""

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conversion_app import DAY, JOURNEY, KEYS, MAX_BODY_BYTES, NOW, Wizard, viewed, wizard_at
from support import KEY
from werkzeug.test import TestResponse

from wizard.conversion_api.api import AT_ONCE, BUSY_SECONDS
from wizard.events.handoff import Handoffs
from wizard.events.model import Conversion


@pytest.fixture
def wizard(tmp_path: Path) -> Iterator[Wizard]:
    made = wizard_at(tmp_path)
    yield made
    made.log.database.dispose()


def conversions(wizard: Wizard) -> list[Conversion]:
    return [event for event in wizard.log.read() if isinstance(event, Conversion)]


def is_problem(response: TestResponse, status: int) -> dict[str, Any]:
    """The body of a problem, which must be one by RFC 9457 and say so."""
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    body: dict[str, Any] = json.loads(response.data)
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert response.status == f"{status} {body['title'].upper()}"
    assert body["detail"].endswith(".")
    return body


def test_a_confirmed_signup_is_logged_and_says_so(wizard: Wizard) -> None:
    response = wizard.confirm(value=49.5)
    assert response.status_code == 201
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    [event] = conversions(wizard)
    assert response.json == {"event_id": event.event_id, "new": True}
    assert (event.deployment, event.value) == ("cloud", 49.5)
    row = wizard.log.journey(JOURNEY)
    assert row is not None
    assert (row.converted, row.converted_deployment, row.value) == (1, "cloud", 49.5)
    assert wizard.rejected == []


def test_the_conversion_carries_what_the_journey_began_with(wizard: Wizard) -> None:
    wizard.confirm()
    began, [event] = viewed().context, conversions(wizard)
    context = event.context
    assert (context.turn, context.answers, context.ts_ms) == (0, {}, int(NOW * 1000))
    for name in ("journey_id", "entry", "continued_from", "flow_version", "wording_version", "locale", "device"):
        assert getattr(context, name) == getattr(began, name)
    assert context.attribution == began.attribution


def test_the_same_signup_again_is_answered_and_changes_nothing(wizard: Wizard) -> None:
    first = wizard.confirm(value=10)
    before = wizard.log.journey(JOURNEY)
    wizard.now += DAY
    again = wizard.confirm(value=99)
    assert (again.status_code, again.json) == (200, {"event_id": first.json["event_id"], "new": False})  # type: ignore[index]
    assert [event.value for event in conversions(wizard)] == [10]
    assert wizard.log.journey(JOURNEY) == before


def test_a_signup_for_another_deployment_is_another(wizard: Wizard) -> None:
    assert [wizard.confirm(deployment=name).status_code for name in ("cloud", "on_premise", "cloud")] == [201, 201, 200]
    assert {event.deployment for event in conversions(wizard)} == {"cloud", "on_premise"}


def test_of_many_at_once_one_is_new(wizard: Wizard) -> None:
    with ThreadPoolExecutor(8) as clients:
        statuses = list(clients.map(lambda _: wizard.confirm().status_code, range(24)))
    assert sorted(statuses) == [200] * 23 + [201]
    assert len(conversions(wizard)) == 1


@pytest.mark.parametrize(
    ("value", "logged"), [(..., None), (None, None), (0, 0.0), (0.01, 0.01), (7, 7.0), (1e12, 1e12)]
)
def test_a_value_is_a_number_or_not_told(value: Any, logged: float | None, wizard: Wizard) -> None:
    assert wizard.confirm(value=value).status_code == 201
    assert [event.value for event in conversions(wizard)] == [logged]


@pytest.mark.parametrize("key", KEYS)
def test_any_of_the_keys_will_do(key: str, wizard: Wizard) -> None:
    response = wizard.client.post(
        "/api/conversions",
        json={"handoff": wizard.handoffs.make(JOURNEY), "deployment": "cloud"},
        headers={"Authorization": f"bearer  {key.encode().decode('latin-1')}"},
    )
    assert response.status_code == 201


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer a wrong key that is as long",
        f"Bearer {KEYS[0][:-1]}",
        f"Bearer {KEYS[0]}x",
        f"Bearer {KEY}",
        f"Basic {KEYS[0]}",
        KEYS[0],
        f"Bearer {','.join(KEYS)}",
        "Bearer \xe9\xff",
    ],
)
@pytest.mark.parametrize("body", [b'{"handoff": "x", "deployment": "cloud"}', b"", b"{", b"x" * (MAX_BODY_BYTES + 1)])
def test_without_a_key_nothing_else_is_looked_at(authorization: str | None, body: bytes, wizard: Wizard) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    response = wizard.client.post("/api/conversions", data=body, headers=headers)
    told = is_problem(response, 401)
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert told == is_problem(wizard.client.post("/api/conversions"), 401)
    assert wizard.rejected == ["unauthorized"] * 2


def test_where_no_key_is_set_nobody_is_let_in(tmp_path: Path) -> None:
    wizard = wizard_at(tmp_path, keys=())
    is_problem(wizard.confirm(key=""), 401)
    is_problem(wizard.confirm(), 401)
    wizard.log.database.dispose()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe\xfd",
        b"handoff=x",
        b'{"value": NaN}',
        b'{"value": -Infinity}',
        b"[" * MAX_BODY_BYTES,
        b"9" * MAX_BODY_BYTES,
        b"[]",
        b"null",
        b'"text"',
        b"1",
        b"\xef\xbb\xbf[]",
    ],
)
def test_what_is_no_json_object_is_refused(body: bytes, wizard: Wizard) -> None:
    is_problem(wizard.confirm(body), 400)
    assert wizard.rejected == ["malformed"]


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_what_is_not_sent_as_json_is_refused(content_type: str | None, wizard: Wizard) -> None:
    response = wizard.client.post(
        "/api/conversions", data=b"{}", headers={"Authorization": f"Bearer {KEYS[0]}"}, content_type=content_type
    )
    assert "application/json" in is_problem(response, 415)["detail"]
    assert wizard.rejected == ["malformed"]


def test_a_body_that_is_too_long_is_refused(wizard: Wizard) -> None:
    is_problem(wizard.confirm(b'{"handoff": "' + b"x" * MAX_BODY_BYTES + b'"}'), 413)
    assert wizard.rejected == ["oversized"]


@pytest.mark.parametrize(
    ("changed", "pointers"),
    [
        ({"handoff": ...}, ["#/handoff"]),
        ({"handoff": None}, ["#/handoff"]),
        ({"handoff": 7}, ["#/handoff"]),
        ({"handoff": ""}, ["#/handoff"]),
        ({"handoff": JOURNEY}, ["#/handoff"]),
        ({"handoff": "\ud800"}, ["#/handoff"]),
        ({"deployment": ...}, ["#/deployment"]),
        ({"deployment": "Cloud"}, ["#/deployment"]),
        ({"deployment": ["cloud"]}, ["#/deployment"]),
        ({"deployment": {}}, ["#/deployment"]),
        ({"value": -0.01}, ["#/value"]),
        ({"value": "7"}, ["#/value"]),
        ({"value": True}, ["#/value"]),
        ({"value": False}, ["#/value"]),
        ({"value": 1.1e12}, ["#/value"]),
        ({"value": 10**400}, ["#/value"]),
        ({"value": [7]}, ["#/value"]),
        ({"vlaue": 7}, ["#/vlaue"]),
        ({"a/b~c \ud800": 7}, ["#/a~1b~0c%20%3F"]),
        ({"x" * 500: 7}, ["#/" + "x" * 50]),
        ({"handoff": ..., "deployment": "x", "value": "y"}, ["#/handoff", "#/deployment", "#/value"]),
    ],
)
def test_each_member_that_is_wrong_is_named(changed: dict[str, Any], pointers: list[str], wizard: Wizard) -> None:
    told = is_problem(wizard.confirm(**changed), 422)
    assert [error["pointer"] for error in told["errors"]] == pointers
    assert all(error["detail"] for error in told["errors"])
    assert wizard.rejected == ["invalid"]
    assert conversions(wizard) == []


def test_a_value_beyond_all_numbers_is_refused(wizard: Wizard) -> None:
    body = json.dumps({"handoff": wizard.handoffs.make(JOURNEY), "deployment": "cloud"})[:-1] + ', "value": 1e999}'
    told = is_problem(wizard.confirm(body.encode()), 422)
    assert [error["pointer"] for error in told["errors"]] == ["#/value"]


def test_another_wizards_handoff_is_refused(wizard: Wizard) -> None:
    foreign = Handoffs(("the key of some other wizard",), 90, clock=lambda: int(NOW * 1000)).make(JOURNEY)
    is_problem(wizard.confirm(handoff=foreign), 422)
    assert wizard.rejected == ["invalid"]


def test_a_handoff_is_good_for_its_days_and_then_gone(wizard: Wizard) -> None:
    token = wizard.handoffs.make(JOURNEY)
    wizard.now += 90 * DAY + 1
    assert "expired" in is_problem(wizard.confirm(handoff=token), 410)["detail"]
    wizard.now -= 1
    assert wizard.confirm(handoff=token).status_code == 201
    assert wizard.rejected == ["expired"]


def test_a_journey_that_was_erased_is_gone(wizard: Wizard) -> None:
    wizard.log.erase([JOURNEY])
    assert "erased" in is_problem(wizard.confirm(), 410)["detail"]
    assert wizard.rejected == ["erased"]
    assert wizard.log.count() == 0


def test_while_events_wait_for_the_log_an_unknown_journey_may_yet_come(wizard: Wizard) -> None:
    wizard.is_caught_up = False
    late = wizard.handoffs.make("a-journey-in-the-journal")
    response = wizard.confirm(handoff=late)
    is_problem(response, 503)
    assert int(response.headers["Retry-After"]) > 0
    assert wizard.confirm().status_code == 201  # one that is there is not in the way of it
    wizard.log.append([viewed("a-journey-in-the-journal")])
    assert wizard.confirm(handoff=late).status_code == 201
    assert wizard.rejected == ["unavailable"]


def test_an_unknown_journey_may_wait_on_another_machine_for_a_day(wizard: Wizard) -> None:
    late = wizard.handoffs.make("a-journey-elsewhere")
    wizard.now += DAY - 1
    response = wizard.confirm(handoff=late)
    is_problem(response, 503)
    assert int(response.headers["Retry-After"]) > 0
    wizard.now += 1
    assert "erased" in is_problem(wizard.confirm(handoff=late), 410)["detail"]
    assert wizard.rejected == ["unavailable", "erased"]


def test_what_was_erased_is_gone_at_once_though_it_may_wait_in_a_journal(wizard: Wizard) -> None:
    wizard.is_caught_up = False
    early = wizard.handoffs.make("a-journey-elsewhere")
    wizard.log.erase(["a-journey-elsewhere"])
    assert "erased" in is_problem(wizard.confirm(handoff=early), 410)["detail"]


@pytest.mark.parametrize("table", ["journeys", "events"])
def test_what_can_not_be_committed_is_not_acknowledged(
    table: str, wizard: Wizard, caplog: pytest.LogCaptureFixture
) -> None:
    token = wizard.handoffs.make(JOURNEY)
    with wizard.log.database.writer.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO hidden")
    response = wizard.confirm(handoff=token)
    is_problem(response, 503)
    assert int(response.headers["Retry-After"]) > 0
    assert wizard.rejected == ["unavailable"]
    assert [record.getMessage() for record in caplog.records] == [
        f"a conversion can't be logged: no such table: {table}"
    ]
    with wizard.log.database.writer.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE hidden RENAME TO {table}")
    assert wizard.confirm(handoff=token).status_code == 201


def test_no_token_and_no_key_is_logged_or_told_again(wizard: Wizard, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    token = wizard.handoffs.make(JOURNEY)
    told = [
        wizard.confirm(handoff=token),
        wizard.confirm(handoff=token[:-1]),
        wizard.confirm(key="a wrong key of mine"),
    ]
    wizard.log.erase([JOURNEY])
    told.append(wizard.confirm(handoff=token))
    assert [response.status_code for response in told] == [201, 422, 401, 410]
    for text in (caplog.text, *(response.text for response in told)):
        assert not re.search(rf"{JOURNEY}|a wrong key|{KEYS[0]}", text)


@pytest.mark.parametrize("address", ["/api", "/api/", "/api/conversion", "/api/conversions/", "/api/x\u00e9\x00"])
def test_an_address_that_leads_nowhere_is_a_problem(address: str, wizard: Wizard) -> None:
    is_problem(wizard.client.post(address), 404)
    assert wizard.rejected == []


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("GET", "/api/conversions", {"OPTIONS", "POST"}),
        ("DELETE", "/api/conversions", {"OPTIONS", "POST"}),
        ("POST", "/api/openapi.json", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_a_problem_that_names_the_right_ones(
    method: str, address: str, allowed: set[str], wizard: Wizard
) -> None:
    response = wizard.client.open(address, method=method)
    is_problem(response, 405)
    assert set(response.headers["Allow"].split(", ")) == allowed


def test_a_redirect_and_other_peoples_errors_are_left_alone(wizard: Wizard) -> None:
    assert wizard.client.get("/api//openapi.json").status_code == 308
    assert wizard.client.get("/apiary").mimetype == "text/html"


def test_a_fault_of_ours_is_a_problem_without_details(wizard: Wizard, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(Handoffs, "read", fail)
    assert "secret" not in str(is_problem(wizard.confirm(), 500))


def test_conversions_that_wait_for_the_log_leave_threads_to_visitors(
    wizard: Wizard, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, entered = threading.Event(), threading.Semaphore(0)
    real = wizard.log.append

    def slow(*given: Any) -> Any:
        entered.release()
        assert answers.wait(20)
        return real(*given)

    monkeypatch.setattr(wizard.log, "append", slow)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = [pool.submit(wizard.confirm) for _ in range(AT_ONCE)]
        for _ in waiting:
            assert entered.acquire(timeout=20)
        for _ in range(20 - AT_ONCE):
            refused = wizard.confirm()
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, str(BUSY_SECONDS))
            assert refused.mimetype == "application/problem+json"
        assert wizard.confirm(b"{").status_code == 400, "what needs no log is answered"
        assert wizard.rejected == ["unavailable"] * (20 - AT_ONCE) + ["malformed"]
        answers.set()
        assert sorted(future.result().status_code for future in waiting) == [200] * (AT_ONCE - 1) + [201]
    for _ in range(2 * AT_ONCE):
        assert wizard.confirm().status_code == 200, "each has returned its slot"
