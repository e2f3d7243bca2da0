"""Counts finished visits by their answers: how many took each path of the questionnaire."""

import json
from collections import Counter

from sqlalchemy import Connection, func, select

from wizard.analytics.scope import Scope, in_other_order
from wizard.questionnaire.route_changes import PathKey, key_of
from wizard.storage.schema import journeys


def read_path_visits(connection: Connection, scope: Scope) -> Counter[PathKey]:
    """How many visits of `scope` reached a result, by the answers that they had last. Raises SQLAlchemyError.

    Visits by prefilled links are among them.
    """
    finished = [journeys.c.finished == 1, *in_other_order(journeys, scope)]
    statement = select(journeys.c.answers, func.count()).where(*finished).group_by(journeys.c.answers)
    found: Counter[PathKey] = Counter()
    for answers, count in connection.execute(statement):
        found[key_of(json.loads(answers))] += count
    return found
