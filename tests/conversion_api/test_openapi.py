"""The API and its description agree: schemathesis sends what the description allows, and what it does not."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from conversion_app import KEYS, NOW, viewed, wizard_at
from flask import Flask
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from support import KEY

from wizard.conversion_api import api
from wizard.conversion_api.request import MAX_VALUE, MEMBERS
from wizard.events.handoff import MAX_HANDOFF_CHARACTERS, Handoffs
from wizard.questionnaire.strategy import Deployment

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

JOURNEYS = [f"a-journey-to-confirm-{number}" for number in range(3)]
HANDOFFS = [Handoffs((KEY,), 90, clock=lambda: int(NOW * 1000)).make(name) for name in JOURNEYS]
CONFIG = {"generation": {"deterministic": True, "max-examples": 150, "database": "none"}, "seed": 1}


class Stage:
    """A WSGI application that is there when tests are collected; the one on it comes later."""

    def __init__(self) -> None:
        self.app: Flask | None = None

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        assert self.app is not None
        return self.app(environ, start_response)


def description() -> dict[str, Any]:
    """The description, whose example names a journey that is there."""
    read: dict[str, Any] = json.loads(api.OPENAPI)
    body = read["paths"]["/api/conversions"]["post"]["requestBody"]["content"]["application/json"]
    body["example"]["handoff"] = HANDOFFS[0]
    return read


STAGE = Stage()
schemathesis.openapi.format("wizard-handoff", st.sampled_from(HANDOFFS))
# Not `schemathesis.pytest.from_fixture`: that reaches into pytest for what 9.2 no longer has.
schema = schemathesis.openapi.from_dict(description(), config=SchemathesisConfig.from_dict(CONFIG))
schema.app = STAGE


@pytest.fixture(scope="module", autouse=True)
def _on_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    wizard = wizard_at(tmp_path_factory.mktemp("openapi"))
    wizard.log.append(viewed(name) for name in JOURNEYS)
    STAGE.app = wizard.app
    yield
    wizard.log.database.dispose()


@schema.parametrize()
def test_whatever_is_sent_is_answered_as_described(case: Case[Any]) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {KEYS[0]}"})


def test_the_description_is_served() -> None:
    assert STAGE.app is not None
    response = STAGE.app.test_client().get("/api/openapi.json")
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json == json.loads(api.OPENAPI)


def test_the_description_has_the_limits_and_the_names_that_the_code_has() -> None:
    confirmation = json.loads(api.OPENAPI)["components"]["schemas"]["Confirmation"]
    members = confirmation["properties"]
    assert tuple(members) == MEMBERS
    assert members["deployment"]["enum"] == list(Deployment)
    assert members["handoff"]["maxLength"] == MAX_HANDOFF_CHARACTERS
    assert members["value"]["maximum"] == MAX_VALUE


def test_every_route_is_described_with_its_methods() -> None:
    assert STAGE.app is not None
    described = {(path, method.upper()) for path, item in json.loads(api.OPENAPI)["paths"].items() for method in item}
    routes = [rule for rule in STAGE.app.url_map.iter_rules() if rule.endpoint.startswith("conversions.")]
    assert described == {
        (rule.rule, method) for rule in routes for method in rule.methods or () if method in ("GET", "POST")
    }


def test_every_status_and_address_is_in_the_docs() -> None:
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
    for path, item in json.loads(api.OPENAPI)["paths"].items():
        assert path in text
        for method in item.values():
            assert all(f"\n| {status} |" in text for status in method["responses"])
