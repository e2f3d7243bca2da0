"""Puts a graph into layers: each node one after the longest way to it, in an order in which few edges cross."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import NamedTuple

SWEEPS = 6

Node = Hashable
Edges = Sequence[tuple[Node, Node]]


class Bend(NamedTuple):
    """Where the edge with this number passes through a layer in which it neither begins nor ends."""

    edge: int
    layer: int


Spot = Node | Bend


@dataclass(frozen=True, slots=True)
class Layers:
    """The spots of each layer, in order; and for each edge the spots that it passes, its own two nodes included.

    An edge that would lead back, as it closes a circle, passes none.
    """

    layers: tuple[tuple[Spot, ...], ...]
    chains: tuple[tuple[Spot, ...], ...]


def in_layers(ranks: Mapping[Node, int], edges: Edges) -> Layers:
    """The layers of nodes with these `ranks`, which are 0, 1 and so on; the nodes are in the order of the mapping."""
    layers: list[list[Spot]] = [[] for _ in range(max(ranks.values()) + 1)]
    for node, rank in ranks.items():
        layers[rank].append(node)
    chains: list[tuple[Spot, ...]] = []
    for number, (source, target) in enumerate(edges):
        bends = [Bend(number, layer) for layer in range(ranks[source] + 1, ranks[target])]
        chains.append((source, *bends, target) if ranks[source] < ranks[target] else ())
        for bend in bends:
            layers[bend.layer].append(bend)
    return Layers(tuple(tuple(layer) for layer in _untangled(layers, chains)), tuple(chains))


def rank(nodes: Sequence[Node], edges: Edges, last: Sequence[Node]) -> dict[Node, int]:
    """How many edges the longest way to each node has; edges that lead back are passed over.

    Those in `last` all come last, after all others.
    """
    ranks = dict.fromkeys(nodes, 0)
    forward = _without_circles(nodes, edges)
    for _ in nodes:
        for source, target in forward:
            ranks[target] = max(ranks[target], ranks[source] + 1)
    end = max([ranks[node] for node in last] + [ranks[node] + 1 for node in nodes if node not in last], default=0)
    return ranks | dict.fromkeys(last, end)


def in_rows(ranks: Mapping[Node, int], most: Mapping[Node, int]) -> dict[Node, int]:
    """The same ranks with so many layers more that no node has more than its `most` in its layer."""
    found: dict[Node, int] = {}
    row = -1
    for level in range(max(ranks.values()) + 1):
        members = [node for node, each in ranks.items() if each == level]
        for place, node in enumerate(members):
            row += place % most[node] == 0
            found[node] = row
    return {node: found[node] for node in ranks}


def _without_circles(nodes: Sequence[Node], edges: Edges) -> list[tuple[Node, Node]]:
    following: dict[Node, list[Node]] = {node: [] for node in nodes}
    kept = []
    for source, target in edges:
        if source != target and not _leads(target, source, following):
            following[source].append(target)
            kept.append((source, target))
    return kept


def _leads(one: Node, other: Node, following: Mapping[Node, Sequence[Node]]) -> bool:
    seen, todo = {one}, [one]
    while todo:
        for node in following[todo.pop()]:
            if node not in seen:
                seen.add(node)
                todo.append(node)
    return other in seen


def _untangled(layers: list[list[Spot]], chains: Sequence[Sequence[Spot]]) -> list[list[Spot]]:
    """The layers in the best order that is found by putting each spot where its neighbours are, to and fro."""
    steps = [pair for chain in chains for pair in pairwise(chain)]
    best, fewest = layers, _crossings(layers, steps)
    for sweep in range(SWEEPS):
        layers = _swept(layers, steps, down=sweep % 2 == 0)
        if (crossings := _crossings(layers, steps)) < fewest:
            best, fewest = layers, crossings
    return best


def _swept(layers: Sequence[Sequence[Spot]], steps: Edges, *, down: bool) -> list[list[Spot]]:
    ordered: list[list[Spot]] = []
    at: dict[Spot, float] = {}
    for layer in layers if down else reversed(layers):
        wanted = {}
        for place, spot in enumerate(layer):
            near = [at[one] for one, other in _facing(steps, down=down) if other == spot and one in at]
            wanted[spot] = sum(near) / len(near) if near else place / max(len(layer), 1)
        order = sorted(layer, key=lambda spot: wanted[spot])
        at |= {spot: (place + 0.5) / len(order) for place, spot in enumerate(order)}
        ordered.append(order)
    return ordered if down else ordered[::-1]


def _facing(steps: Edges, *, down: bool) -> Edges:
    return steps if down else [(target, source) for source, target in steps]


def _crossings(layers: Sequence[Sequence[Spot]], steps: Edges) -> int:
    at = {spot: (number, place) for number, layer in enumerate(layers) for place, spot in enumerate(layer)}
    found = 0
    for (one, other), (two, another) in product([(at[source], at[target]) for source, target in steps], repeat=2):
        found += one[0] == two[0] and one[1] < two[1] and other[1] > another[1]
    return found
