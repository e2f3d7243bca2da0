"""Read-only links: of all that `Links` has an address for, none is left."""

from collections.abc import Callable, Mapping

import pytest
from dashboard_app import selected

from wizard.dashboard.overview.view_links import Asked, Links, Number
from wizard.dashboard.sharing.read_only import ReadOnlyLinks

CALLS: Mapping[str, Callable[[Links], Number | str]] = {
    "journeys": lambda links: links.journeys(3, ("outcome", "started"), device="mobile"),
    "before": lambda links: links.before(3, ("outcome", "started")),
    "of_day": lambda links: links.of_day("2026-11-02", 3, ("outcome", "started")),
    "days": lambda links: links.days("2026-11-02", "2026-11-03"),
    "list": lambda links: links.list(("outcome", "started")),
    "overview": lambda links: links.overview(links.selection, metric="started"),
}
"""A call of each method of `Links`. One that is missing here fails a test: it needs its read-only form."""


def address_of(found: Number | str) -> str:
    return found if isinstance(found, str) else found.href or ""


def test_every_method_of_links_is_known() -> None:
    assert {name for name, value in vars(Links).items() if callable(value) and not name.startswith("_")} == set(CALLS)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_number_is_the_same_and_has_no_address(call: Callable[[Links], Number | str]) -> None:
    selection = selected("period=28d&source=newsletter")
    linked, read_only = call(Links(selection, Asked())), call(ReadOnlyLinks(selection, Asked()))
    assert address_of(linked)
    assert not address_of(read_only)
    if isinstance(linked, Number):
        assert isinstance(read_only, Number)
        assert linked.count == read_only.count == 3
