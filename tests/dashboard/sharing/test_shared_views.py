"""Links to views expire, can be revoked, and can't be forged: the same on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from support import KEY, settings

from wizard.dashboard.access.cookie import CLOCKS_SECONDS
from wizard.dashboard.access.sign_ins import SignIns
from wizard.dashboard.sharing.shared_views import DAY_MS, EXPIRY_DAYS, SharedViewRefused, SharedViews
from wizard.events.log import Log
from wizard.events.open_log import open_log
from wizard.maintenance.expired import KEPT_MS

ONE, OTHER = "one@example.com", "other@example.com"
OTHER_KEY = "another key that is long enough to be one"
QUERY, OTHER_QUERY = "period=28d", "period=7d&device=mobile"
NOON = 1_800_000_000_000
CLOCKS_MS = CLOCKS_SECONDS * 1000


@dataclass
class Clock:
    """A clock that stands where it is put."""

    ms: int = NOON

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def log(any_database: str) -> Iterator[Log]:
    opened = open_log(settings(database_url=any_database))
    yield opened
    opened.database.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def views(log: Log, clock: Clock) -> SharedViews:
    return SharedViews(log.database, [KEY], clock)


def made(views: SharedViews, query: str = QUERY, days: int = 7) -> tuple[str, str]:
    """The id and the token of a new link."""
    link_id = views.add(query, ONE, days)
    return link_id, views.token(link_id)


def reason(views: SharedViews, token: str) -> str:
    """Why a link shows nothing."""
    with pytest.raises(SharedViewRefused) as refused:
        views.open(token)
    return refused.value.reason


def test_each_link_shows_its_own_view_however_often_it_is_opened(views: SharedViews) -> None:
    (_, token), (_, other) = made(views), made(views, OTHER_QUERY)
    assert [views.open(token).query for _ in range(3)] == [QUERY] * 3
    assert views.open(other).query == OTHER_QUERY


def test_the_signature_of_one_link_opens_no_other(views: SharedViews) -> None:
    (link_id, token), (other_id, other) = made(views), made(views, OTHER_QUERY)
    for swapped in (f"{link_id}.{other.partition('.')[2]}", f"{other_id}.{token.partition('.')[2]}"):
        assert reason(views, swapped) == "forged"


def test_what_we_did_not_sign_is_no_link(views: SharedViews, log: Log, clock: Clock) -> None:
    link_id, token = made(views)
    elsewhere = SharedViews(log.database, [OTHER_KEY], clock).token(link_id)
    sign_in = SignIns(log.database, [KEY], clock).invite(ONE, 24)  # signed with the same key, for another purpose
    twin = chr(ord(token[-1]) + 1)  # whose spare bits differ, so that it decodes to the same
    changed = token[:-5] + ("A" if token[-5] != "A" else "B") + token[-4:]
    for forged in (
        elsewhere,
        sign_in,
        changed,
        token[:-1],
        token[:-1] + twin,
        token + "é",
        token * 4,
        link_id,
        "",
        ".",
    ):
        assert reason(views, forged) == "forged"
    assert views.open(token).link_id == link_id


def test_a_link_outlives_the_rotation_of_the_key_but_not_its_end(log: Log, clock: Clock, views: SharedViews) -> None:
    link_id, token = made(views)
    both = SharedViews(log.database, [OTHER_KEY, KEY], clock)
    assert both.open(token).link_id == link_id
    later = SharedViews(log.database, [OTHER_KEY], clock)
    assert reason(later, token) == "forged"
    assert later.open(both.token(link_id)).link_id == link_id


@pytest.mark.parametrize("days", EXPIRY_DAYS)
def test_a_link_is_valid_for_its_days_and_the_difference_of_clocks(days: int, views: SharedViews, clock: Clock) -> None:
    _, token = made(views, days=days)
    clock.ms += days * DAY_MS + CLOCKS_MS - 1
    assert views.open(token).state(clock.ms) == "open"
    clock.ms += 1
    assert reason(views, token) == "expired"
    assert [each.state(clock.ms) for each in views.all()] == ["expired"]


@pytest.mark.parametrize("ahead_ms", [-CLOCKS_MS, CLOCKS_MS - 1])
def test_a_link_is_valid_at_once_on_a_server_whose_clock_differs(
    ahead_ms: int, views: SharedViews, log: Log, clock: Clock
) -> None:
    elsewhere = SharedViews(log.database, [KEY], lambda: clock.ms + ahead_ms)
    _, token = made(views, days=1)
    assert elsewhere.open(token).query == QUERY
    clock.ms += DAY_MS
    assert elsewhere.open(token).query == QUERY


def test_revoking_a_link_ends_it_on_every_server_and_ends_no_other(views: SharedViews, log: Log, clock: Clock) -> None:
    (link_id, token), (_, other) = made(views), made(views)
    elsewhere = SharedViews(log.database, [KEY], clock)
    assert elsewhere.open(token).link_id == link_id
    assert views.revoke(link_id)
    assert reason(elsewhere, token) == reason(views, token) == "revoked"
    assert elsewhere.open(other).query == QUERY
    assert not elsewhere.revoke(link_id)
    assert not views.revoke("none")


def test_what_has_expired_before_it_was_revoked_stays_expired(views: SharedViews, clock: Clock) -> None:
    link_id, token = made(views, days=1)
    clock.ms += DAY_MS + CLOCKS_MS
    views.revoke(link_id)
    assert reason(views, token) == "expired"


def test_openings_are_counted_by_all_servers_together(views: SharedViews, log: Log, clock: Clock) -> None:
    link_id, token = made(views)
    assert (views.open(token).opened, views.open(token).last_ms) == (0, None)
    for server in (views, SharedViews(log.database, [KEY], clock)):
        clock.ms += 1
        server.record_opening(link_id)
    assert (views.open(token).opened, views.open(token).last_ms) == (2, NOON + 2)


def test_all_lists_who_made_what_until_when_the_newest_first(views: SharedViews, clock: Clock) -> None:
    views.add(QUERY, ONE, 1)
    clock.ms += 1
    views.add(OTHER_QUERY, OTHER, 30)
    assert [(each.query, each.email, each.made_ms, each.expires_ms) for each in views.all()] == [
        (OTHER_QUERY, OTHER, NOON + 1, NOON + 1 + 30 * DAY_MS),
        (QUERY, ONE, NOON, NOON + DAY_MS),
    ]


def test_what_has_ended_is_kept_for_90_days(views: SharedViews, clock: Clock) -> None:
    expired, token = made(views, days=1)
    revoked, _ = made(views, days=90)
    views.revoke(revoked)
    clock.ms += KEPT_MS + DAY_MS
    newer = views.add(QUERY, ONE, 1)
    assert {each.link_id for each in views.all()} == {expired, newer}
    clock.ms += 1
    views.add(QUERY, ONE, 1)
    assert reason(views, token) == "unknown"


def test_ids_can_be_written_on_a_command_line(views: SharedViews) -> None:
    link_id, token = made(views)
    assert link_id.isalnum()
    assert token.startswith(f"{link_id}.")
    assert len(token) > 60
