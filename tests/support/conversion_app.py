"""An application with nothing but the conversion API, on a real log."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask import Flask
from published_versions import FILES
from support import KEY, empty_log, settings
from werkzeug.test import TestResponse

from wizard.clock import Clock
from wizard.conversion_api import api
from wizard.events.attribution import Attribution
from wizard.events.handoff import Handoffs
from wizard.events.log import Log
from wizard.events.model import Context, WizardView
from wizard.events.open_log import open_log
from wizard.intake.journal import Journal
from wizard.intake.recorder import Recorder
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.storage.readings import Readings
from wizard.web import rate_limit
from wizard.web.services import EXTENSION, Services
from wizard.wording_versions.published import PublishedWording

NOW = 1_800_000_000.0
DAY = 24 * 60 * 60
KEYS = ("a conversion key for tests", "another of those, with = in it: é")
JOURNEY = "AAECAwQFBgcICQoLDA0ODw"
MAX_BODY_BYTES = 16 * 1024


def viewed(journey_id: str = JOURNEY) -> WizardView:
    """The first event of a journey, an hour ago."""
    attribution = Attribution(utm_source="newsletter", utm_campaign="spring", referrer_host="www.example.com")
    context = Context(
        journey_id=journey_id,
        ts_ms=int(NOW * 1000) - 3_600_000,
        turn=0,
        answers={},
        entry="fresh",
        continued_from="",
        flow_version="1",
        wording_version="abc",
        locale="en",
        device="mobile",
        attribution=attribution,
    )
    return WizardView(context)


class Counting(Recorder):
    """A recorder that keeps the reasons of what was rejected, and has caught up where a test says so."""

    def __init__(self, wizard: "Wizard", clock: Clock) -> None:
        super().__init__(wizard.log, Path(), _no_journal, clock)
        self._wizard = wizard

    def count(self, outcome: str, reason: str = "", events: int = 1, site: str | None = None) -> None:
        """Keep the reason."""
        assert (outcome, events, site) == ("rejected", 1, None)
        self._wizard.rejected.append(reason)

    def catch_up(self, _: float) -> bool:
        """What the test says."""
        return self._wizard.is_caught_up


def _no_journal() -> Journal:
    raise AssertionError


@dataclass
class Wizard:
    """The application, its log, the reasons of rejections, and state that tests may change."""

    log: Log
    keys: tuple[str, ...] = KEYS
    now: float = NOW
    is_caught_up: bool = True
    per_minute: int | None = None
    rejected: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.handoffs = Handoffs((KEY,), 90, self._now_ms)
        self.app = Flask("confirming")
        self.app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
        given = {"rate_limit": str(self.per_minute)} if self.per_minute else {}
        self.app.extensions[EXTENSION] = Services(
            settings=replace(settings(**given), conversion_keys=self.keys),
            keys=(KEY,),
            flow=QUESTIONS,
            strategy=STRATEGY,
            published=PublishedWording(self.log.database, FILES, {}),
            recorder=Counting(self, self._now_ms),
            handoffs=self.handoffs,
            readings=Readings(self.log.database),
            clock=self._now_ms,
        )
        if self.per_minute is not None:
            rate_limit.init_app(self.app)
        api.init_app(self.app)
        self.client = self.app.test_client()

    def _now_ms(self) -> int:
        return int(self.now * 1000)

    def confirm(self, body: Any = None, key: str | None = KEYS[0], **changed: Any) -> TestResponse:
        """Report a signup for Cloud, with the values in `changed`, or with another `body`."""
        headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        content = {"handoff": self.handoffs.make(JOURNEY), "deployment": "cloud"} if body is None else body
        if isinstance(content, Mapping):
            content = {name: value for name, value in {**content, **changed}.items() if value is not ...}
        if isinstance(content, bytes):
            return self.client.post("/api/conversions", data=content, headers=headers, content_type="application/json")
        return self.client.post("/api/conversions", json=content, headers=headers)


def wizard_at(folder: Path, **options: Any) -> Wizard:
    """An application with a log in `folder` that holds one journey."""
    log = open_log(settings(database_url=empty_log(folder)))
    log.append([viewed()])
    return Wizard(log, **options)
