"""Which journeys the dashboard is asked for: a span, and what they must have in common. All of it is in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from urllib.parse import urlencode

from sqlalchemy import ColumnElement
from werkzeug.datastructures import MultiDict

from wizard.analytics.age import WINDOWS, Age
from wizard.analytics.conditions import CONDITIONS
from wizard.analytics.date_range import DEFAULT, SPANS, Span, SpanError, named, read_span
from wizard.analytics.quoting import quoted
from wizard.analytics.scope import SUSPECTS, Scope, Suspects, inside, is_selected, unindexed
from wizard.events.dimensions import DIMENSIONS
from wizard.events.periods import PeriodError, iso, read_period
from wizard.storage.schema import journeys

UNKNOWN = "-"
"""What stands in an address for a value that is not known. A value that begins with it is written with one more."""

MOST_VALUES = 20
"""How many values a condition may have: each is looked up for each journey, and databases take only so many."""

LEFT_OUT = ", and is left out: these are more journeys than were asked for"


@dataclass(frozen=True)
class Selection:
    """Journeys that began in `span`, each of whose `filters` (dimension to value) and `conditions` holds.

    Conditions are pairs of a name and a value, as the address has them, in the order of `CONDITIONS`; all must hold.
    What happens in a journey counts within `window_days` after it began, and before `as_of_ms`, where these are given.
    """

    span: Span
    filters: Mapping[str, str] = field(default_factory=dict)
    conditions: tuple[tuple[str, str], ...] = ()
    suspects: Suspects = "excluded"
    window_days: int | None = None
    as_of_ms: int | None = None

    @property
    def age(self) -> Age:
        """Until when what happens in a journey counts."""
        return Age(self.as_of_ms, self.window_days)

    @property
    def before(self) -> "Selection":
        """The same of the period before, as it stood when that was as old as this one is now."""
        span = self.span
        as_of_ms = span.before_as_of_ms if self.window_days is None else None
        return replace(self, span=replace(span, period=span.before), as_of_ms=as_of_ms)

    @property
    def scope(self) -> Scope:
        """It without its filters and conditions."""
        return Scope(self.span.period, self.suspects)

    def parameters(self) -> list[tuple[str, str]]:
        """It as it stands in an address; `read_selection` reads the same again."""
        filters = [(name, _written(self.filters[name])) for name in DIMENSIONS if name in self.filters]
        suspects = [("suspects", text) for text, value in SUSPECTS.items() if value == self.suspects]
        window = [("window", name) for name, days in WINDOWS.items() if days == self.window_days]
        as_of = [] if self.as_of_ms is None else [("as_of", iso(self.as_of_ms))]
        return [*self.span.parameters(), *filters, *self.conditions, *suspects, *window, *as_of]

    def query(self, **more: str) -> str:
        """It as an address's query, with `more` parameters at its end."""
        return urlencode([*self.parameters(), *more.items()])

    def also(self, *conditions: tuple[str, str], **filters: str) -> "Selection":
        """The same with these conditions besides, and these filters in place of their own."""
        return replace(self, filters={**self.filters, **filters}, conditions=(*self.conditions, *conditions))

    def without(self, *names: str) -> "Selection":
        """The same without the filters and conditions of these names, of which `suspects` is one."""
        kept = {name: value for name, value in self.filters.items() if name not in names}
        return replace(
            self,
            filters=kept,
            conditions=tuple(each for each in self.conditions if each[0] not in names),
            suspects="excluded" if "suspects" in names else self.suspects,
        )

    def where(self) -> list[ColumnElement[bool]]:
        """What must hold of a row of `journeys`."""
        return [*inside(journeys, self.scope), *self.narrowing()]

    def where_by_time(self) -> list[ColumnElement[bool]]:
        """The same for a statement that is to find its rows by the time when they began, and by no other index."""
        return [*inside(journeys, self.scope), *unindexed(self.narrowing())]

    def narrowing(self) -> list[ColumnElement[bool]]:
        """The same without the span."""
        filters = [DIMENSIONS[name].value == value for name, value in self.filters.items()]
        return [*is_selected(journeys, self.suspects), *filters, *self.held()]

    def held(self) -> list[ColumnElement[bool]]:
        """What its conditions demand of a row of `journeys`."""
        return [each for name, value in self.conditions for each in CONDITIONS[name].where(value, self.age)]


@dataclass(frozen=True)
class Reading:
    """What an address asks for, and a line for each part of it that can't be read and is left out."""

    selection: Selection
    problems: tuple[str, ...]


def read_selection(given: MultiDict[str, str], zone: tzinfo, now_ms: int) -> Reading:
    """The selection that an address asks for. What can't be read is reported, and left out; an empty value is none."""
    problems: list[str] = []
    try:
        span = read_span(given, zone, now_ms)
    except SpanError as error:
        problems.append(f"{error}. {SPANS[DEFAULT].sentence}")
        span = named(DEFAULT, zone, now_ms)
    window_days, as_of_ms = _read_age(given, zone, problems)
    if window_days is not None:
        span = span.of_age(window_days, now_ms)
    filters, conditions = _read_filters(given, problems), _read_conditions(given, problems)
    suspects = given.get("suspects", "")
    if suspects and suspects not in SUSPECTS:
        problems.append(f"{quoted(suspects)} can't be read as a choice of suspect visits, which are left out")
    found = Selection(span, filters, conditions, SUSPECTS.get(suspects, "excluded"), window_days, as_of_ms)
    return Reading(found, tuple(problems))


def _read_age(given: MultiDict[str, str], zone: tzinfo, problems: list[str]) -> tuple[int | None, int | None]:
    """The window in days, and the time as of which journeys are counted; adds to `problems` what can't be read."""
    window, as_of, as_of_ms = given.get("window", ""), given.get("as_of", ""), None
    if window and window not in WINDOWS:
        problems.append(f"{quoted(window)} can't be read as a window{LEFT_OUT}; there are {', '.join(WINDOWS)}")
    if as_of:
        try:
            as_of_ms = read_period(as_of, None, zone).since_ms
        except PeriodError:
            problems.append(f"{quoted(as_of)} can't be read as a time, and is left out")
    return WINDOWS.get(window), as_of_ms


def _read_filters(given: MultiDict[str, str], problems: list[str]) -> dict[str, str]:
    filters = {}
    for name in filter(given.get, DIMENSIONS):
        if "\0" in given[name]:  # no database has it in a text, and PostgreSQL will not even look for it
            problems.append(f"{quoted(given[name])} can't be read as {DIMENSIONS[name].name.lower()}{LEFT_OUT}")
        else:
            filters[name] = _read(given[name])
    return filters


def _read_conditions(given: MultiDict[str, str], problems: list[str]) -> tuple[tuple[str, str], ...]:
    conditions = []
    for name, condition in CONDITIONS.items():
        values = list(dict.fromkeys(filter(None, given.getlist(name))))
        if len(values) > MOST_VALUES:
            problems.append(f"What is beyond {MOST_VALUES} conditions on {condition.name} is too much{LEFT_OUT}")
        for value in values[:MOST_VALUES]:
            try:
                condition.where(value)
            except (KeyError, ValueError):
                problems.append(f"{quoted(value)} can't be read as {condition.name}{LEFT_OUT}")
            else:
                conditions.append((name, value))
    return tuple(conditions)


def _written(value: str) -> str:
    return UNKNOWN + value if not value or value.startswith(UNKNOWN) else value


def _read(text: str) -> str:
    return text.removeprefix(UNKNOWN)
