"""Formats the comparison of two questionnaires' paths: as text and as JSON."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wizard.commands.options import several
from wizard.questionnaire.flow import Flow
from wizard.questionnaire.route_changes import PathKey, PathResult, RouteChange, key_of
from wizard.questionnaire.route_changes import as_record as change_record
from wizard.text_table import text_table

DESTINATION = ("persona", "recommended")
MOST_RESULTS = 3
"""So many results that a path may lead to now are named; of more, the number."""


@dataclass(frozen=True)
class Comparison:
    """The `earlier` paths, today's questionnaire, and what differs.

    `visits` are the finished ones of the last `days` by their answers; None if they were not counted.
    """

    earlier: Mapping[PathKey, PathResult]
    flow: Flow
    changes: tuple[RouteChange, ...]
    days: int
    visits: Mapping[PathKey, int] | None

    def of(self, changes: Iterable[RouteChange]) -> int:
        """How many visits took these paths."""
        visits = self.visits or {}
        return sum(visits.get(key_of(change.answers), 0) for change in changes)

    @property
    def finished(self) -> int:
        """How many visits were counted."""
        return sum((self.visits or {}).values())

    @property
    def unknown(self) -> int:
        """How many of them have answers that are no earlier path."""
        return sum(count for path, count in (self.visits or {}).items() if path not in self.earlier)


def as_record(found: Comparison) -> dict[str, object]:
    """The comparison, ready for JSON. `visits` are None where none were counted."""
    kinds = {kind: len([each for each in found.changes if each.kind == kind]) for kind in ("changed", "gone", "new")}
    counted = found.visits is not None
    visits = {
        "days": found.days,
        "finished": found.finished,
        "elsewhere": found.of(each for each in found.changes if each.elsewhere == "yes"),
        "perhaps_elsewhere": found.of(each for each in found.changes if each.elsewhere == "perhaps"),
        "no_earlier_path": found.unknown,
    }
    return {
        "paths": {"before": len(found.earlier), "now": len(found.flow.paths), **kinds},
        "visits": visits if counted else None,
        "changes": [{**change_record(each), "visits": found.of([each]) if counted else None} for each in found.changes],
    }


def as_text(found: Comparison) -> str:
    """The comparison as a summary and a table for each kind of change."""
    return "\n\n".join(["\n".join(_summary(found)), *_tables(found)])


def _summary(found: Comparison) -> Iterator[str]:
    counts = f"{several(len(found.earlier), 'path')} before, {len(found.flow.paths):,} now"
    yield f"{counts}: no differences." if not found.changes else f"{counts}."
    if found.visits is None:
        return
    yield f"Finished visits of the last {several(found.days, 'day')}: {found.finished:,}."
    if not found.finished:
        return
    for elsewhere, words in (
        ("yes", "Classified or sent elsewhere today"),
        ("perhaps", "Perhaps, by a question that they were not asked"),
    ):
        changes = [each for each in found.changes if each.elsewhere == elsewhere]
        if changes or elsewhere == "yes":
            yield f"{words}: {_share(found.of(changes), found.finished)}."
    if found.unknown:
        yield f"With answers that are no path before: {_share(found.unknown, found.finished)}."


def _share(count: int, total: int) -> str:
    return f"{count:,} ({100 * count / total:.1f}%)"


def _tables(found: Comparison) -> Iterator[str]:
    moved = [each for each in found.changes if {*each.changed} & {*DESTINATION}]
    others = [each for each in found.changes if each.changed and each not in moved]
    gone = [each for each in found.changes if each.kind == "gone"]
    new = [each for each in found.changes if each.kind == "new"]
    before_now = {"before": lambda each: _destination(each.before), "now": _today}
    yield from _table(found, "Classified or sent elsewhere", moved, before_now)
    yield from _table(
        found,
        "Same persona and recommendation, another result page",
        others,
        {
            "changed": lambda each: ", ".join(each.changed),
            "before": lambda each: _parts(each.before, each.changed),
            "now": lambda each: _parts(each.after[0], each.changed),
        },
    )
    yield from _table(found, "Paths that are gone, and where their answers lead now", gone, before_now)
    yield from _table(found, "New paths", new, {"now": _today})


def _table(
    found: Comparison,
    title: str,
    changes: Sequence[RouteChange],
    columns: Mapping[str, Callable[[RouteChange], str]],
) -> Iterator[str]:
    """The changes below a title, if there are any: the answers, the `columns`, and the visits if they were counted."""
    if not changes:
        return
    answered = {name for each in changes for name in each.answers}
    steps = [name for name in dict.fromkeys([*found.flow.by_name, *sorted(answered)]) if name in answered]
    counted = found.visits is not None
    heading = [*steps, *columns, *(["visits"] if counted else [])]
    rows = [
        [
            *(each.answers.get(step, "") for step in steps),
            *(text(each) for text in columns.values()),
            *([f"{found.of([each]):,}"] if counted else []),
        ]
        for each in changes
    ]
    visits = f", {several(found.of(changes), 'visit')}" if counted else ""
    yield f"{title} ({several(len(changes), 'path')}{visits})\n{text_table([heading, *rows], heading_rule=True)}"


def _today(change: RouteChange) -> str:
    """Where the answers lead now: one result, or several by the answer to a question that is asked in addition."""
    found = list(dict.fromkeys(_destination(each) for each in change.after))
    results = " or ".join(found) if len(found) <= MOST_RESULTS else f"one of {len(found)} results"
    return f"asks {change.asked}: {results}" if change.asked else results


def _destination(result: PathResult | None) -> str:
    return f"{result.persona}, {result.recommended}" if result else ""


def _parts(result: PathResult | None, names: Iterable[str]) -> str:
    """The parts of a result that are lists, each as its items; `-` for none."""
    return "; ".join(", ".join(getattr(result, name)) or "-" for name in names)
