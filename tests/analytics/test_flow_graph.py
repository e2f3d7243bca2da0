"""The questionnaire as a graph: its own edges, taken or not, and whatever others were taken."""

from visits import STEPS

from wizard.analytics.cube import Cell, Counted
from wizard.analytics.flow import Edge, read_edge_sets, read_edges
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY

CELL = Cell(1, 1, 0, 0, 0, 0, "start>who", "", "", "", "", "en", "mobile", "f1", "w1", "")
OWN = [
    ("start", "who", ""),
    ("who", "hosting", ""),
    ("who", "team_size", ""),
    ("team_size", "hosting", ""),
    ("hosting", "result", "cloud"),
    ("hosting", "result", "on_premise"),
    ("hosting", "result", "private_cloud"),
]


def edges(*cells: tuple[int, str, str]) -> dict[tuple[str, str, str], Edge]:
    """The edges of so many journeys that took these and were recommended that."""
    counted = [Counted(CELL._replace(edges=taken, recommended=to), journeys, 0.0) for journeys, taken, to in cells]
    return {
        (edge.source, edge.target, edge.recommended): edge
        for edge in read_edges(read_edge_sets(counted), QUESTIONS, STRATEGY)
    }


def test_the_flows_own_edges_are_there_whether_or_not_anybody_took_them() -> None:
    found = edges()
    assert sorted(found) == sorted(OWN)
    assert all(edge.expected and edge.journeys == 0 for edge in found.values())


def test_edges_are_in_the_order_of_the_flow() -> None:
    sources = [source for source, _, _ in edges()]
    assert sources == sorted(sources, key=["start", *STEPS].index)


def test_journeys_are_counted_once_for_each_edge_that_they_took() -> None:
    found = edges(
        (5, "start>who", ""), (3, "start>who who>hosting", ""), (2, "start>who who>hosting who>team_size", "")
    )
    counts = {edge[:2]: found[edge].journeys for edge in OWN[:4]}
    assert counts == {("start", "who"): 10, ("who", "hosting"): 5, ("who", "team_size"): 2, ("team_size", "hosting"): 0}


def test_edges_to_a_result_are_told_apart_by_what_was_recommended_and_others_are_not() -> None:
    found = edges((5, "hosting>result start>who", "cloud"), (3, "hosting>result start>who", "on_premise"))
    assert found["hosting", "result", "cloud"].journeys == 5
    assert found["hosting", "result", "on_premise"].journeys == 3
    assert found["start", "who", ""].journeys == 8


def test_what_the_flow_does_not_have_comes_last_and_is_not_expected() -> None:
    found = edges(
        (4, "start>result", "cloud"), (1, "head_count>hosting start>who", ""), (2, "hosting>result", "abacus")
    )
    others = [edge for edge in found.values() if not edge.expected]
    assert others == list(found.values())[-3:]
    assert others == [
        Edge("head_count", "hosting", "", 1, expected=False),
        Edge("hosting", "result", "abacus", 2, expected=False),
        Edge("start", "result", "cloud", 4, expected=False),
    ]
    assert len(found) == len(OWN) + 3
