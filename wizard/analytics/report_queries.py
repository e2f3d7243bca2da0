"""The statements that reports are read with: one set, in what SQLite, PostgreSQL and ClickHouse run.

They read the folded tables, never the events. A journey belongs to the period in which it began, with all its steps.
Figures of all journeys come from narrow indexes alone; those of groups are aggregated in one pass over each table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    text,
    true,
)

from wizard.analytics.local_days import Stretch
from wizard.analytics.scope import Scope, in_other_order, inside, marked
from wizard.analytics.stages import PREFILLED, STAGES
from wizard.events.dimensions import DAY, GROUPED
from wizard.events.log import DAY_MS
from wizard.storage.schema import WANDERED, journey_steps, journeys


@dataclass(frozen=True, slots=True)
class Split:
    """What to group by; for `day`, also how far clocks are from UTC, and until when."""

    by: str
    offsets: tuple[Stretch, ...] = ()


def bounds(scope: Scope) -> Select[Any]:
    """When the first and the last journey of the period began, suspect or not; both None where there is none."""
    began_ms, ours = journeys.c.began_ms, inside(journeys, scope)
    ends = (select(end(began_ms)).where(*ours).scalar_subquery() for end in (func.min, func.max))
    return select(*ends)  # each in its own: SQLite looks up one end of an index, but reads all of it for both


def suspects(scope: Scope) -> Select[Any]:
    """How many suspect journeys of each mark the period has, whatever the choice of them."""
    own = journeys.c.suspect
    return (
        select(own, func.count().label("journeys"))
        .where(*marked(journeys, replace(scope, suspects="only")))
        .group_by(own)
    )


def kinds(scope: Scope) -> Select[Any]:
    """How many journeys there are of each combination of flags, and what their conversions are worth.

    Each is counted in a stretch of the index of its own, which takes half as long as grouping would.
    """
    mark = one_of("mark", scope.marks)
    found = [zero_or_one(name) for name in STAGES]
    flags = {name: table.c.flag for name, table in zip(STAGES, found, strict=True)}
    alike = [journeys.c.suspect == mark.c.mark, *(journeys.c[name] == flags[name] for name in STAGES)]
    count = select(func.count()).where(*alike, *inside(journeys, scope))
    worth = select(func.sum(journeys.c.value)).where(*alike, *inside(journeys, scope))
    return select(
        *(flags[name].label(name) for name in STAGES),
        count.scalar_subquery().label("journeys"),
        case((flags["converted"] == 1, worth.scalar_subquery())).label("value"),
    ).select_from(all_pairs(mark, *found))


def kinds_by(scope: Scope, split: Split) -> Select[Any]:
    """For each value of the split: its journeys, and how many of them are flagged.

    Stages are counted in two: of those that started, and (`…_unstarted`) of those that did not.
    """
    return (
        select(
            _value(journeys, split),
            func.count().label("journeys"),
            *(stage.count() for stage in STAGES.values()),
            *(STAGES[name].count_unstarted() for name in PREFILLED),
            func.coalesce(func.sum(case((journeys.c.started == 1, journeys.c.value))), 0.0).label("value"),
        )
        .where(*in_other_order(journeys, scope))
        .group_by(literal_column("split"))
    )


def visitors(scope: Scope) -> Select[Any]:
    """How many visitors of its own each step had that gave each answer (the last they gave), and that gave none.

    There is a row for each mark of suspect journeys that is counted. A step that nobody answered, and that has an
    answer, was answered beforehand: it has no visitors of its own. Which steps and answers there are is looked up from
    one to the next, so that each is counted in its stretch of the index.
    """
    rows = journey_steps.c
    mark = one_of("mark", scope.marks).c.mark
    first = select(func.min(rows.step)).where(rows.suspect == mark).scalar_subquery()
    name = select(mark, first.label("step")).cte("name", recursive=True)
    following = select(func.min(rows.step)).where(rows.suspect == name.c.mark, rows.step > name.c.step)
    name = name.union_all(select(name.c.mark, following.scalar_subquery()).where(name.c.step.is_not(None)))
    either = zero_or_one("answered")
    group = [name.c.mark, name.c.step, either.c.flag.label("answered")]
    found = select(*group, _next_answer(*group).label("answer")).select_from(all_pairs(name, either))
    answer = found.where(name.c.step.is_not(None)).cte("answer", recursive=True)
    of = answer.c
    next_answer = _next_answer(of.mark, of.step, of.answered, after=of.answer)
    answer = answer.union_all(select(of.mark, of.step, of.answered, next_answer).where(of.answer.is_not(None)))
    of = answer.c
    ours = [*_own(of.mark, of.step, of.answered), rows.answer == of.answer]
    count = select(func.count()).where(*ours, *inside(journey_steps, scope)).scalar_subquery().label("visitors")
    return select(of.step, of.answered, of.answer, count).where(of.answer.is_not(None))


def _next_answer(
    mark: ColumnElement[str],
    step: ColumnElement[str],
    answered: ColumnElement[int],
    *,
    after: ColumnElement[str] | None = None,
) -> ScalarSelect[Any]:
    """The first answer of a step's own visitors, in the order of the alphabet, that comes `after` another."""
    answer = journey_steps.c.answer
    beyond = [] if after is None else [answer > after]
    return select(func.min(answer)).where(*_own(mark, step, answered), *beyond).scalar_subquery()


