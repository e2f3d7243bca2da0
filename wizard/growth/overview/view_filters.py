"""The bar above the overview: its span and filters, what each can be, and the addresses that change them."""

from dataclasses import dataclass, replace
from itertools import islice
from zoneinfo import ZoneInfo

from wizard.growth.names import DIMENSION_NAMES, SPAN_NAMES, Names, in_an_option
from wizard.growth.overview.read import Overview
from wizard.growth.overview.view_links import Links
from wizard.growth.overview.view_words import before_in_words, span_in_words
from wizard.growth.selection import DIMENSIONS, Selection
from wizard.growth.spans import SPANS

MOST_OPTIONS = 100


@dataclass(frozen=True, slots=True)
class SpanLink:
    """A span with a name."""

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
    """One dimension; `left_out` values are too rare to be offered."""

    key: str
    name: str
    options: tuple[Option, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, and the address without it."""

    name: str
    value: str
    href: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The whole bar. `hidden` is what the form sends besides; `since` and `until` fill its dates.

    Exact times have no dates: then `has_dates` is False, and the times are among what is hidden.
    """

    spans: tuple[SpanLink, ...]
    span: str
    before: str
    zone: str
    filters: tuple[Filter, ...]
    chips: tuple[Chip, ...]
    clear: str
    hidden: tuple[tuple[str, str], ...]
    since: str
    until: str
    has_dates: bool
    is_custom: bool


def bar_of(overview: Overview, links: Links, names: Names, zone: ZoneInfo) -> Bar:
    """The bar for what is selected."""
    selection = overview.selection
    span = selection.span
    has_dates = "T" not in span.since + span.until
    own = [("period", span.name)] if span.name else []
    exact = [] if has_dates else span.parameters()
    return Bar(
        spans=_spans(links),
        span=span_in_words(span, zone),
        before=before_in_words(span, zone),
        zone=zone.key,
        filters=tuple(_filter(overview, name, names) for name in DIMENSIONS),
        chips=tuple(
            Chip(DIMENSION_NAMES[name], names.value(name, value), links.overview(selection.without(name)))
            for name, value in selection.filters.items()
        ),
        clear=links.overview(selection.without(*DIMENSIONS)),
        hidden=(*own, *exact, *links.asked.parameters()),
        since=span.since if has_dates else "",
        until=span.until if has_dates else "",
        has_dates=has_dates,
        is_custom=not span.name,
    )


def wider_spans(links: Links) -> tuple[SpanLink, ...]:
    """The spans with a name that are longer than this one."""
    span = links.selection.span
    days = (span.last - span.first).days + 1
    return tuple(each for each, name in zip(_spans(links), SPANS, strict=True) if SPANS[name] > days)


def _spans(links: Links) -> tuple[SpanLink, ...]:
    current = links.selection.span.name
    return tuple(
        SpanLink(SPAN_NAMES[name], links.overview(_named(links.selection, name)), name == current) for name in SPANS
    )


def _named(selection: Selection, name: str) -> Selection:
    return replace(selection, span=replace(selection.span, name=name))


def _filter(overview: Overview, dimension: str, names: Names) -> Filter:
    found, chosen = overview.options[dimension], overview.selection.filters.get(dimension)
    offered = dict(islice(found.items(), MOST_OPTIONS))
    if chosen is not None:
        offered.setdefault(chosen, found.get(chosen, 0))
    options = tuple(
        Option(_written(overview.selection, dimension, value), _label(dimension, value, count, names), value == chosen)
        for value, count in offered.items()
    )
    return Filter(dimension, DIMENSION_NAMES[dimension], options, len(found.keys() - offered.keys()))


def _label(dimension: str, value: str, count: int, names: Names) -> str:
    """A value with its count; what a visitor wrote, in whichever direction, ends before that."""
    return f"{in_an_option(names.value(dimension, value))} ({count:,})"


def _written(selection: Selection, dimension: str, value: str) -> str:
    return dict(selection.also(**{dimension: value}).parameters())[dimension]
