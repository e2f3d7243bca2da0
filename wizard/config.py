"""The settings: environment variables, read once into one frozen object.

A bad value stops the start with one line that names the variable, what was given and what is allowed.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from wizard import setting_parsers
from wizard.files.bundled import bundled
from wizard.setting import PREFIX, Setting, read_setting

MADE_UP_KEY = Path("var/secret_key")

Durability = Literal["crash", "power-loss"]


@dataclass(frozen=True)
class Settings:
    """What an operator may set. Each field is described, under its variable, by `SETTINGS`.

    Without `secret_keys`, the application signs with a `made_up_key`.
    """

    secret_keys: tuple[str, ...]
    public_url: str | None
    embed_origins: tuple[str, ...]
    hsts_seconds: int
    cloud_url: str
    private_cloud_url: str
    on_premise_url: str
    wording_dir: Path
    journey_hours: int
    trusted_proxies: int
    database_url: str
    durability: Durability
    spool_dir: Path
    time_zone: ZoneInfo
    conversion_keys: tuple[str, ...]
    handoff_days: int
    rate_limit: int
    rate_limit_store: str
    suspect_rate: int
    suspect_answer_ms: int

    @property
    def destinations(self) -> Mapping[str, str]:
        """Deployment id to where its way out leads."""
        return {
            "cloud": self.cloud_url,
            "private_cloud": self.private_cloud_url,
            "on_premise": self.on_premise_url,
        }


WEB_ADDRESS = f"a whole web address of at most {setting_parsers.MAX_ADDRESS_CHARACTERS:,} characters, such as https://example.com/signup"

SETTINGS = (
    Setting(
        "secret_keys",
        "",
        f"keys of at least {setting_parsers.MIN_KEY_CHARACTERS} characters, no two the same, with commas between them",
        setting_parsers.optional_keys,
        "what journeys are signed with: the first key signs, all of them verify. "
        f"Without it, one is made once in `{MADE_UP_KEY}`",
        secret=True,
    ),
    Setting(
        "public_url",
        "",
        "an origin and no path, such as https://wizard.example.com",
        setting_parsers.origin_or_none,
        "where visitors reach the wizard. Without it, the address that each request came to",
    ),
    Setting(
        "embed_origins",
        "",
        "origins without underscores, such as https://www.example.com or https://*.example.com, "
        f"with commas between them, at most {setting_parsers.MAX_EMBED_ORIGINS_CHARACTERS:,} characters in all",
        setting_parsers.embed_origins,
        "the sites that may show the wizard in a frame. Without it, only the wizard's own",
    ),
    Setting(
        "hsts_seconds",
        "0",
        "a whole number of seconds from 0 to 63072000",
        setting_parsers.whole_number(0, 63_072_000),
        "for how long browsers use TLS alone for this host (`Strict-Transport-Security`); 0 is off",
    ),
    Setting(
        "cloud_url",
        "https://app.posthog.com/signup",
        WEB_ADDRESS,
        setting_parsers.web_address,
        "where the way out to Cloud leads",
    ),
    Setting(
        "private_cloud_url",
        "https://posthog.com/talk-to-a-human",
        WEB_ADDRESS,
        setting_parsers.web_address,
        "where the way out to a Private Cloud leads",
    ),
    Setting(
        "on_premise_url",
        "https://posthog.com/docs/self-host",
        WEB_ADDRESS,
        setting_parsers.web_address,
        "where the way out to on-premise leads",
    ),
    Setting(
        "wording_dir",
        str(bundled("wording")),
        "a folder that holds a file of texts for each language, such as en.toml",
        setting_parsers.wording_folder,
        "what the visitor reads. Without it, the texts that ship with the wizard",
    ),
    Setting(
        "journey_hours",
        "24",
        "a whole number of hours from 1 to 8760",
        setting_parsers.whole_number(1, 8760),
        "how long after its last answer a journey can be gone on with as it is",
    ),
    Setting(
        "trusted_proxies",
        "0",
        "a whole number from 0 to 10",
        setting_parsers.whole_number(0, 10),
        "how many proxies in front set `X-Forwarded-For`, `-Proto` and `-Host`",
    ),
    Setting(
        "database_url",
        "sqlite:///var/wizard.db",
        "sqlite:///a/file.db or postgresql+psycopg://user:password@host/database",
        setting_parsers.database_url,
        "where the conversion log is kept",
        secret=True,
    ),
    Setting(
        "durability",
        "crash",
        "crash or power-loss",
        setting_parsers.one_of("crash", "power-loss"),
        "what an answer that was taken survives: the end of every process, or the loss of power, too",
    ),
    Setting(
        "spool_dir",
        "var/spool",
        "a folder on a disk of this machine",
        setting_parsers.path,
        "where events wait while the log can't be written, in files of 16 MB for each worker",
    ),
    Setting(
        "time_zone",
        "UTC",
        "a name of the IANA time zone database, such as Europe/Berlin",
        setting_parsers.time_zone,
        "whose midnight a day in a report ends at",
    ),
    Setting(
        "conversion_keys",
        "",
        f"keys of at least {setting_parsers.MIN_KEY_CHARACTERS} characters, no two the same, with commas between them",
        setting_parsers.optional_keys,
        "what the signup service shows to report a conversion; any of them will do. Without it, none are taken",
        secret=True,
    ),
    Setting(
        "handoff_days",
        "90",
        "a whole number of days from 1 to 3650",
        setting_parsers.whole_number(1, 3650),
        "how long after a way out was followed its conversion can be reported",
    ),
    Setting(
        "rate_limit",
        "600",
        "a whole number from 1 to 1000000",
        setting_parsers.whole_number(1, 1_000_000),
        "how many answers and API calls a minute are taken from one client address; there is no limit on loopback",
    ),
    Setting(
        "rate_limit_store",
        "memory://",
        "memory:// or redis://host:port/number",
        setting_parsers.rate_limit_store,
        "where calls are counted: in each worker for itself, or in Redis for all of them together",
        secret=True,
    ),
    Setting(
        "suspect_rate",
        "30",
        "a whole number from 0 to 1000000",
        setting_parsers.whole_number(0, 1_000_000),
        "how many new journeys a minute from one network (IPv4 /24, IPv6 /48) are taken for people's; further ones are "
        "marked suspect. 0 marks none",
    ),
    Setting(
        "suspect_answer_ms",
        "300",
        "a whole number of milliseconds from 0 to 10000",
        setting_parsers.whole_number(0, 10_000),
        "a journey is marked suspect when each of its answers came sooner than this after its page. 0 marks none",
    ),
)


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of `environ`; an empty variable counts as unset. Raises SettingError on the first bad one."""
    return Settings(**{setting.name: read_setting(setting, environ) for setting in SETTINGS})


def unknown_variables(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Variables that look like settings and are not, most likely misspelt."""
    known = {setting.variable for setting in SETTINGS}
    known |= {f"{setting.variable}_FILE" for setting in SETTINGS if setting.secret}
    return sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
