"""What `create_app` makes once and hands to each part: settings, questionnaire, texts, recorder, clock."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, current_app, g

from wizard.clock import Clock
from wizard.config import Settings
from wizard.events.handoff import Handoffs
from wizard.events.log import Log
from wizard.intake.recorder import Recorder
from wizard.questionnaire.flow import Flow
from wizard.questionnaire.strategy import Strategy
from wizard.questionnaire.wording import Wording
from wizard.questionnaire.wording_set import WordingSet
from wizard.storage.readings import Readings
from wizard.web.origins import asked_address, asked_origin
from wizard.wording_versions.published import PublishedWording

EXTENSION = "wizard"


@dataclass(frozen=True)
class Services:
    """The services of one application.

    `keys` are what is signed with: the first signs, all verify. `published` has the texts, of each version. What only
    one part uses is made in that part.
    """

    settings: Settings
    keys: tuple[str, ...]
    flow: Flow
    strategy: Strategy
    published: PublishedWording
    recorder: Recorder
    handoffs: Handoffs
    readings: Readings
    clock: Clock

    @property
    def log(self) -> Log:
        """The log that the recorder writes to."""
        return self.recorder.log

    def wording_set(self, reference: str | None = None) -> WordingSet:
        """The texts of the version that a journey's `reference` names; without one, those of the current request.

        A request has one version from its first text to its last: that of its journey (see `use_version`), or else
        the newest one. In a preview, it is `g.previewed`.
        """
        if reference is not None:
            return self.published.get(reference)
        try:
            own = vars(g._get_current_object())  # noqa: SLF001  # Flask's own way; through the proxy, it takes 2 µs
        except RuntimeError:  # no request, such as a command
            return self.published.current
        found: WordingSet | None = own.get("previewed") or own.get("wording_set")
        if found is None:
            found = own["wording_set"] = self.published.current
        return found

    def use_version(self, reference: str) -> WordingSet:
        """Have the current request use the version that a journey's `reference` names, which is returned."""
        g.wording_set = self.published.get(reference)
        return self.wording_set()

    @property
    def wordings(self) -> Mapping[str, Wording]:
        """The texts of the current request by locale, the default locale first."""
        return self.wording_set().wordings

    def wording(self, locale: str = "") -> Wording:
        """The texts of `locale`, in the current request; the default ones where there are none (any longer)."""
        return self.wording_set().wording(locale)

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
