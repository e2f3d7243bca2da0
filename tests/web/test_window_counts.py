"""Counts within a time, and what is left of them afterwards."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from wizard.web.window_counts import FIXED_WINDOW, FixedWindows, SlidingWindow


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 40)), max_size=60), st.integers(1, 4))
def test_a_key_comes_so_often_within_any_sixty_seconds_and_no_more(steps: list[tuple[str, int]], limit: int) -> None:
    now = 0.0
    window = SlidingWindow(limit, 60, clock=lambda: now)
    admitted: dict[str, list[float]] = defaultdict(list)
    for key, seconds in steps:
        now += seconds
        recent = [at for at in admitted[key] if at > now - 60]
        assert window.hit(key) is (len(recent) < limit)
        if len(recent) < limit:
            admitted[key].append(now)
        assert len(window) == sum(any(at > now - 60 for at in times) for times in admitted.values())


def test_a_fixed_window_begins_with_the_first_and_is_forgotten_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    storage = storage_from_string(f"{FIXED_WINDOW}://")
    assert isinstance(storage, FixedWindows)
    limiter, limit = FixedWindowRateLimiter(storage), RateLimitItemPerMinute(2)
    assert [limiter.hit(limit, "one") for _ in range(3)] == [True, True, False]
    assert limiter.get_window_stats(limit, "one") == (1060.0, 0)
    now[0] += 30
    assert limiter.hit(limit, "two")
    now[0] += 30
    assert limiter.hit(limit, "one")
    assert storage.check()
    assert storage.reset() == 2
    assert limiter.hit(limit, "two")
    storage.clear(limit.key_for("two"))
    assert limiter.test(limit, "two")
    assert storage.reset() == 0
