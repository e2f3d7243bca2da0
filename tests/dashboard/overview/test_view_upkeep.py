"""The sentences on backups and on the retention."""

from zoneinfo import ZoneInfo

import pytest

from wizard.dashboard.overview.context import Upkeep
from wizard.dashboard.overview.view_upkeep import upkeep_of
from wizard.events.log import DAY_MS

NOW_MS = 1_793_491_200_000
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("upkeep", "said"),
    [
        (Upkeep(None, 0), "No backup of the log has been recorded. Visits are not deleted after a time."),
        (
            Upkeep(NOW_MS - 2 * DAY_MS, 760),
            "Newest backup of the log: 30 Oct 2026, 01:00 (2 days ago). Visits are deleted after 760 days.",
        ),
        (
            Upkeep(NOW_MS - 3_600_000, 1),
            "Newest backup of the log: 1 Nov 2026, 00:00 (60 minutes ago). Visits are deleted after 1 day.",
        ),
    ],
)
def test_the_newest_backup_and_the_retention_are_told(upkeep: Upkeep, said: str) -> None:
    assert upkeep_of(upkeep, BERLIN, NOW_MS) == said
