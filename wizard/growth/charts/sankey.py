"""Lays a graph out along one direction: boxes in layers, and between them streams as wide as what they carry.

`along` is the way that the streams go, `across` is square to it; which of them is x is for whoever draws to say.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from wizard.growth.charts.labels import apart
from wizard.growth.charts.layers import Bend, Layers, Node, Spot

SWEEPS = 8
THINNEST = 1.0
"""A stream that carries next to nothing is still there to be seen."""


@dataclass(frozen=True, slots=True)
class Size:
    """How long a box is along, how broad across, and how much room it needs besides on its low and high side."""

    along: float
    across: float
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True, slots=True)
class Room:
    """`gap` is between boxes of a layer, `between` between layers, `most` the room across (None: as it takes).

    What comes to a box, or goes from it, takes at most `widest`, and keeps `edge` from its corners. For that, boxes
    become broader where they may grow, else streams narrower.
    """

    gap: float
    between: float
    widest: float
    edge: float
    most: float | None = None
    may_grow: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """Where a box is: its middle, and its size."""

    along: float
    across: float
    size: Size

    @property
    def begin(self) -> float:
        """Where it begins along."""
        return self.along - self.size.along / 2

    @property
    def end(self) -> float:
        """Where it ends along."""
        return self.along + self.size.along / 2


@dataclass(frozen=True, slots=True)
class Stream:
    """An edge's middle line, as points (along, across), curves and straight stretches in turn; and its width."""

    points: tuple[tuple[float, float], ...]
    width: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Where all is. `streams` has one for each edge, or None where it leads back; `each` is a journey's width."""

    along: float
    across: float
    boxes: Mapping[Spot, Box]
    streams: tuple[Stream | None, ...]
    each: float


def lay_out(layers: Layers, amounts: Sequence[int], sizes: Mapping[Node, Size], room: Room) -> Layout:
    """The layout of edges that carry these `amounts`, between boxes of these `sizes`."""
    loads = _loads(layers, amounts)
    limits = [room.widest if room.may_grow else min(room.widest, sizes[node].across - 2 * room.edge) for node in sizes]
    each = min((limit / loads[node] for limit, node in zip(limits, sizes, strict=True) if loads[node]), default=0.0)
    sizes = {
        node: replace(size, across=max(size.across, loads[node] * each + 2 * room.edge)) for node, size in sizes.items()
    }
    widths = [max(amount * each, THINNEST) for amount in amounts]
    depths = [max(sizes[spot].along for spot in layer if spot in sizes) for layer in layers.layers]
    # A bend is as long as the boxes beside it: streams pass them in a straight line.
    found = {
        spot: Size(depth, widths[spot.edge]) if isinstance(spot, Bend) else sizes[spot]
        for depth, layer in zip(depths, layers.layers, strict=True)
        for spot in layer
    }
    across, total = _across(layers, found, room)
    boxes: dict[Spot, Box] = {}
    begin = 0.0
    for depth, layer in zip(depths, layers.layers, strict=True):
        boxes |= {spot: Box(begin + depth / 2, across[spot], found[spot]) for spot in layer}
        begin += depth + room.between
    return Layout(begin - room.between, total, boxes, _streams(layers, widths, boxes), each)


def _loads(layers: Layers, amounts: Sequence[int]) -> Mapping[Node, int]:
    """How much comes to each node, or goes from it, whichever is more."""
    sides: dict[tuple[Node, int], int] = defaultdict(int)
    for amount, chain in zip(amounts, layers.chains, strict=True):
        if chain:
            sides[chain[0], 0] += amount
            sides[chain[-1], 1] += amount
    return defaultdict(int, {node: max(sides[node, 0], sides[node, 1]) for node, _ in list(sides)})


def _across(layers: Layers, sizes: Mapping[Spot, Size], room: Room) -> tuple[dict[Spot, float], float]:
    """Where each spot's middle is across, near to its neighbours', and how much room that takes."""
    steps = [pair for chain in layers.chains for pair in pairwise(chain)]
    at = dict.fromkeys(sizes, (room.most or 0.0) / 2)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for layer in layers.layers if down else reversed(layers.layers):
            wanted = []
            for spot in layer:
                near = [at[one] for one, other in steps if other == spot] if down else []
                near += [] if down else [at[other] for one, other in steps if one == spot]
                wanted.append(sum(near) / len(near) if near else at[spot])
            at |= zip(layer, _placed(layer, wanted, sizes, room), strict=True)
    lowest = 0.0 if room.most else min(at[spot] - _below(size) for spot, size in sizes.items())
    highest = room.most or max(at[spot] + _above(size) for spot, size in sizes.items())
    return {spot: place - lowest for spot, place in at.items()}, highest - lowest


def _placed(layer: Sequence[Spot], wanted: Sequence[float], sizes: Mapping[Spot, Size], room: Room) -> Sequence[float]:
    distances = [_above(sizes[one]) + room.gap + _below(sizes[other]) for one, other in pairwise(layer)]
    lowest, highest = -math.inf, math.inf
    if room.most:
        lowest, highest = _below(sizes[layer[0]]), room.most - _above(sizes[layer[-1]])
    return apart(wanted, distances, lowest, highest)


def _below(size: Size) -> float:
    return size.across / 2 + size.low


def _above(size: Size) -> float:
    return size.across / 2 + size.high


def _streams(layers: Layers, widths: Sequence[float], boxes: Mapping[Spot, Box]) -> tuple[Stream | None, ...]:
    """Each edge from side to side; those of one side lie beside each other, in the order in which they part."""
    leaves = _ports(layers, widths, boxes, 0)
    comes = _ports(layers, widths, boxes, -1)
    found: list[Stream | None] = []
    for number, chain in enumerate(layers.chains):
        points: list[tuple[float, float]] = []
        for spot in chain[1:-1]:
            points += [(boxes[spot].begin, boxes[spot].across), (boxes[spot].end, boxes[spot].across)]
        if not chain:
            found.append(None)
            continue
        first, last = (boxes[chain[0]].end, leaves[number]), (boxes[chain[-1]].begin, comes[number])
        found.append(Stream((first, *points, last), widths[number]))
    return tuple(found)


def _ports(layers: Layers, widths: Sequence[float], boxes: Mapping[Spot, Box], end: int) -> dict[int, float]:
    """Where each edge's middle is across at its first (0) or last (-1) node's side."""
    sides: dict[Spot, list[int]] = {}
    for number, chain in enumerate(layers.chains):
        if chain:
            sides.setdefault(chain[end], []).append(number)
    found = {}
    for node, numbers in sides.items():
        order = sorted(numbers, key=lambda number: boxes[layers.chains[number][1 if end == 0 else -2]].across)
        at = boxes[node].across - sum(widths[number] for number in order) / 2
        for number in order:
            found[number] = at + widths[number] / 2
            at += widths[number]
    return found
