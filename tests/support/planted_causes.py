"""Changes to plant in a log, in multiples of the smallest that is found in 80 of 100 after correction."""

import math
from collections.abc import Callable, Mapping
from functools import cache
from random import Random

from planted_logs import (
    CLICKED,
    CONVERTED,
    DAYS,
    DEVICES,
    HANDOFF,
    LEFT,
    NOW_MS,
    SINCE_MS,
    STARTERS,
    TEAMS,
    Period,
    Planted,
    lag_ms,
    poisson,
    varied,
    with_share,
)

from wizard.analytics.changes import ALPHA, lag_change
from wizard.analytics.distributions import normal_z
from wizard.events.log import DAY_MS

FAMILY = 9
"""Starters, three rates, two times, three steps."""

POWER_Z = normal_z(0.4)
"""What 80 of 100 are above."""

REACH = normal_z(ALPHA / FAMILY) + POWER_Z
"""How many deviations a change must be wide so that it is beyond chance, after correction, in 80 of 100 logs."""

VARIED = 0.25
"""How much days differ in the logs with bursts, relative to their mean, besides Poisson's variance."""

DEVICE, STEP = "mobile", "hosting"
SOURCE = "newsletter"
TRIES = 400


def step_worsens(times: float) -> Planted:
    """More visitors with one device drop off at one step."""
    worse = times * smallest_drop() / DEVICES[DEVICE]
    now = Period(left={(DEVICE, STEP): worse})
    return Planted(now=now, key=f"step:{STEP}", cause=("device", DEVICE))


def source_vanishes(times: float) -> Planted:
    """A source brings nobody any more; its share of the traffic is the size of the change."""
    sources = with_share(SOURCE, times * smallest_fall())
    gone = Period(sources=sources, traffic={SOURCE: 0.0})
    return Planted(now=gone, before=Period(sources=sources), key="started", cause=("source", SOURCE))


def source_shrinks(times: float) -> Planted:
    """A source brings fewer visitors, on days that differ by their weekdays and in bursts besides."""
    share = 0.5
    sources = with_share(SOURCE, share)
    fewer = 1 - times * smallest_fall(dispersion=BURSTY) / share
    now = Period(sources=sources, traffic={SOURCE: max(0.0, fewer)})
    return varied(Planted(now=now, before=Period(sources=sources), key="started", cause=("source", SOURCE)), VARIED)


def signups_are_late(times: float) -> Planted:
    """As many sign up, but later."""
    return Planted(now=Period(lag=math.exp(times * smallest_lag())), key="lag")


def nothing(_times: float) -> Planted:
    """No change."""
    return Planted()


def nothing_in_bursts(_times: float) -> Planted:
    """No change, on days that differ by their weekdays and in bursts besides."""
    return varied(Planted(), VARIED)


CAUSES: Mapping[str, Callable[[float], Planted]] = {
    "a device's step worsens": step_worsens,
    "a source vanishes": source_vanishes,
    "signups are merely late": signups_are_late,
}
NOISE: Mapping[str, Callable[[float], Planted]] = {
    "days alike": nothing,
    "weekdays and bursts": nothing_in_bursts,
}


def smallest_drop() -> float:
    """By how much the drop-off of all visitors of the step must rise."""
    visitors, share, found = STARTERS * (1 - TEAMS * LEFT["team_size"]), LEFT[STEP], 0.0
    for _ in range(20):
        worse = share + found
        found = REACH * math.sqrt((share * (1 - share) + worse * (1 - worse)) / visitors)
    return found


def smallest_fall(dispersion: float = 1.0) -> float:
    """By which part the starters must become fewer."""
    found = 0.0
    for _ in range(20):
        found = REACH * math.sqrt(dispersion * (2 - found) / STARTERS)
    return found


BURSTY = 1 + STARTERS / DAYS * VARIED**2 * sum(share**2 for share in with_share(SOURCE, 0.5).values())
"""The dispersion of starters where each source's day differs by VARIED."""


@cache
def smallest_lag() -> float:
    """By how much the logarithm of the time from click to signup must rise, found by trying."""
    low, high = 0.0, 3.0
    for _ in range(8):
        middle = (low + high) / 2
        chance = Random(1)  # noqa: S311  # no secret
        named = sum(_is_found(math.exp(middle), chance) for _ in range(TRIES))
        low, high = (middle, high) if named < 0.8 * TRIES else (low, middle)
    return high


def _is_found(times: float, chance: Random) -> bool:
    return lag_change(_lags(times, chance), _lags(1.0, chance)).p_value <= ALPHA / FAMILY


def _lags(times: float, chance: Random) -> list[int]:
    """The times of one period's signups that have come in by now."""
    finished = STARTERS * (1 - TEAMS * LEFT["team_size"]) * (1 - LEFT["hosting"])
    signups = poisson(finished * CLICKED * HANDOFF * CONVERTED, chance)
    drawn = ((chance.randrange(DAYS * DAY_MS), lag_ms(times, chance)) for _ in range(signups))
    return [lag for clicked_ms, lag in drawn if SINCE_MS + clicked_ms + lag < NOW_MS]
