"""The settings: environment variables, read once into one frozen object.

A bad value stops the start with one line that names the variable, what was given and what is allowed.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from wizard import setting_parsers
from wizard.openid_settings import OpenIDSettings
from wizard.public_settings import GENERATED_KEY, KEYS
from wizard.setting import PREFIX, Setting, SettingError, read_setting, setting, settings_of

__all__ = [
    "GENERATED_KEY",
    "SETTINGS",
    "Durability",
    "Settings",
    "read_settings",
    "unknown_variables",
]

Durability = Literal["crash", "power-loss"]


@dataclass(frozen=True)
class Settings(OpenIDSettings):
    """Every setting: each field has its parser, its default, the allowed values, and its meaning.

    Without `secret_keys`, the application signs with the `generated_key` of wizard/keys.py.
    """

    database_url: str = setting(
        setting_parsers.database_url,
        default="sqlite:///var/wizard.db",
        allowed="sqlite:///a/file.db or postgresql+psycopg://user:password@host/database",
        meaning="where the conversion log is kept",
        secret=True,
    )
    warehouse_url: str | None = setting(
        setting_parsers.warehouse_url,
        default="",
        allowed=(
            "clickhousedb://user:password@host:port/database, and cluster=…&shard=host:port&shard=… for several shards"
        ),
        meaning="where the log is copied to, and the dashboard and the reports read it. Without it, they read the log",
        secret=True,
    )
    durability: Durability = setting(
        setting_parsers.one_of("crash", "power-loss"),
        default="crash",
        allowed="crash or power-loss",
        meaning="what an accepted answer survives: a crash of every process, or a loss of power as well",
    )
    spool_dir: Path = setting(
        setting_parsers.path,
        default="var/spool",
        allowed="a folder on a disk of this machine",
        meaning="where each worker has its journal, in files of 16 MB: events wait there until they are in the log",
    )
    journal_bytes: int = setting(
        setting_parsers.whole_number(262_144, 1 << 40),
        default="1073741824",
        allowed="a whole number of bytes from 262144 to 1099511627776",
        meaning="how long the journal of one worker may get while the log can't be written; what comes then is lost",
    )
    time_zone: ZoneInfo = setting(
        setting_parsers.time_zone,
        default="UTC",
        allowed="a name of the IANA time zone database, such as Europe/Berlin",
        meaning="the time zone of the days in reports",
    )
    conversion_keys: tuple[str, ...] = setting(
        setting_parsers.optional_keys,
        default="",
        allowed=KEYS,
        meaning="keys with which the signup service reports conversions; any one will do. Without it, none is accepted",
        secret=True,
    )
    handoff_days: int = setting(
        setting_parsers.whole_number(1, 3650),
        default="90",
        allowed="a whole number of days from 1 to 3650",
        meaning="how long after a click on a recommendation its conversion can be reported",
    )
    retention_days: int | None = setting(
        setting_parsers.optional_whole_number(0, 36_500),
        default="",
        allowed="a whole number of days from 0 to 36500",
        meaning=(
            "how many days visits are kept; 0 keeps all. Without it, 760 for a log that was made since version 0012 of "
            "its tables; an older log keeps all, and the server warns"
        ),
    )
    rate_limit: int = setting(
        setting_parsers.whole_number(1, 1_000_000),
        default="600",
        allowed="a whole number from 1 to 1000000",
        meaning="how many answers and API calls a minute are accepted from one client address; loopback has no limit",
    )
    rate_limit_store: str = setting(
        setting_parsers.rate_limit_store,
        default="memory://",
        allowed="memory:// or redis://host:port/number",
        meaning="where requests are counted: in each worker's memory, or in Redis for all workers",
        secret=True,
    )
    suspect_rate: int = setting(
        setting_parsers.whole_number(0, 1_000_000),
        default="30",
        allowed="a whole number from 0 to 1000000",
        meaning=(
            "how many new journeys a minute from one network (IPv4 /24, IPv6 /48) count as people's; further ones are "
            "marked suspect. 0 marks none"
        ),
    )
    suspect_answer_ms: int = setting(
        setting_parsers.whole_number(0, 10_000),
        default="300",
        allowed="a whole number of milliseconds from 0 to 10000",
        meaning="mark a journey as suspect if each of its answers came sooner than this after its page. 0 marks none",
    )
    metrics_address: setting_parsers.ListeningAddress | None = setting(
        setting_parsers.listening_address,
        default="",
        allowed="an IP address of this machine and a port, such as 127.0.0.1:9464 or [::1]:9464",
        meaning="where `wizard serve` serves metrics for Prometheus, at `/metrics`. Without it, nothing is counted",
    )

    def __post_init__(self) -> None:
        """Raises SettingError where the dashboard's host would be that of other pages than the wizard's.

        The scheme makes no difference: behind a proxy, requests to both origins have the same `Host`.
        """
        super().__post_init__()
        hosts = {urlsplit(url).netloc for url in (self.dashboard_url, self.public_url) if url}
        if self.dashboard_url != self.public_url and self.dashboard_url and self.public_url and len(hosts) == 1:
            raise SettingError(
                f"WIZARD_DASHBOARD_URL: given {self.dashboard_url!r}, whose other pages could use the dashboard, "
                f"since WIZARD_PUBLIC_URL is {self.public_url!r}; allowed: {SETTINGS['dashboard_url'].allowed}"
            )

    @cached_property
    def public_origin(self) -> str | None:
        """The origin of the public URL; None without one."""
        return self.public_url and self.public_url.removesuffix(self.public_prefix)

    @cached_property
    def public_prefix(self) -> str:
        """The path of the public URL, such as `/start`; "" where it has none."""
        return urlsplit(self.public_url or "").path

    @cached_property
    def has_own_dashboard_origin(self) -> bool:
        """Whether the dashboard's origin is not where visitors reach the wizard."""
        return bool(self.dashboard_url and self.public_url) and self.dashboard_url != self.public_url

    @property
    def destinations(self) -> Mapping[str, str]:
        """The address of each deployment's recommendation link, by deployment id."""
        return {
            "cloud": self.cloud_url,
            "private_cloud": self.private_cloud_url,
            "on_premise": self.on_premise_url,
        }


SETTINGS: Mapping[str, Setting] = settings_of(Settings)
"""Each setting by its name."""


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of `environ`; an empty variable counts as unset. Raises SettingError on the first bad one."""
    return Settings(**{name: read_setting(each, environ) for name, each in SETTINGS.items()})


def unknown_variables(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Variables that begin with `WIZARD_` and are no settings: most likely misspelt."""
    known = {each.variable for each in SETTINGS.values()}
    known |= {f"{each.variable}_FILE" for each in SETTINGS.values() if each.secret}
    return sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
