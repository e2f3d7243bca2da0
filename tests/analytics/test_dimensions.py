"""Dimensions and stages are defined once; what they are called in addresses and commands stays."""

import pytest

from wizard.analytics.breakdown import METRICS, Counts
from wizard.analytics.cube import Cell
from wizard.analytics.dimensions import DIMENSIONS, GROUPED, RANKED, SPLITS, TAG_DIMENSIONS, Dimension
from wizard.analytics.stages import STAGES, UNSTARTED
from wizard.events.cell import CELL


def test_their_names_in_addresses_and_on_the_command_line_stay() -> None:
    assert [*DIMENSIONS] == ["source", "campaign", "page", "referrer", "language", "device", "persona"]
    assert " ".join(SPLITS) == (
        "utm_source utm_campaign embed_origin referrer_host locale device persona deployment day"
    )
    assert TAG_DIMENSIONS == ("source", "campaign", "page", "referrer")
    assert RANKED == ("source", "campaign", "page", "referrer", "language", "device")


@pytest.mark.parametrize("dimension", [*DIMENSIONS.values(), *GROUPED.values()])
def test_journeys_of_a_cell_are_alike_in_every_dimension(dimension: Dimension) -> None:
    assert set(dimension.columns) <= set(CELL)
    assert dimension.is_tag != (set(dimension.columns) <= set(Cell._fields))


def test_every_metric_but_journeys_is_a_stage() -> None:
    assert set(METRICS) - {"journeys"} <= STAGES.keys()
    assert set(Counts._fields) - {"journeys"} == STAGES.keys() - {"viewed"}
    assert set(UNSTARTED) <= STAGES.keys()


def test_a_stage_behind_the_start_counts_those_that_started() -> None:
    linked = Cell(1, 0, 1, 1, 1, 1, "", "", "", "", "", "en", "mobile", "")
    assert [name for name, stage in STAGES.items() if stage.holds(linked)] == ["viewed"]
    assert [name for name, stage in STAGES.items() if stage.holds(linked._replace(started=1))] == [*STAGES]
