"""The settings of what visitors and colleagues reach: keys, addresses, texts, and how long a visit lasts."""

from dataclasses import dataclass
from pathlib import Path

from wizard import setting_parsers
from wizard.files.bundled import bundled
from wizard.setting import setting

GENERATED_KEY = Path("var/secret_key")
WEB_ADDRESS = (
    f"a whole web address of at most {setting_parsers.MAX_ADDRESS_CHARACTERS:,} characters, "
    "such as https://example.com/signup"
)
KEYS = f"keys of at least {setting_parsers.MIN_KEY_CHARACTERS} characters, no two the same, with commas between them"


@dataclass(frozen=True)
class PublicSettings:
    """The first part of the settings, see `wizard/config.py`."""

    secret_keys: tuple[str, ...] = setting(
        setting_parsers.optional_keys,
        default="",
        allowed=KEYS,
        meaning=(
            "what journeys and sign-ins are signed with: the first key signs, all verify. "
            f"Without it, one is generated once, in `{GENERATED_KEY}`"
        ),
        secret=True,
    )
    public_url: str | None = setting(
        setting_parsers.site_or_none,
        default="",
        allowed=(
            "an origin, such as https://wizard.example.com, or one with a path, such as https://www.example.com/start, "
            f"of at most {setting_parsers.MAX_PREFIX_CHARACTERS} letters, digits and -._~, "
            "which does not begin with one of the wizard's own, such as /embed"
        ),
        meaning="where visitors reach the wizard. Without it, the address that each request came to",
    )
    dashboard_url: str | None = setting(
        setting_parsers.origin_or_none,
        default="",
        allowed=(
            "an origin and no path, such as https://wizard.example.com; "
            "on another host than WIZARD_PUBLIC_URL, or its origin if that has no path"
        ),
        meaning=(
            "the only origin where the dashboard is served. Without it, every address that the wizard is reached at; "
            "none if `WIZARD_PUBLIC_URL` has a path"
        ),
    )
    embed_origins: tuple[str, ...] = setting(
        setting_parsers.embed_origins,
        default="",
        allowed=(
            "origins without underscores, such as https://www.example.com or https://*.example.com, "
            f"with commas between them, at most {setting_parsers.MAX_EMBED_ORIGINS_CHARACTERS:,} characters in all"
        ),
        meaning="the sites that may show the wizard in a frame. Without it, only the wizard's own",
    )
    hsts_seconds: int = setting(
        setting_parsers.whole_number(0, 63_072_000),
        default="0",
        allowed="a whole number of seconds from 0 to 63072000",
        meaning="how long browsers use only TLS for this host (`Strict-Transport-Security`); 0 is off",
    )
    cloud_url: str = setting(
        setting_parsers.web_address,
        default="https://app.posthog.com/signup",
        allowed=WEB_ADDRESS,
        meaning="where the recommendation link to Cloud leads",
    )
    private_cloud_url: str = setting(
        setting_parsers.web_address,
        default="https://posthog.com/talk-to-a-human",
        allowed=WEB_ADDRESS,
        meaning="where the recommendation link to a Private Cloud leads",
    )
    on_premise_url: str = setting(
        setting_parsers.web_address,
        default="https://posthog.com/docs/self-host",
        allowed=WEB_ADDRESS,
        meaning="where the recommendation link to on-premise leads",
    )
    wording_dir: Path = setting(
        setting_parsers.wording_folder,
        default=str(bundled("wording")),
        allowed="a folder that holds a file of texts for each language, such as en.toml",
        meaning="the folder of the visitor's texts. Without it, the texts that ship with the wizard",
    )
    journey_hours: int = setting(
        setting_parsers.whole_number(1, 8760),
        default="24",
        allowed="a whole number of hours from 1 to 8760",
        meaning="how long after its last answer a journey can be continued",
    )
    trusted_proxies: int = setting(
        setting_parsers.whole_number(0, 10),
        default="0",
        allowed="a whole number from 0 to 10",
        meaning="how many proxies in front set `X-Forwarded-For`, `-Proto` and `-Host`, and perhaps `-Prefix`",
    )
