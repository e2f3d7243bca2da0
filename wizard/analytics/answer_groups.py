"""Groups of journeys by the answers that were given: a journey is in as many groups as it has answers."""

from collections import defaultdict
from types import SimpleNamespace

from sqlalchemy import Connection, and_, func, select

from wizard.analytics.breakdown import Group, Ranking
from wizard.analytics.selection import Selection
from wizard.analytics.stages import STAGES, Counts, reached
from wizard.storage.schema import journey_steps, journeys

ANSWER = "answer"
"""The breakdown's key in an address; its values are as those of the condition of this name: `who.team`."""


def read_answer_ranking(connection: Connection, selection: Selection, total: Group) -> Ranking:
    """The journeys of a selection, and of the period before, by the answers that stand. Raises SQLAlchemyError.

    Prefilled answers are left out. `total` are all journeys, each once. In the period before, the stages are those of
    the same age; answers are as they are now.
    """
    now, before = (_read(connection, each) for each in (selection, selection.before))
    groups = (Group(value, now.get(value, Counts()), before.get(value, Counts())) for value in {**now, **before})
    return Ranking(ANSWER, tuple(groups), total)


def _read(connection: Connection, selection: Selection) -> dict[str, Counts]:
    rows, age = journey_steps.c, selection.age
    flags = [(age.flag(name) if age.is_limited else journeys.c[name]).label(f"is_{name}") for name in STAGES]
    alike = and_(journeys.c.began_ms == rows.began_ms, journeys.c.journey_id == rows.journey_id)
    answered = rows.prefilled == 0, rows.answered == 1
    statement = (
        select(rows.step, rows.answer, func.count().label("journeys"), *flags)
        .select_from(journeys.join(journey_steps, alike))
        .where(*answered, *selection.where_by_time())
        .group_by(rows.step, rows.answer, *flags)
    )
    found: dict[str, Counts] = defaultdict(Counts)
    for step, answer, count, *values in connection.execute(statement):
        stages = reached(SimpleNamespace(**dict(zip(STAGES, values, strict=True))))
        found[f"{step}.{answer}"].add(stages, count)
    return found
