"""Until when what happens in a journey counts, so that two periods are compared as they stood at the same age.

What a journey's dimensions, persona and answers are is as the log has it; only what it reached is limited.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, not_, or_, select, text

from wizard.events.log import DAY_MS
from wizard.events.periods import Period
from wizard.events.rows import within
from wizard.storage.schema import LASTING, journeys

WINDOWS: Mapping[str, int] = {"1d": 1, "7d": 7, "30d": 30}
"""How many days after they began journeys can be counted for, by their names in an address."""

TIMES: Mapping[str, tuple[str, ...]] = {
    "started": ("started_ms",),
    "finished": ("finished_ms",),
    "clicked": ("clicked_ms",),
    "handoff": ("clicked_ms", "converted_ms"),
    "converted": ("converted_ms",),
}
"""The columns with the time of each flag. A handoff is got with a click, or is implied by a signup."""

TIME_COLUMNS = tuple(dict.fromkeys(name for names in TIMES.values() for name in names))
"""These columns, each once."""


@dataclass(frozen=True, slots=True)
class Age:
    """What happens before `until_ms` counts, and less than `window_days` after the journey began; None is no limit."""

    until_ms: int | None = None
    window_days: int | None = None

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit."""
        return self.until_ms is not None or self.window_days is not None

    def reached(self, flag: str) -> list[ColumnElement[bool]]:
        """What must hold of a row of `journeys` whose `flag` counts, besides that flag."""
        if flag not in TIMES or not self.is_limited:
            return []
        # Servers of the version before write no times: what they wrote counts.
        times = [journeys.c[name] for name in TIMES[flag]]
        if len(times) == 1:
            return [or_(times[0].is_(None), and_(*self._before(times[0])))]
        known = [and_(time.is_not(None), *self._before(time)) for time in times]
        return [or_(*known, and_(*(time.is_(None) for time in times)))]

    def flag(self, name: str) -> ColumnElement[int]:
        """1 where a row of `journeys` has the flag and it counts, else 0."""
        return case((and_(journeys.c[name] == 1, *self.reached(name)), 1), else_=0)

    def counts(self, time: ColumnElement[int | None], began_ms: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether what happened at `time` in a journey that began then counts; NULL does not."""
        return and_(time.is_not(None), *self._before(time, began_ms))

    def flags_of(self, row: Any) -> dict[str, int]:
        """The flags of a row with the columns of `journeys`, as they count."""
        found = {}
        for flag, names in TIMES.items():
            times = [time for name in names if (time := getattr(row, name)) is not None]
            counts = not times or any(self._is_before(time, row.began_ms) for time in times)
            found[flag] = int(bool(getattr(row, flag)) and counts)
        return found

    def late(self, period: Period, *columns: ColumnElement[Any]) -> list[Select[Any]]:
        """Statements that together read `columns` of the journeys of `period` in which anything came too late to count.

        The first are those with an event a day or more after they began; the second, where they can be any, the others.
        """
        if not self.is_limited:
            return []
        own, inside = journeys.c, within(journeys.c.began_ms, period.since_ms, period.until_ms)
        late = [not_(and_(*self._before(own.last_ms)))]
        found = [select(*columns).where(*inside, text(LASTING), *late)]
        if self.until_ms is not None:
            since_ms = max(self.until_ms - DAY_MS, period.since_ms or 0)
            recent = within(own.began_ms, since_ms, period.until_ms)
            found.append(select(*columns).where(*recent, own.last_ms - own.began_ms < DAY_MS, *late))
        return found

    def _before(
        self, time: ColumnElement[Any], began_ms: ColumnElement[int] = journeys.c.began_ms
    ) -> list[ColumnElement[bool]]:
        found = [] if self.until_ms is None else [time < self.until_ms]
        return found if self.window_days is None else [*found, time - began_ms < self.window_days * DAY_MS]

    def _is_before(self, time_ms: int, began_ms: int) -> bool:
        return (self.until_ms is None or time_ms < self.until_ms) and (
            self.window_days is None or time_ms - began_ms < self.window_days * DAY_MS
        )


ANY = Age()
"""No limit."""
