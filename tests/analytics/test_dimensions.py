"""Dimensions and stages are defined once; what they are called in addresses and commands stays."""

import pytest

from wizard.analytics.cube import Cell
from wizard.analytics.rates import Rate
from wizard.analytics.stages import METRICS, PREFILLED, STAGES, TREND, Counts
from wizard.events.cell import CELL
from wizard.events.dimensions import DIMENSIONS, GROUPED, RANKED, SPLITS, TAG_DIMENSIONS, Dimension


def test_their_names_in_addresses_and_on_the_command_line_stay() -> None:
    assert [*DIMENSIONS] == [
        *("source", "campaign", "page", "referrer", "language", "device", "persona"),
        *("recommendation", "version", "wording"),
    ]
    assert " ".join(SPLITS) == (
        "utm_source utm_campaign embed_origin referrer_host locale device persona deployment flow_version "
        "wording_version day"
    )
    assert TAG_DIMENSIONS == ("source", "campaign", "page", "referrer")
    assert RANKED == ("source", "campaign", "page", "referrer", "language", "device")


@pytest.mark.parametrize("dimension", [*DIMENSIONS.values(), *GROUPED.values()])
def test_journeys_of_a_cell_are_alike_in_every_dimension(dimension: Dimension) -> None:
    assert set(dimension.columns) <= set(CELL)
    assert dimension.is_tag != (set(dimension.columns) <= set(Cell._fields))


def test_the_order_of_the_columns_that_cells_are_numbered_by_stays() -> None:
    columns = (
        "viewed started finished clicked converted handoff edges persona recommended declined clicked_position "
        "utm_source utm_campaign referrer_host embed_origin embed_path locale device flow_version wording_version "
        "suspect"
    )
    assert " ".join(CELL) == columns, "numbers in existing logs were made in this order"


def test_the_stages_and_what_is_counted_by_them_stay() -> None:
    assert [*STAGES] == ["viewed", "started", "finished", "clicked", "handoff", "converted"]
    assert METRICS == ("journeys", "started", "finished", "clicked", "converted")
    assert TREND == ("viewed", "started", "finished", "clicked", "converted")
    assert [*PREFILLED] == ["finished", "clicked", "converted"]


def test_every_stage_is_a_column_that_a_cell_has_and_a_share_of_one_before_it() -> None:
    for place, (key, stage) in enumerate(STAGES.items()):
        assert key in Cell._fields
        assert stage.rate_of in ("journeys", *list(STAGES)[:place])


def test_counts_are_summed_and_taken_off_each_other() -> None:
    both = Counts.sum([Counts(journeys=3, started=2), Counts(journeys=1, finished=1)])
    assert both == Counts(journeys=4, started=2, finished=1)
    assert both.less(Counts(journeys=3, started=2)) == Counts(journeys=1, finished=1)
    assert (both["converted"], both.rate("finished"), both.rate("started")) == (0, Rate(1, 2), Rate(2, 4))


def test_a_stage_behind_the_start_counts_those_that_started() -> None:
    linked = Cell(1, 0, 1, 1, 1, 1, "", "", "", "", "", "en", "mobile", "f1", "w1", "")
    assert [name for name, stage in STAGES.items() if stage.holds(linked)] == ["viewed"]
    assert [name for name, stage in STAGES.items() if stage.holds(linked._replace(started=1))] == [*STAGES]
