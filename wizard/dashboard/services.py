"""The dashboard's dependencies in one object, made once with the application."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import current_app

from wizard.clock import Clock
from wizard.config import Settings
from wizard.dashboard.access.sign_ins import SignIns
from wizard.events.log import Log
from wizard.questionnaire.flow import Flow
from wizard.questionnaire.strategy import Strategy
from wizard.questionnaire.wording import Wording

EXTENSION = "wizard.growth"


@dataclass(frozen=True)
class DashboardServices:
    """The settings, the log, the questionnaire and its wording in each locale (the first is the default), and more.

    `snippet` gives the HTML that embeds the wizard at an origin. `now_ms` is the clock. `is_spooling` says whether the
    log may lack what was acknowledged.
    """

    settings: Settings
    log: Log
    flow: Flow
    strategy: Strategy
    wordings: Mapping[str, Wording]
    sign_ins: SignIns
    snippet: Callable[[str], str]
    now_ms: Clock
    is_spooling: Callable[[], bool]

    @property
    def wording(self) -> Wording:
        """The default wording."""
        return next(iter(self.wordings.values()))

    @property
    def site(self) -> str:
        """What the wizard is called."""
        return self.wording.text("site.name")


def services() -> DashboardServices:
    """The current application's services."""
    found: DashboardServices = current_app.extensions[EXTENSION]
    return found
