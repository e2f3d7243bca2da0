"""What the visitor's pages work with, made once by `create_app`."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app, request

from wizard.clock import Clock
from wizard.config import Settings
from wizard.events.handoff import Handoffs
from wizard.intake.recorder import Recorder
from wizard.presentation import like
from wizard.questionnaire.flow import Flow
from wizard.questionnaire.strategy import Strategy
from wizard.questionnaire.wording import Wording
from wizard.visitor.journey import Seal
from wizard.visitor.new_journeys import NewJourneys
from wizard.visitor.presenting import presentation
from wizard.web.origins import asked_origin

EXTENSION = "wizard.visitor"


@dataclass(frozen=True)
class VisitorServices:
    """The questionnaire, its wording in each locale (the first is the default), the seal, the log, and more."""

    settings: Settings
    flow: Flow
    strategy: Strategy
    wordings: Mapping[str, Wording]
    seal: Seal
    recorder: Recorder
    handoffs: Handoffs
    new_journeys: NewJourneys
    clock: Clock

    def wording(self, locale: str) -> Wording:
        """The wording of `locale`, or the default one where it is not (or no longer) there."""
        return self.wordings.get(locale) or next(iter(self.wordings.values()))

    def accepted_locale(self) -> str:
        """The locale that the current request asks for by its address, or prefers by `Accept-Language`, or the default.

        Werkzeug's own match would give English to somebody who asks for Austrian German first and English last,
        where there is only German.
        """
        preferred = (like(tag, self.wordings) for tag, quality in request.accept_languages if quality > 0)
        return self.asked_locale() or next(filter(None, preferred), next(iter(self.wordings)))

    def asked_locale(self) -> str:
        """The locale that the current request's address asks for; nothing where there is no such one."""
        return like(presentation().locale, self.wordings)

    def embed_origins(self) -> tuple[str, ...]:
        """Who may frame us: ourselves, and whom the settings name."""
        return (self.own_origin(), *self.settings.embed_origins)

    def own_origin(self) -> str:
        """Where the wizard is reached: as set, or else as the current request came in."""
        return self.settings.public_url or asked_origin()


def services() -> VisitorServices:
    """The current application's services."""
    found: VisitorServices = current_app.extensions[EXTENSION]
    return found
