"""Who decided last on a role wins, there is always an admin, and everything is recorded: on both databases."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from support import KEY, settings

from wizard.dashboard.access.people import People, Person
from wizard.dashboard.access.role_changes import GivenRole, LastAdmin, give_role
from wizard.dashboard.access.roles import ROLES, Role, includes
from wizard.dashboard.access.sign_in import IDLE_MS, SignIn
from wizard.dashboard.access.sign_ins import SignInRefused, SignIns
from wizard.events.log import Log
from wizard.events.open_log import open_log
from wizard.storage.audit_entries import Asked, read_entries, read_names
from wizard.storage.studio_tables import people as table

ONE, TWO, CHIEF = "one@example.com", "two@example.com", "chief@example.com"
NOON = 1_800_000_000_000


@dataclass
class Clock:
    """A clock that goes on by a minute with each look at it."""

    ms: int = NOON

    def __call__(self) -> int:
        self.ms += 60_000
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


@pytest.fixture
def people(log: Log, clock: Clock) -> People:
    return People(log.database, clock)


def role_of(people: People, email: str) -> str | None:
    return next((person.role for person in people.all() if person.email == email), None)


def told(log: Log, *, of: str = "") -> list[tuple[str, str, str, str, str]]:
    """What the audit log says, the oldest first; only `of` one action if that is given."""
    with log.database.reader.connect() as connection:
        found = read_entries(connection, Asked(action=of))
    return [(each.who, each.action, each.subject, each.before, each.after) for each in reversed(found)]


def test_each_role_may_do_what_those_before_it_may() -> None:
    assert ROLES == ("viewer", "editor", "publisher", "admin")
    allowed = {role: [needed for needed in ROLES if includes(role, needed)] for role in ROLES}
    assert allowed == {role: list(ROLES[: ROLES.index(role) + 1]) for role in ROLES}


def test_using_a_link_makes_a_person_with_its_role(log: Log, sign_ins: SignIns, people: People) -> None:
    token = sign_ins.invite(ONE, 1, "editor", CHIEF)
    [invited] = people.all()
    assert (invited.role, invited.made_ms, invited.sessions, invited.links) == ("editor", 0, 0, 1)
    used = sign_ins.use(token)
    assert used.role == sign_ins.session(used.link_id).role == "editor"
    [person] = people.all()
    at_ms = used.used_ms or 0
    assert person == Person(ONE, "editor", at_ms, CHIEF, at_ms, CHIEF, sessions=1, links=0, last_ms=at_ms)
    sign_ins.end(used.link_id)
    assert told(log) == [
        (CHIEF, "sign-in link made", ONE, "", "editor"),
        (CHIEF, "person added", ONE, "", "editor"),
        (ONE, "sign-in", used.reference, "", "editor"),
        (ONE, "sign-out", used.reference, "", ""),
    ]


def test_without_a_role_a_link_gives_that_of_the_person_or_else_viewer(sign_ins: SignIns, people: People) -> None:
    assert sign_ins.use(sign_ins.invite(ONE, 1)).role == "viewer"
    people.set_role(ONE, "publisher", CHIEF)
    assert sign_ins.use(sign_ins.invite(ONE, 1)).role == "publisher"


def test_a_link_with_another_role_changes_that_of_a_known_person(sign_ins: SignIns, people: People) -> None:
    sign_ins.use(sign_ins.invite(ONE, 1, "publisher"))
    waiting = sign_ins.invite(ONE, 1, "viewer")
    assert role_of(people, ONE) == "publisher", "a link changes nothing before it is used"
    assert sign_ins.use(waiting).role == role_of(people, ONE) == "viewer"


def test_a_role_that_was_changed_after_a_link_was_made_is_not_undone_by_it(sign_ins: SignIns, people: People) -> None:
    sign_ins.use(sign_ins.invite(ONE, 1, "publisher"))
    waiting = sign_ins.invite(ONE, 1, "publisher")
    people.set_role(ONE, "viewer", CHIEF)
    assert sign_ins.use(waiting).role == role_of(people, ONE) == "viewer"


def test_of_two_links_the_older_does_not_undo_the_newer_in_whatever_order_they_are_used(
    sign_ins: SignIns, people: People
) -> None:
    older, newer = (sign_ins.invite(ONE, 1, role) for role in ("viewer", "editor"))
    assert [sign_ins.use(token).role for token in (newer, older)] == ["editor", "editor"]
    older, newer = (sign_ins.invite(ONE, 1, role) for role in ("viewer", "publisher"))
    assert [sign_ins.use(token).role for token in (older, newer)] == ["viewer", "publisher"]
    assert role_of(people, ONE) == "publisher"


def test_a_changed_role_holds_for_sessions_that_are_running(log: Log, sign_ins: SignIns, people: People) -> None:
    here, there = (sign_ins.use(sign_ins.invite(ONE, 1, "editor")) for _ in range(2))
    changed = people.set_role(ONE, "viewer", CHIEF)
    assert (changed.before, changed.is_last_admin) == ("editor", False)
    assert [sign_ins.session(each.link_id).role for each in (here, there)] == ["viewer", "viewer"]
    assert people.set_role(ONE, "viewer", CHIEF).before == "viewer"
    assert told(log, of="role changed") == [(CHIEF, "role changed", ONE, "editor", "viewer")], "not twice"


def test_who_is_removed_is_out_at_once_and_has_no_link_left(log: Log, sign_ins: SignIns, people: People) -> None:
    session, token = sign_ins.use(sign_ins.invite(ONE, 1, "editor")), sign_ins.invite(ONE, 1, "editor")
    removed = people.remove(ONE, CHIEF)
    assert removed is not None
    assert (removed.role, removed.ended.sessions, removed.ended.links) == ("editor", 1, 1)
    with pytest.raises(SignInRefused):
        sign_ins.session(session.link_id)
    with pytest.raises(SignInRefused):
        sign_ins.use(token)
    assert people.all() == []
    assert people.remove(ONE, CHIEF) is None
    assert told(log, of="person removed") == [(CHIEF, "person removed", ONE, "editor", "")]
    assert sign_ins.use(sign_ins.invite(ONE, 1)).role == "viewer", "who comes back begins anew"


def test_an_unused_link_of_somebody_who_never_came_is_removed_as_well(sign_ins: SignIns, people: People) -> None:
    token = sign_ins.invite(ONE, 1, "editor")
    assert people.remove(ONE, CHIEF) is not None
    with pytest.raises(SignInRefused):
        sign_ins.use(token)


def test_the_last_admin_stays_one_but_where_that_is_allowed(log: Log, sign_ins: SignIns, people: People) -> None:
    people.set_role(CHIEF, "admin", CHIEF)
    with pytest.raises(LastAdmin, match=CHIEF):
        people.set_role(CHIEF, "publisher", CHIEF)
    with pytest.raises(LastAdmin, match=CHIEF):
        people.remove(CHIEF, CHIEF)
    token = sign_ins.invite(CHIEF, 1, "viewer")
    assert sign_ins.use(token).role == "admin", "a link doesn't take it away"
    with log.database.writer.begin() as connection:
        assert give_role(connection, GivenRole(NOON, CHIEF, "viewer", "OpenID Connect")) == "admin"
    assert people.admins() == [CHIEF]
    people.set_role(ONE, "admin", CHIEF)
    assert people.set_role(CHIEF, "publisher", ONE).before == "admin"
    assert people.set_role(ONE, "viewer", "command line", may_be_last=True).is_last_admin
    assert people.admins() == []
    people.set_role(ONE, "admin", "command line")
    removed = people.remove(ONE, "command line", may_be_last=True)
    assert removed is not None
    assert removed.is_last_admin


@pytest.mark.parametrize("how", ["demote", "remove"])
def test_two_admins_who_take_the_role_from_each_other_leave_one(log: Log, how: str) -> None:
    both = [f"admin{number}@example.com" for number in range(2)]
    for _ in range(5):
        people = [People(log.database, Clock()) for _ in both]
        for email in both:
            people[0].set_role(email, "admin", "test")
        barrier = threading.Barrier(2)

        def attack(number: int, people: list[People] = people, barrier: threading.Barrier = barrier) -> bool:
            barrier.wait(30)
            try:
                if how == "demote":
                    people[number].set_role(both[1 - number], "viewer", both[number])
                else:
                    people[number].remove(both[1 - number], both[number])
            except LastAdmin:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(attack, range(2))) == [False, True]
        assert len(people[0].admins()) == 1


def test_the_role_of_one_person_changed_by_many_at_once_is_one_of_theirs(log: Log, sign_ins: SignIns) -> None:
    tokens = [sign_ins.invite(ONE, 1, role) for role in ROLES]
    barrier = threading.Barrier(8)

    def change(number: int) -> None:
        barrier.wait(30)
        if number < 4:
            People(log.database, Clock()).set_role(ONE, ROLES[number], f"admin{number}", may_be_last=True)
        else:
            SignIns(log.database, [KEY], Clock(NOON + 60_000)).use(tokens[number - 4])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change, range(8)))
    with log.database.reader.connect() as connection:
        [row] = connection.execute(select(table)).all()
    entries = [entry for entry in told(log) if entry[2] == ONE and entry[1] in ("person added", "role changed")]
    assert [entry[1] for entry in entries].count("person added") == 1
    before, after = (Counter(entry[column] for entry in entries) for column in (3, 4))
    assert after - before == Counter([row.role]), "each says what it changed from, and to"
    assert before - after == Counter([""])


def test_who_signed_in_before_there_were_roles_is_listed_as_a_viewer(
    log: Log, sign_ins: SignIns, people: People
) -> None:
    session = sign_ins.use(sign_ins.invite(ONE, 1, "editor"))
    with log.database.writer.begin() as connection:
        connection.execute(table.delete())
    assert sign_ins.session(session.link_id).role == "viewer"
    [person] = people.all()
    assert (person.email, person.role, person.made_ms, person.sessions) == (ONE, "viewer", 0, 1)
    people.set_role(ONE, "editor", CHIEF)
    assert sign_ins.session(session.link_id).role == "editor"


def test_sessions_that_are_over_are_not_counted(sign_ins: SignIns, people: People, clock: Clock) -> None:
    sign_ins.use(sign_ins.invite(ONE, 1))
    clock.ms += IDLE_MS + 60_000
    sign_ins.invite(ONE, 1)
    sign_ins.use(sign_ins.invite(TWO, 1))
    assert [(each.email, each.sessions, each.links) for each in people.all()] == [(ONE, 0, 1), (TWO, 1, 0)]


def test_the_role_of_a_session_is_read_in_the_same_query(sign_ins: SignIns, people: People) -> None:
    roles: list[Role] = ["viewer", "admin"]
    found: list[SignIn] = []
    for role in roles:
        people.set_role(ONE, role, CHIEF)
        found.append(sign_ins.session(sign_ins.use(sign_ins.invite(ONE, 1)).link_id))
    assert [each.role for each in found] == roles


def test_entries_are_found_by_person_action_and_time_a_page_at_a_time(log: Log, people: People) -> None:
    for role in ROLES:
        people.set_role(ONE, role, CHIEF, may_be_last=True)
    people.set_role(CHIEF, "admin", "command line")
    with log.database.reader.connect() as connection:
        everything = read_entries(connection, Asked())
        assert [each.after for each in everything] == ["admin", "admin", "publisher", "editor", "viewer"]
        first = read_entries(connection, Asked(who=CHIEF), most=2)
        rest = read_entries(connection, Asked(who=CHIEF, older_than=first[-1].entry_id), most=3)
        assert [each.after for each in (*first, *rest)] == ["admin", "publisher", "editor", "viewer"]
        assert [each.subject for each in read_entries(connection, Asked(action="person added"))] == [CHIEF, ONE]
        between = Asked(since_ms=everything[3].at_ms, until_ms=everything[1].at_ms)
        assert [each.after for each in read_entries(connection, between)] == ["publisher", "editor"]
        assert read_names(connection) == ([CHIEF, "command line"], ["person added", "role changed"])
