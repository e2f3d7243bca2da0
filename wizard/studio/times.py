"""Dates and times of the studio, in the dashboard's time zone."""

from wizard.dashboard.labels import moment
from wizard.dashboard.phrases import days_in_words
from wizard.web.services import services


def when(at_ms: int) -> str:
    """A date with its time: 12 Nov 2026, 09:30."""
    at = moment(at_ms, services().settings.time_zone)
    return f"{days_in_words(at.date(), at.date())}, {at:%H:%M}"
