"""The pictures that fit into a line."""

import pytest
from drawn import assert_nothing_but_shapes, of_class, parse, place, points

from wizard.growth.charts import bar, spark, whisker
from wizard.growth.intervals import Rate


@pytest.mark.parametrize(("share", "width"), [(0.25, "25%"), (1.0, "100%"), (1.7, "100%"), (0.00049, "0%")])
def test_a_bar_is_as_long_as_its_share(share: float, width: str) -> None:
    assert [each.get("width") for each in of_class(parse(bar(share)), "rect", "filled")] == [width]


@pytest.mark.parametrize("share", [0.0, None])
def test_a_bar_of_nothing_is_empty(share: float | None) -> None:
    assert not of_class(parse(bar(share)), "rect", "filled")


@pytest.mark.parametrize("upto", [1.0, 0.5])
def test_a_whisker_ends_where_the_interval_does(upto: float) -> None:
    rate = Rate(15, 148)
    root = parse(whisker(rate, upto))
    line = of_class(root, "line", "interval")[0]
    assert rate.interval is not None
    assert place(line, "x1", "x2") == pytest.approx([100 * end / upto for end in rate.interval], abs=0.06)
    assert place(of_class(root, "circle", "rate")[0], "cx") == pytest.approx([100 * 15 / 148 / upto], abs=0.06)


def test_there_is_no_whisker_without_a_rate() -> None:
    assert not of_class(parse(whisker(Rate(0, 0))), "circle")


def test_a_spark_follows_its_values_from_zero() -> None:
    ys = [y for _, y in points(of_class(parse(spark([0, 50, 100])), "path", "line")[0])]
    assert ys[0] - ys[1] == pytest.approx(ys[1] - ys[2])
    assert [len(points(each)) for each in of_class(parse(spark([1, 2, 3], open_last=True)), "path", "line")] == [2, 2]


@pytest.mark.parametrize("values", [[], [0], [0, 0], [7], [1e7, 0]])
def test_a_spark_of_next_to_nothing_is_a_picture_too(values: list[float]) -> None:
    assert_nothing_but_shapes(parse(spark(values)))
    assert all(0 <= y <= 28 for path in of_class(parse(spark(values)), "path", "line") for _, y in points(path))
