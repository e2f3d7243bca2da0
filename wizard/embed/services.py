"""What the embed's pages work with, made once by `create_app`."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app

from wizard.config import Settings
from wizard.questionnaire.flow import Flow
from wizard.questionnaire.wording import Wording
from wizard.web.origins import asked_origin

EXTENSION = "wizard.embed"


@dataclass(frozen=True)
class EmbedServices:
    """The settings, the questionnaire, and its wording in each locale (the first is the default)."""

    settings: Settings
    flow: Flow
    wordings: Mapping[str, Wording]

    @property
    def wording(self) -> Wording:
        """The default wording."""
        return next(iter(self.wordings.values()))

    def title(self, locale: str) -> str:
        """What a frame is called to somebody who can't see it, in the language of what is in it."""
        return self.wordings.get(locale, self.wording).text("site.name")

    def own_origin(self) -> str:
        """Where the wizard is reached: as set, or else as the current request came in."""
        return self.settings.public_url or asked_origin()


def services() -> EmbedServices:
    """The current application's services."""
    found: EmbedServices = current_app.extensions[EXTENSION]
    return found
