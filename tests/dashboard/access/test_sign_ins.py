"""Links work once, sessions end: the same on SQLite and on PostgreSQL."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from support import KEY, settings

from wizard.dashboard.access.sign_in import HOUR_MS, IDLE_MS, LONGEST_MS, Ended, SignIn
from wizard.dashboard.access.sign_ins import SEEN_MS, SignInRefused, SignIns
from wizard.events.log import Log
from wizard.events.open_log import open_log
from wizard.maintenance.expired import KEPT_MS

ONE, OTHER = "one@example.com", "other@example.com"
OTHER_KEY = "another key that is long enough to be one"
NOON = 1_800_000_000_000


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
def sign_ins(log: Log, clock: Clock) -> SignIns:
    return SignIns(log.database, [KEY], clock)


def reason(sign_ins: SignIns, token: str) -> str:
    """Why a link lets nobody in; looking and using agree on it."""
    with pytest.raises(SignInRefused) as looking:
        sign_ins.offered(token)
    with pytest.raises(SignInRefused) as using:
        sign_ins.use(token)
    assert str(looking.value) == str(using.value)
    return str(looking.value)


def over(sign_ins: SignIns, session: SignIn) -> str:
    """Why a session no longer holds."""
    with pytest.raises(SignInRefused) as refused:
        sign_ins.session(session.link_id)
    return str(refused.value)


def test_a_link_is_good_once_however_often_it_is_looked_at(sign_ins: SignIns) -> None:
    token = sign_ins.invite(ONE, 24)
    assert [sign_ins.offered(token).email for _ in range(3)] == [ONE] * 3
    used = sign_ins.use(token)
    assert sign_ins.session(used.link_id).email == ONE
    assert reason(sign_ins, token) == "used"
    assert sign_ins.session(used.link_id).state(NOON) == "signed in"


class Racing(SignIns):
    """Sign-ins of which all who ask have seen the link to be good before any of them uses it."""

    barrier = threading.Barrier(6)

    def offered(self, token: str) -> SignIn:
        found = super().offered(token)
        self.barrier.wait(30)
        return found


def test_of_many_who_press_at_once_one_comes_in(log: Log, clock: Clock) -> None:
    workers = [Racing(log.database, [KEY], clock) for _ in range(6)]  # as in processes of their own
    token = workers[0].invite(ONE, 24)

    def press(worker: SignIns) -> str:
        try:
            return worker.use(token).email
        except SignInRefused as refused:
            return str(refused)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(press, workers)) == [ONE, *["used"] * 5]


def test_a_link_that_is_ended_between_look_and_press_lets_nobody_in(
    sign_ins: SignIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = sign_ins.invite(ONE, 24)
    seen = sign_ins.offered(token)
    sign_ins.end_all(ONE)
    monkeypatch.setattr(sign_ins, "offered", lambda _: seen)
    with pytest.raises(SignInRefused):
        sign_ins.use(token)


def test_a_link_that_expires_between_look_and_press_lets_nobody_in(
    sign_ins: SignIns, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = sign_ins.invite(ONE, 24)
    seen = sign_ins.offered(token)
    clock.ms += 24 * HOUR_MS
    monkeypatch.setattr(sign_ins, "offered", lambda _: seen)
    with pytest.raises(SignInRefused):
        sign_ins.use(token)


def test_a_link_is_good_for_as_long_as_it_was_made_for_and_no_longer(sign_ins: SignIns, clock: Clock) -> None:
    short, long = sign_ins.invite(ONE, 1), sign_ins.invite(ONE, 2)
    clock.ms += HOUR_MS - 1
    assert sign_ins.offered(short).email == ONE
    clock.ms += 1
    assert reason(sign_ins, short) == "expired"
    assert sign_ins.use(long).email == ONE


def test_a_session_outlives_its_link(sign_ins: SignIns, clock: Clock) -> None:
    used = sign_ins.use(sign_ins.invite(ONE, 1))
    clock.ms += 2 * HOUR_MS
    assert sign_ins.session(used.link_id).email == ONE


def changed(token: str, at: int) -> str:
    """The token with one character replaced by another."""
    return token[:at] + ("A" if token[at] != "A" else "B") + token[at:][1:]


def test_what_we_did_not_sign_is_no_link(sign_ins: SignIns, log: Log, clock: Clock) -> None:
    token = sign_ins.invite(ONE, 24)
    elsewhere = SignIns(log.database, [OTHER_KEY], clock).invite(ONE, 24)
    twin = chr(ord(token[-1]) + 1)  # whose spare bits differ, so that it decodes to the same
    for forged in (elsewhere, changed(token, 0), changed(token, 30), token[:-1], token[:-1] + twin, token + "é"):
        assert reason(sign_ins, forged) == "forged"
    for forged in ("", ".", "x", token * 4, token.partition(".")[0]):
        assert reason(sign_ins, forged) == "forged"
    assert sign_ins.offered(token).email == ONE


def test_a_link_outlives_the_rotation_of_the_key_but_not_its_end(log: Log, clock: Clock) -> None:
    token = SignIns(log.database, [KEY], clock).invite(ONE, 24)
    assert SignIns(log.database, [OTHER_KEY, KEY], clock).offered(token).email == ONE
    assert reason(SignIns(log.database, [OTHER_KEY], clock), token) == "forged"
    newer = SignIns(log.database, [OTHER_KEY, KEY], clock).invite(ONE, 24)
    assert SignIns(log.database, [OTHER_KEY], clock).offered(newer).email == ONE


def test_a_link_whose_row_is_gone_lets_nobody_in(sign_ins: SignIns, log: Log, clock: Clock) -> None:
    token = sign_ins.invite(ONE, 24)
    session = sign_ins.use(sign_ins.invite(ONE, 24))
    clock.ms += KEPT_MS + 24 * HOUR_MS + 1
    fresh = sign_ins.invite(OTHER, 1)
    assert [row.email for row in sign_ins.all()] == [OTHER]
    assert reason(sign_ins, token) == "unknown"
    assert over(sign_ins, session) == "unknown"
    assert SignIns(log.database, [KEY], clock).offered(fresh).email == OTHER


def test_what_was_used_is_kept_for_as_long_after_its_last_use(sign_ins: SignIns, clock: Clock) -> None:
    used = sign_ins.use(sign_ins.invite(ONE, 1))
    clock.ms += 2 * HOUR_MS
    sign_ins.record_use(used)
    clock.ms = NOON + KEPT_MS + HOUR_MS + 1
    sign_ins.invite(OTHER, 1)
    assert [row.email for row in sign_ins.all()] == [OTHER, ONE]


def test_a_session_holds_until_nothing_was_asked_for_in_twelve_hours(sign_ins: SignIns, clock: Clock) -> None:
    used = sign_ins.use(sign_ins.invite(ONE, 1))
    for _ in range(3):
        clock.ms += IDLE_MS
        sign_ins.record_use(sign_ins.session(used.link_id))
    clock.ms += IDLE_MS + 1
    assert over(sign_ins, used) == "idle"


def test_that_a_session_is_in_use_is_written_down_once_a_minute(sign_ins: SignIns, clock: Clock) -> None:
    used = sign_ins.use(sign_ins.invite(ONE, 1))
    seen = []
    for _ in range(5):
        clock.ms += SEEN_MS // 2
        sign_ins.record_use(sign_ins.session(used.link_id))
        seen.append(sign_ins.session(used.link_id).last_ms)
    assert seen == [NOON, *[NOON + SEEN_MS] * 2, *[NOON + 2 * SEEN_MS] * 2]


def test_that_a_session_is_in_use_never_revives_one_that_has_ended(sign_ins: SignIns, clock: Clock) -> None:
    used = sign_ins.use(sign_ins.invite(ONE, 1))
    before = sign_ins.session(used.link_id)
    sign_ins.end(used.link_id)
    clock.ms += SEEN_MS
    sign_ins.record_use(before)
    assert over(sign_ins, used) == "signed out"
    [row] = sign_ins.all()
    assert row.last_ms == NOON


def test_ending_one_session_leaves_the_others(sign_ins: SignIns) -> None:
    here, there = (sign_ins.use(sign_ins.invite(ONE, 1)) for _ in range(2))
    sign_ins.end(here.link_id)
    assert over(sign_ins, here) == "signed out"
    assert sign_ins.session(there.link_id).email == ONE


def test_all_that_one_has_is_ended_at_once_and_nobody_elses(sign_ins: SignIns, clock: Clock) -> None:
    idle = sign_ins.use(sign_ins.invite(ONE, 1))
    clock.ms += IDLE_MS + 1
    sign_ins.invite(ONE, 1)
    clock.ms += HOUR_MS
    sessions = [sign_ins.use(sign_ins.invite(ONE, 1)) for _ in range(2)]
    waiting = sign_ins.invite(ONE, 1)
    others, others_link = sign_ins.use(sign_ins.invite(OTHER, 1)), sign_ins.invite(OTHER, 1)
    assert sign_ins.end_all(ONE) == Ended(sessions=2, links=1)
    assert [over(sign_ins, session) for session in (*sessions, idle)] == ["signed out", "signed out", "idle"]
    assert reason(sign_ins, waiting) == "revoked"
    assert sign_ins.session(others.link_id).email == OTHER
    assert sign_ins.offered(others_link).email == OTHER
    assert sign_ins.end_all(ONE) == Ended(0, 0)


def test_the_list_says_what_has_become_of_each_the_newest_first(sign_ins: SignIns, clock: Clock) -> None:
    sign_ins.use(sign_ins.invite("idle@example.com", 1))
    clock.ms += IDLE_MS
    sign_ins.invite("expired@example.com", 1)
    clock.ms += HOUR_MS
    ended = sign_ins.use(sign_ins.invite("signed.out@example.com", 1))
    sign_ins.end(ended.link_id)
    clock.ms += 1
    sign_ins.use(sign_ins.invite("signed.in@example.com", 1))
    clock.ms += 1
    sign_ins.invite("open@example.com", 1)
    expected = ["open", "signed in", "signed out", "expired", "idle"]
    assert [row.state(clock.ms) for row in sign_ins.all()] == expected
    for email in ("idle@example.com", "expired@example.com"):
        sign_ins.end_all(email)  # what was over already stays as it was
    assert [row.state(clock.ms) for row in sign_ins.all()] == expected
    assert [row.email.partition("@")[0].replace(".", " ") for row in sign_ins.all()] == expected


def test_a_session_holds_for_seven_days_at_most_however_often_it_is_used(sign_ins: SignIns, clock: Clock) -> None:
    used = sign_ins.use(sign_ins.invite(ONE, 1))
    while clock.ms < NOON + LONGEST_MS:
        sign_ins.record_use(sign_ins.session(used.link_id))
        clock.ms = min(clock.ms + IDLE_MS, NOON + LONGEST_MS)
    sign_ins.record_use(sign_ins.session(used.link_id))
    clock.ms += 1
    assert over(sign_ins, used) == "expired"
    assert [row.state(clock.ms) for row in sign_ins.all()] == ["expired"]
    assert sign_ins.end_all(ONE) == Ended(sessions=0, links=0)
    assert LONGEST_MS == 7 * 24 * HOUR_MS


def test_the_name_of_a_session_in_the_log_is_stable_and_says_nothing_of_its_link(sign_ins: SignIns) -> None:
    used, other = (sign_ins.use(sign_ins.invite(ONE, 1)) for _ in range(2))
    assert sign_ins.session(used.link_id).reference == used.reference != other.reference
    assert used.reference not in used.link_id
    assert len(used.reference) == 12
