"""Finished visits counted by their answers, on each store."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from factories import CONTEXT, NOV_1, SOURCES, log_on, visit

from wizard.analytics.path_visits import read_path_visits
from wizard.analytics.scope import Scope
from wizard.events.log import DAY_MS, Log
from wizard.events.model import ResultView
from wizard.events.periods import Period
from wizard.questionnaire.route_changes import key_of


@pytest.fixture(params=SOURCES)
def any_log(request: pytest.FixtureRequest) -> Iterator[Log]:
    log = log_on(request.param, request)
    yield log
    log.database.dispose()


def test_finished_visits_are_counted_by_their_last_answers(any_log: Log) -> None:
    any_log.append(visit("j-1"))
    any_log.append(visit("j-2", NOV_1 + DAY_MS))
    any_log.append(visit("too-early", NOV_1 - 1))
    any_log.append(visit("unfinished")[:5])
    any_log.append([replace(event, context=replace(event.context, suspect="burst")) for event in visit("suspect")])
    answers = {"who": "team", "team_size": "2_10", "hosting": "enjoy"}
    by_link = replace(CONTEXT, journey_id="by-link", answers=answers, entry="prefilled")
    any_log.append([ResultView(by_link, "team", "private_cloud", ())])
    with any_log.database.snapshot() as connection:
        found = read_path_visits(connection, Scope(Period(since_ms=NOV_1)))
    assert found == {key_of({"who": "hobby", "hosting": "avoid"}): 2, key_of(answers): 1}
