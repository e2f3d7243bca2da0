"""The bar above the overview and the list: period, filters, and the addresses that change them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from zoneinfo import ZoneInfo

from wizard.analytics.age import WINDOWS
from wizard.analytics.date_range import SPANS
from wizard.analytics.quoting import in_an_option
from wizard.analytics.scope import SUSPECTS
from wizard.analytics.selection import Selection
from wizard.dashboard.labels import Names, plural
from wizard.dashboard.phrases import SUSPECT_WORDS, before_in_words, condition_words, span_in_words
from wizard.events.dimensions import DIMENSIONS

MOST_OPTIONS = 100
SUSPECTS_NAME = "Suspect visits"
WINDOW_NAME = "Counted"
WINDOW_WORDS = {days: f"Within {days} {plural(days, 'day')}" for days in WINDOWS.values()}
"""How long after a journey began what happens in it counts."""

Address = Callable[[Selection], str]
"""The address of a page, with this selected there."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A link to the same page with something else chosen, such as another period or figure."""

    name: str
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Option:
    """A value to filter by: as the address has it, and as it is read."""

    value: str
    label: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """A select, which sends a filter or a condition under its `key`; `left_out` values are too rare to be offered."""

    id: str
    key: str
    name: str
    every: str
    options: tuple[Option, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter or a condition that is on, and the address without it. A condition says all in its `value`."""

    name: str
    value: str
    href: str


@dataclass(frozen=True, slots=True)
class Offered:
    """The values of a dimension to choose from, the most frequent first, with how many have each, where it is shown."""

    values: Mapping[str, int | None]
    left_out: int


@dataclass(frozen=True, slots=True)
class Owner:
    """The page whose bar it is: where its form leads, what can be chosen there, and what else the form sends."""

    action: str
    address: Address
    offered: Mapping[str, Offered]
    more_filters: tuple[Filter, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    is_compared: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar. `rows` are its selects, `hidden` is what its form sends besides; `since` and `until` fill its dates.

    Exact times have no dates: then `has_dates` is False, and the times are among what is hidden.
    """

    action: str
    spans: tuple[Choice, ...]
    span: str
    before: str
    zone: str
    rows: tuple[tuple[Filter, ...], ...]
    chips: tuple[Chip, ...]
    clear: str
    hidden: tuple[tuple[str, str], ...]
    since: str
    until: str
    has_dates: bool
    is_custom: bool


def bar_of(selection: Selection, owner: Owner, names: Names, zone: ZoneInfo) -> Bar:
    """The bar for what is selected."""
    span = selection.span
    has_dates = "T" not in span.since + span.until
    filters = tuple(_filter(selection, name, owner.offered[name], names) for name in DIMENSIONS)
    return Bar(
        action=owner.action,
        spans=spans_of(selection, owner.address),
        span=span_in_words(span, zone),
        before=before_in_words(span, zone) if owner.is_compared else "",
        zone=zone.key,
        rows=tuple(filter(None, ((*filters, _suspects(selection), _window(selection)), owner.more_filters))),
        chips=_chips(selection, owner.address, names),
        clear=owner.address(Selection(span)),
        hidden=_hidden(selection, owner, has_dates=has_dates),
        since=str(span.first) if has_dates else "",
        until=str(span.last) if has_dates else "",
        has_dates=has_dates,
        is_custom=not span.name,
    )


def spans_of(selection: Selection, address: Address) -> tuple[Choice, ...]:
    """The spans with a name."""
    span = selection.span
    return tuple(
        Choice(each.label, address(replace(selection, span=replace(span, name=name))), name == span.name)
        for name, each in SPANS.items()
    )


def wider_spans(selection: Selection, address: Address) -> tuple[Choice, ...]:
    """The spans with a name that are longer than this one."""
    span = selection.span
    days = (span.last - span.first).days + 1
    return tuple(
        link for link, each in zip(spans_of(selection, address), SPANS.values(), strict=True) if each.days > days
    )


def offered(found: Mapping[str, int], chosen: str | None) -> Offered:
    """The values that are `found`, the most frequent first, with how many have each; the `chosen` one is among them."""
    values = dict(islice(found.items(), MOST_OPTIONS))
    if chosen is not None:
        values.setdefault(chosen, found.get(chosen, 0))
    return Offered(values, len(found.keys() - values.keys()))


def _filter(selection: Selection, dimension: str, among: Offered, names: Names) -> Filter:
    chosen, values = selection.filters.get(dimension), dict(among.values)
    if chosen is not None:
        values.setdefault(chosen, None)
    options = tuple(
        Option(_written(selection, dimension, value), _label(names.value(dimension, value), count), value == chosen)
        for value, count in values.items()
    )
    return Filter(dimension, dimension, DIMENSIONS[dimension].name, "Any", options, among.left_out)


def _suspects(selection: Selection) -> Filter:
    options = tuple(Option(text, SUSPECT_WORDS[value], value == selection.suspects) for text, value in SUSPECTS.items())
    return Filter("suspects", "suspects", SUSPECTS_NAME, SUSPECT_WORDS["excluded"], options)


def _window(selection: Selection) -> Filter:
    options = tuple(Option(name, WINDOW_WORDS[days], days == selection.window_days) for name, days in WINDOWS.items())
    return Filter("window", "window", WINDOW_NAME, "Any time", options)


def _label(name: str, count: int | None) -> str:
    """A value with its count; what a visitor wrote, in whichever direction, ends before that."""
    shown = in_an_option(name)
    return shown if count is None else f"{shown} ({count:,})"


def _written(selection: Selection, dimension: str, value: str) -> str:
    return dict(selection.also(**{dimension: value}).parameters())[dimension]


def _chips(selection: Selection, address: Address, names: Names) -> tuple[Chip, ...]:
    filters = (
        Chip(DIMENSIONS[name].name, names.value(name, selection.filters[name]), address(selection.without(name)))
        for name in DIMENSIONS
        if name in selection.filters
    )
    every = selection.conditions
    conditions = (
        Chip(
            "",
            condition_words(*condition, names),
            address(replace(selection, conditions=tuple(other for other in every if other != condition))),
        )
        for condition in every
    )
    suspects = (
        Chip(SUSPECTS_NAME, SUSPECT_WORDS[selection.suspects], address(selection.without("suspects")))
        for value in SUSPECTS.values()
        if value == selection.suspects
    )
    window = (
        Chip(WINDOW_NAME, WINDOW_WORDS[days], address(replace(selection, window_days=None)))
        for days in WINDOWS.values()
        if days == selection.window_days
    )
    return (*filters, *conditions, *suspects, *window)


def _hidden(selection: Selection, owner: Owner, *, has_dates: bool) -> tuple[tuple[str, str], ...]:
    """What the form's own fields don't send: a span that is no dates, and conditions that no select shows."""
    span = selection.span
    own = span.parameters() if span.name or not has_dates else []
    chosen = {
        (select.key, option.value) for select in owner.more_filters for option in select.options if option.is_current
    }
    return (*own, *(condition for condition in selection.conditions if condition not in chosen), *owner.hidden)
