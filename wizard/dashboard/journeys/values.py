"""The filter values that the list of journeys offers: those of the journeys in its period."""

from collections.abc import Mapping
from functools import lru_cache

from wizard.analytics.cube import are_many_tags, read_cells
from wizard.analytics.stages import JOURNEYS
from wizard.analytics.tag_sets import Comparison
from wizard.analytics.tag_values import Values, Wanted, read_tag_values
from wizard.dashboard.filter_bar import MOST_OPTIONS, Offered
from wizard.events.dimensions import DIMENSIONS
from wizard.events.periods import Period
from wizard.storage.moment import Moment, Source

KEPT_MS = 60_000
WANTED = Wanted(JOURNEYS, JOURNEYS, MOST_OPTIONS)


def read_values(source: Source, period: Period, now_ms: int) -> Mapping[str, Offered]:
    """The most frequent values of each dimension. Further pages of the list reuse those of the first page for a minute.

    How many journeys have each is left out: the list is narrowed down by conditions, too, which these don't know.
    Raises SQLAlchemyError and FiguresUnavailable.
    """
    return _read(source, period, now_ms // KEPT_MS)


@lru_cache(maxsize=32)
def _read(source: Source, period: Period, _minute: int) -> Mapping[str, Offered]:
    nothing = Period(period.since_ms, period.since_ms)

    def read(moment: Moment) -> Mapping[str, Offered]:
        cells = read_cells(moment.figures, period)
        comparison = Comparison(period, nothing, suspects="included", are_many=are_many_tags(cells))
        tags = read_tag_values(moment.figures, comparison, WANTED)
        return {
            name: _of_tags(tags[name]) if each.is_tag else _offered(cells.count_by(each.value_of))
            for name, each in DIMENSIONS.items()
        }

    return source.read(read)


def _offered(counts: Mapping[str, int]) -> Offered:
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    return Offered(dict.fromkeys(ranked[:MOST_OPTIONS]), max(0, len(ranked) - MOST_OPTIONS))


def _of_tags(values: Values) -> Offered:
    listed = _offered({group.value: group.now[JOURNEYS] for group in values.groups})
    return Offered(listed.values, values.every_now - len(listed.values))