def _own(
    mark: ColumnElement[str], step: ColumnElement[str], answered: ColumnElement[int]
) -> tuple[ColumnElement[bool], ...]:
    """A step's own visitors with this mark, who answered it or did not."""
    rows = journey_steps.c
    return rows.suspect == mark, rows.step == step, rows.prefilled == 0, rows.answered == answered


def wanderings(scope: Scope) -> Select[Any]:
    """For each step where it happened: visitors who met an error, went back to it, or changed their answer."""
    rows = journey_steps.c
    return (
        select(rows.step, *wandered())
        .where(text(WANDERED), rows.prefilled == 0, *marked(journey_steps, scope))
        .group_by(rows.step)
    )


def time_at(scope: Scope, step: str, rank: int, of: int) -> Select[Any]:
    """How long the `rank`-th quickest of so many answers to a step took, counted from 1.

    It is counted from the nearer end: all until there are read.
    """
    rows = journey_steps.c
    ours = and_(rows.step == step, rows.elapsed_ms.is_not(None), *marked(journey_steps, scope))
    is_slow = rank > of // 2 + 1
    order = rows.elapsed_ms.desc() if is_slow else rows.elapsed_ms
    return select(rows.elapsed_ms).where(ours).order_by(order).limit(1).offset(of - rank if is_slow else rank - 1)


def steps_by(scope: Scope, split: Split, times: ColumnElement[Any] | None = None) -> Select[Any]:
    """For each value of the split and each step: visitors, how they wandered, and the times that answers took.

    A journey without steps is in a row without a step: only an outer join has SQLite read journeys first, and then
    their steps, which lie together. Days need no journeys: a step has the time when its journey began.
    `times` says how long answers took: `all_times`, or what else there is for a column store.
    """
    rows = journey_steps.c
    alike = and_(journeys.c.began_ms == rows.began_ms, journeys.c.journey_id == rows.journey_id, rows.prefilled == 0)
    table = journey_steps if split.by == DAY else journeys
    times = all_times() if times is None else times
    found = select(_value(table, split), rows.step, times.label("times"), func.count().label("visitors"), *wandered())
    found = found.where(*in_other_order(table, scope)).group_by(literal_column("split"), rows.step)
    if split.by == DAY:
        return found.where(rows.prefilled == 0)
    return found.select_from(journeys.outerjoin(journey_steps, alike))


def all_times() -> ColumnElement[str]:
    """How long the answers of a group took, a line for each: one text is read far faster than a row for each."""
    return func.aggregate_strings(cast(journey_steps.c.elapsed_ms, Text), "\n")


def wandered() -> list[ColumnElement[int]]:
    """Of the steps' visitors: errors, and how many met one, went back, or changed their answer."""
    rows = journey_steps.c
    return [
        func.sum(rows.errors).label("errors"),
        func.sum(case((rows.errors > 0, 1), else_=0)).label("met_error"),
        func.sum(case((rows.went_back > 0, 1), else_=0)).label("went_back"),
        func.sum(case((rows.changes > 0, 1), else_=0)).label("changed"),
    ]


def all_pairs(*tables: FromClause) -> FromClause:
    """Every row of each with every row of all others."""
    return reduce(lambda one, other: one.join(other, true()), tables)


def zero_or_one(name: str) -> FromClause:
    """A table of the two flags that a column can have."""
    return select(literal(0).label("flag")).union_all(select(literal(1))).subquery(f"either_{name}")


def one_of(name: str, texts: Sequence[str]) -> FromClause:
    """A table with a row for each of these texts, in its column `name`."""
    first, *more = (select(literal(each, Text).label(name)) for each in texts)
    return first.union_all(*more).subquery(f"every_{name}")


def _value(table: Table, split: Split) -> ColumnElement[Any]:
    own = table.c.began_ms
    value = local_midnight(own, split.offsets) if split.by == DAY else GROUPED[split.by].value
    return value.label("split")


def local_midnight(began_ms: ColumnElement[int], offsets: Sequence[Stretch]) -> ColumnElement[int]:
    """The local midnight before `began_ms`, in milliseconds as if it were UTC."""
    local_ms = local_time(began_ms, offsets)
    return local_ms - local_ms % DAY_MS


def local_time(at_ms: ColumnElement[int], offsets: Sequence[Stretch]) -> ColumnElement[int]:
    """What clocks show at `at_ms`, in milliseconds as if it were UTC."""
    changes = [(at_ms < stretch.until_ms, stretch.offset_ms) for stretch in offsets[:-1]]
    last_ms = offsets[-1].offset_ms
    return at_ms + (case(*changes, else_=last_ms) if changes else last_ms)
