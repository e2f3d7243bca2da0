"""Markers: what each is called, and where its links lead."""

from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl, urlsplit

from dashboard_app import NOW_MS, UTC, selected
from factories import NOV_1

from wizard.analytics.notes import Note
from wizard.analytics.publishes import Publish
from wizard.analytics.releases import Release
from wizard.dashboard.overview.view_links import Asked, Links
from wizard.dashboard.overview.view_markers import Happened, Marker, listed, markers_of
from wizard.events.log import DAY_MS

QUESTIONNAIRE = Release("version", "b2", "a1", NOV_1 + 5 * DAY_MS)
WORDING = Release("wording", "d2", "d1", NOV_1 + 20 * DAY_MS)
PUBLISH = Publish(12, "12-3fa94c21", "11-0c0ffee0", NOV_1 + 20 * DAY_MS + 52_320_000, "two@example.com", "Shorter")
NOTE = Note("n-1", "2026-11-09", "Spring campaign", "one@example.com", NOW_MS)


def markers(*found: Release | Publish | Note, query: str = "source=news&metric=started") -> tuple[Marker, ...]:
    links = Links(selected(query), replace(Asked(), metric="started"))
    happened = Happened(
        [each for each in found if isinstance(each, Release)],
        [each for each in found if isinstance(each, Publish)],
        [each for each in found if isinstance(each, Note)],
    )
    return markers_of(happened, links, UTC, NOW_MS)


def query_of(address: str | None) -> dict[str, str]:
    assert address is not None
    assert urlsplit(address).path == "/growth"
    return dict(parse_qsl(urlsplit(address).query))


def test_markers_are_in_the_order_of_their_days_and_say_what_they_are() -> None:
    found = markers(WORDING, QUESTIONNAIRE, NOTE, replace(WORDING, at_ms=NOV_1 + 25 * DAY_MS, returns=True))
    assert [(each.kind, each.date.day, each.label, each.who) for each in found] == [
        ("release", 6, "New questionnaire (b2)", ""),
        ("note", 9, "Spring campaign", "one@example.com"),
        ("release", 21, "New wording (d2)", ""),
        ("release", 26, "Earlier wording again (d2)", ""),
    ]


def test_a_marker_leads_to_two_weeks_from_its_day_on_or_as_much_as_there_is_with_the_filters() -> None:
    early, note, late = markers(QUESTIONNAIRE, NOTE, WORDING)
    kept = {"source": "news", "metric": "started"}
    assert query_of(early.href) == {"since": "2026-11-06", "until": "2026-11-19", **kept}
    assert query_of(note.href) == {"since": "2026-11-09", "until": "2026-11-22", **kept}
    assert query_of(late.href) == {"since": "2026-11-21", "until": "2026-11-28", **kept}


def test_a_release_leads_to_its_version_and_to_the_one_before_for_two_weeks_on_either_side() -> None:
    around = {"since": "2026-10-23", "until": "2026-11-19", "source": "news", "metric": "started"}
    for release, key in ((QUESTIONNAIRE, "version"), (replace(WORDING, at_ms=QUESTIONNAIRE.at_ms), "wording")):
        [marker] = markers(release, query="source=news&version=b2&wording=d2")
        assert [(text, query_of(href)) for text, href in marker.links] == [
            ("Only this version", {**around, key: release.version}),
            ("Only the version before", {**around, key: release.before}),
        ]
        assert not {"version", "wording"} & set(query_of(marker.href))


def test_wordings_that_are_new_on_one_day_are_one_release() -> None:
    other = replace(WORDING, version="e2", before="e1", at_ms=WORDING.at_ms + 5)
    returned = replace(WORDING, version="f1", before="f2", at_ms=WORDING.at_ms + 9, returns=True)
    found = markers(WORDING, other, returned)
    assert [(each.label, len(each.links)) for each in found] == [
        ("New wording (d2, e2)", 0),
        ("Earlier wording again (f1)", 2),
    ]


def test_a_published_version_says_its_number_its_note_who_and_the_exact_time() -> None:
    [marker] = markers(PUBLISH)
    assert (marker.kind, marker.kind_words, marker.label) == ("publish", "Published", "Version 12: Shorter")
    assert (marker.day, marker.time, marker.who, marker.number) == ("21 Nov 2026", "14:32", "two@example.com", 12)
    assert marker.at_ms == PUBLISH.at_ms
    assert [(text, query_of(href)["wording"]) for text, href in marker.links] == [
        ("Only this version", "12-3fa94c21"),
        ("Only the version before", "11-0c0ffee0"),
    ]


def test_a_rollback_says_to_which_version() -> None:
    to_version, to_files = markers(replace(PUBLISH, restored_number=9, note=""), replace(PUBLISH, restored_number=0))
    assert to_version.label == "Version 12 (rollback to version 9)"
    assert to_files.label == "Version 12 (rollback to the files): Shorter"


def test_versions_that_are_published_on_one_day_are_a_marker_each() -> None:
    found = markers(PUBLISH, replace(PUBLISH, number=13, at_ms=PUBLISH.at_ms + 1), WORDING, NOTE)
    assert [(each.kind, each.number) for each in found] == [
        ("note", 0),
        ("release", 0),
        ("publish", 12),
        ("publish", 13),
    ]


def test_a_note_of_a_day_to_come_leads_nowhere() -> None:
    [marker] = markers(replace(NOTE, day="2026-12-24"))
    assert (marker.date, marker.href) == (date(2026, 12, 24), None)


def test_a_release_is_on_the_day_that_it_is_where_the_dashboard_is() -> None:
    links = Links(selected(""), Asked())
    late = replace(QUESTIONNAIRE, at_ms=NOV_1 + DAY_MS - 1)
    assert markers_of(Happened([late]), links, UTC, NOW_MS)[0].day == "1 Nov 2026"


def test_the_latest_are_listed_and_the_others_are_folded() -> None:
    notes = [replace(NOTE, note_id=f"n-{day}", day=f"2026-11-{day:02}") for day in range(20, 9, -1)]
    view = listed(markers(QUESTIONNAIRE, *notes))
    assert [each.date.day for each in view.shown] == [20, 19, 18]
    assert [each.date.day for each in view.folded] == [17, 16, 15, 14, 13, 12, 11, 10, 6]
    assert view.folded_in_words == "1 more release and 8 more notes"
    assert (
        listed(markers(replace(PUBLISH, at_ms=NOV_1), QUESTIONNAIRE, *notes[:4])).folded_in_words
        == "2 more releases and 1 more note"
    )
    assert listed(markers(QUESTIONNAIRE)).folded_in_words == ""
