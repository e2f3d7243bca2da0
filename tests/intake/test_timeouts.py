"""Nobody waits for a log that does not answer."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy.exc import OperationalError

from wizard.events.log import Log
from wizard.intake.timeouts import TimedLog, with_timeout


def test_what_comes_in_time_is_passed_on() -> None:
    assert with_timeout(lambda: 7, 60) == 7


@pytest.mark.parametrize("error", [ValueError("no"), TimeoutError("its own"), SystemExit()])
def test_so_is_what_is_raised(error: BaseException) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        with_timeout(fail, 60)
    assert raised.value is error


@pytest.mark.parametrize("ask", [lambda log: log.append([]), lambda log: log.journey("a")], ids=["append", "journey"])
def test_beyond_its_time_it_counts_as_a_log_that_can_not_be_used(
    log: Log, ask: Callable[[TimedLog], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = threading.Event()
    for name in ("append", "journey"):
        monkeypatch.setattr(log, name, lambda *_: answer.wait(60))
    with pytest.raises(OperationalError, match=r"no answer in 0\.05 s"):
        ask(TimedLog(log, 0.05))
    answer.set()
