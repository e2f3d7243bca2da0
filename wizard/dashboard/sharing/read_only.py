"""Links of a view that is shown to anyone who has its link: there are none."""

from wizard.analytics.selection import Selection
from wizard.dashboard.overview.view_links import Links, Number


class ReadOnlyLinks(Links):
    """What `Links` has, without an address: numbers lead nowhere, and every address is an empty text."""

    def journeys(self, count: int, *_conditions: tuple[str, str], **_filters: str) -> Number:
        """The number alone."""
        return Number(count)

    def before(self, count: int, *_conditions: tuple[str, str]) -> Number:
        """The number alone."""
        return Number(count)

    def of_day(self, day: str, count: int, *_conditions: tuple[str, str]) -> Number:  # noqa: ARG002  # as in `Links`
        """The number alone."""
        return Number(count)

    def list(self, *_conditions: tuple[str, str]) -> str:
        """No address."""
        return ""

    def overview(self, selection: Selection | None = None, **_changes: str | bool) -> str:  # noqa: ARG002  # as in `Links`
        """No address."""
        return ""
