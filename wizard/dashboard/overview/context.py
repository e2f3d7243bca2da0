"""What the view models of the overview are made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from wizard.analytics.embeds import Embeds
from wizard.analytics.overview import Overview
from wizard.analytics.signups import Signups
from wizard.dashboard.labels import Names
from wizard.dashboard.overview.view_links import Links
from wizard.questionnaire.flow import Flow
from wizard.storage.moment import Standing


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and when the page is made. `allowed` may embed the wizard: itself, and those in the setting.

    `standing` says where the figures were read, where there is a warehouse.
    """

    zone: ZoneInfo
    now_ms: int
    is_spooling: bool
    allowed: Sequence[str] = ()
    embed_origins: Sequence[str] = ()
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Upkeep:
    """When the newest backup of the log was recorded, if any, and for how many days visits are kept (0: for good)."""

    backup_ms: int | None
    days_kept: int


@dataclass(frozen=True, slots=True)
class Context:
    """The figures, the addresses, the names in the wording, and the questionnaire.

    `embeds` are the embed pages, `signups` the times from click to signup, and `upkeep` says what is done to keep the
    log, where these are shown.
    """

    overview: Overview
    links: Links
    names: Names
    flow: Flow
    setting: Setting
    embeds: Embeds | None = None
    signups: Signups | None = None
    upkeep: Upkeep | None = None
