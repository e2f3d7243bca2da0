"""The distributions behind simulated visits: channels, devices, locales, times, choices and conversion rates."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wizard.events.attribution import Attribution
from wizard.events.model import Device


@dataclass(frozen=True, slots=True)
class Channel:
    """A traffic channel: its share of visits, and a factor on the rate of going on (1 is average).

    With `moved_to`, its embed was moved to that path MOVED_DAYS before the last visit.
    """

    share: float
    appeal: float
    attribution: Attribution = field(default_factory=Attribution)
    moved_to: str = ""


def _tagged(source: str, medium: str, campaign: str, host: str = "", page: tuple[str, str] = ("", "")) -> Attribution:
    origin, path = page
    return Attribution(
        utm_source=source,
        utm_medium=medium,
        utm_campaign=campaign,
        referrer_host=host,
        embed_origin=origin,
        embed_path=path,
    )


SITE = "https://www.example.com"

MOVED_DAYS = 4
"""How many days ago an embed was moved, so that the dashboard has a new embed page, and one without visits."""

CHANNELS = (
    Channel(0.22, 1.00),
    Channel(0.11, 1.02, Attribution(referrer_host="www.example.com", embed_origin=SITE, embed_path="/pricing")),
    Channel(0.07, 0.93, Attribution(referrer_host="www.example.com", embed_origin=SITE), moved_to="/launch"),
    Channel(0.13, 0.95, Attribution(referrer_host="search.example")),
    Channel(0.12, 0.90, _tagged("search", "cpc", "self-hosting", "search.example")),
    Channel(0.08, 0.84, _tagged("search", "cpc", "brand", "search.example")),
    Channel(0.09, 1.08, _tagged("newsletter", "email", "launch-week")),
    Channel(0.05, 1.06, _tagged("newsletter", "email", "changelog")),
    Channel(0.07, 0.72, _tagged("social", "paid", "launch-week", "social.example")),
    Channel(
        0.04, 1.05, _tagged("partner", "referral", "integrations", "partner.example", ("https://partner.example", ""))
    ),
    Channel(
        0.02, 1.10, _tagged("docs", "referral", "", "docs.example.com", ("https://docs.example.com", "/self-host"))
    ),
)

DEVICES: Mapping[Device, float] = {"desktop": 0.61, "mobile": 0.33, "tablet": 0.05, "unknown": 0.01}
DEVICE_APPEAL: Mapping[Device, float] = {"desktop": 1.03, "mobile": 0.94, "tablet": 0.98, "unknown": 0.9}
DEVICE_PACE: Mapping[Device, float] = {"desktop": 1.0, "mobile": 1.25, "tablet": 1.1, "unknown": 1.0}

LOCALES: Mapping[str, float] = {"en": 0.71, "de": 0.12, "fr": 0.08, "es": 0.06, "pt-BR": 0.03}

CHOICES: Mapping[str, float] = {
    "hobby": 0.24,
    "job": 0.33,
    "team": 0.29,
    "organisation": 0.14,
    "just_me": 0.3,
    "2_10": 0.34,
    "11_50": 0.24,
    "51_plus": 0.18,
    "enjoy": 0.16,
    "avoid": 0.39,
    "own_cloud": 0.18,
    "own_servers": 0.11,
    "unsure": 0.16,
}
"""The weight of each choice among those of its step; 0.25 if it is not listed."""

HOURS = (2, 2, 2, 2, 3, 4, 6, 9, 12, 14, 14, 13, 12, 14, 15, 15, 14, 12, 10, 8, 7, 6, 4, 3)
"""The weight of each hour of the day (UTC), from midnight."""

WEEKDAYS = (10, 11, 11, 10, 8, 4, 4)
"""The weight of each day of the week, from Monday."""

CLICKS: Mapping[str, float] = {"enthusiast": 0.52, "visionary": 0.55, "team": 0.41, "enterprise": 0.33}
"""The probability of a click on a recommendation, by persona."""

CONVERSIONS: Mapping[str, float] = {"cloud": 0.34, "private_cloud": 0.09, "on_premise": 0.17}
"""The probability of a signup after a click, by deployment."""

SIGNUP_DAYS: Mapping[str, tuple[float, float]] = {
    "cloud": (0.6, 1.6),
    "private_cloud": (6.0, 0.9),
    "on_premise": (3.0, 1.1),
}
"""How many days a signup takes after the click, by deployment: the median, and the spread of its logarithm."""

SIGNUP_VALUES: Mapping[str, float] = {"cloud": 240.0, "private_cloud": 9000.0}
"""The median value of a signup, by deployment; others report no value."""
