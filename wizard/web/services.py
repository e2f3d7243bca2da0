"""What `create_app` makes once and hands to each part: settings, questionnaire, texts, recorder, clock."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, current_app

from wizard.clock import Clock
from wizard.config import Settings
from wizard.events.handoff import Handoffs
from wizard.events.log import Log
from wizard.intake.recorder import Recorder
from wizard.questionnaire.flow import Flow
from wizard.questionnaire.strategy import Strategy
from wizard.questionnaire.wording import Wording
from wizard.storage.readings import Readings
from wizard.web.origins import asked_address, asked_origin

EXTENSION = "wizard"


@dataclass(frozen=True)
class Services:
    """The services of one application.

    `keys` are what is signed with: the first signs, all verify. `wordings` holds the texts of each locale, the default
    locale first. What only one part uses is made in that part.
    """

    settings: Settings
    keys: tuple[str, ...]
    flow: Flow
    strategy: Strategy
    wordings: Mapping[str, Wording]
    recorder: Recorder
    handoffs: Handoffs
    readings: Readings
    clock: Clock

    @property
    def log(self) -> Log:
        """The log that the recorder writes to."""
        return self.recorder.log

    def wording(self, locale: str = "") -> Wording:
        """The texts of `locale`; the default ones where there are none (any longer)."""
        return self.wordings.get(locale) or next(iter(self.wordings.values()))

    def title(self, locale: str = "") -> str:
        """The wizard's name, in the language of `locale`."""
        return self.wording(locale).text("site.name")

    def own_origin(self) -> str:
        """The origin where visitors reach the wizard: of WIZARD_PUBLIC_URL, or else of the current request."""
        return self.settings.public_origin or asked_origin()

    def own_address(self) -> str:
        """The address of the wizard, without a slash at the end: an origin, and the path that it is mounted below."""
        return self.settings.public_url or asked_address()

    def embed_origins(self) -> tuple[str, ...]:
        """The origins that may show the wizard in a frame: its own, and WIZARD_EMBED_ORIGINS."""
        return (self.own_origin(), *self.settings.embed_origins)


def services(app: Flask = current_app) -> Services:
    """The services of `app`, by default the current application."""
    found: Services = app.extensions[EXTENSION]
    return found
