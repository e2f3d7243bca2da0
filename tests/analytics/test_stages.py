"""The stages of the funnel, and what must follow from their declarations."""

from wizard.analytics.stages import STAGES
from wizard.storage.schema import journeys


def test_every_stage_is_in_the_index_that_the_funnel_is_read_from() -> None:
    (index,) = (each for each in journeys.indexes if each.name == "ix_journeys_funnel")
    assert set(STAGES) <= set(index.columns.keys())
