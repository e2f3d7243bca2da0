"""Warnings that requests cause: a line an hour, however many requests there are."""

import logging

import pytest

from wizard.web.rare_warning import WARN_SECONDS, RareWarnings

LOGGER = logging.getLogger("wizard.test")


def test_each_key_is_logged_once_an_hour_with_how_often_it_came(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    warnings = RareWarnings(LOGGER, 10, "another", lambda: now[0])
    for key in ("a", "b", "a", "a"):
        warnings.log(key, "%s: %d")
    now[0] = WARN_SECONDS
    for key in ("a", "b", "c"):
        warnings.log(key, "%s: %d")
    assert caplog.messages == ["a: 1", "b: 1", "a: 3", "b: 1", "c: 1"]


def test_a_flood_of_keys_costs_no_more_lines_than_the_limit(caplog: pytest.LogCaptureFixture) -> None:
    warnings = RareWarnings(LOGGER, 3, "another", lambda: 0.0)
    for number in range(1000):
        warnings.log(f"site {number}", "%s: %d")
    assert caplog.messages == ["site 0: 1", "site 1: 1", "site 2: 1", "another: 1"]
