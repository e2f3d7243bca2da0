"""The page with the list of journeys: what it says, how it is narrowed down, and where its links lead."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import pytest
from bs4 import Tag
from dashboard_app import NOW_MS, add_demo, add_views, dashboard_on
from dashboard_sign_in import signed_in
from factories import NOV_1, visit
from flask import Flask
from support import Client, Page

from wizard.app import recorder_of
from wizard.events.log import DAY_MS, Log
from wizard.events.model import Suspicion

LIST = "/growth/journeys"


@pytest.fixture
def room(any_database: str) -> Iterator[Flask]:
    with dashboard_on(any_database, time_zone="Europe/Berlin") as app:
        yield app


@pytest.fixture
def client(room: Flask) -> Client:
    """Somebody who reads a log that has been begun: with a journey, before all that is looked at here."""
    add_views(log_of(room), {"old": NOV_1 - 3000 * DAY_MS})
    return signed_in(room)


def log_of(app: Flask) -> Log:
    return recorder_of(app).log


def names(page: Page) -> list[str]:
    """The ids that the list links to."""
    return [urlsplit(str(link["href"])).path.rpartition("/")[2] for link in page.all("tbody th a")]


def asked(address: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(address).query)


def chosen_in(form: Tag) -> list[tuple[str, str]]:
    """What the selects of a form send, but for what says nothing."""
    options = [(each, option) for each in form.select("select") for option in each.select("[selected]")]
    return [(str(each["name"]), str(option["value"])) for each, option in options if option["value"]]


def sent_by(form: Tag) -> list[tuple[str, str]]:
    """What a form sends without a script, but for what says nothing."""
    fields = [(str(field["name"]), str(field["value"])) for field in form.select("input[value!='']")]
    return fields + chosen_in(form)


def test_a_row_says_where_a_journey_came_from_how_far_it_came_and_what_became_of_it(
    room: Flask, client: Client
) -> None:
    log_of(room).append(visit("j-1", NOV_1, utm_source="news", utm_campaign="spring", referrer_host="a.example"))
    page = client.page(LIST)
    cells = [" ".join(cell.get_text(" ").split()) for cell in page.all("tbody tr > *")]
    assert cells == [
        "1 Nov 2026 01:00:00",
        "Source: news Campaign: spring Referrer: a.example",
        "Desktop en",
        "Converted",
        "Visionary → , recommended: Cloud",
        "Signed up for Cloud",
        "20.00",
    ]
    assert page.one("tbody time")["datetime"] == "2026-11-01T00:00:00.000Z"
    assert len(page.all("tbody .stages .reached")) == 4
    assert "times are Europe/Berlin" in page.one("caption").get_text()
    assert page.one(".count").get_text() == "1 journey"


@pytest.mark.parametrize(
    ("query", "chips"),
    [
        ("source=news", ["Source news"]),
        ("source=-&device=unknown", ["Source Untagged", "Device Unknown"]),
        ("outcome=not_finished", ["Started, did not finish"]),
        ("did=team_size.left", ["Dropped off at Team size"]),
        ("did=who.changed&did=who.met_error", ["Changed the answer to Who", "Saw an error at Who"]),
        ("answer=who.hobby", ["Answered Who: Myself"]),
        ("edge=who.hosting", ["Went from Who to Hosting"]),
        ("edge=start.who", ["Entered at Who"]),
        ("changed=who.hobby.team", ["Changed the answer to Who from Myself to My team"]),
        ("changed=who.team.team", ["Changed the answer to Who and back to My team"]),
        ("edge=hosting.result&recommended=cloud", ["Recommended Cloud", "Went from Hosting to a result"]),
        ("then=alternative&persona=team", ["Persona Team", "Clicked an alternative"]),
        ("declined=private_cloud", ["Asked for Private Cloud, not offered"]),
        ("answer=colour.blue&did=colour.left", ["Dropped off at Colour", "Answered Colour: blue"]),
        ("suspects=include", ["Suspect visits Included"]),
        ("source=news&did=who.left&suspects=only", ["Source news", "Dropped off at Who", "Suspect visits Only"]),
    ],
)
def test_what_narrows_the_list_down_is_said_and_can_be_taken_away(client: Client, query: str, chips: list[str]) -> None:
    page = client.page(f"{LIST}?period=7d&{query}")
    found = page.all(".chips a:not(.clear)")
    assert [" ".join(link.get_text().split()) for link in found] == [f"Remove the filter {chip} ×" for chip in chips]
    assert asked(str(page.one(".chips .clear")["href"])) == [("period", "7d")]
    given = [(name, value) for name, value in parse_qsl(query) if value]
    for link in found:
        left = asked(str(link["href"]))
        assert left[0] == ("period", "7d")
        assert len(left) == len(given)
        assert set(left[1:]) < set(given)
    taken = {frozenset(given) - frozenset(asked(str(link["href"]))) for link in found}
    assert taken == {frozenset([each]) for each in given}


def test_the_form_shows_what_is_chosen_and_keeps_all_else(client: Client) -> None:
    query = "period=7d&source=news&outcome=finished&did=who.left&answer=who.team&answer=colour.blue"
    form = client.page(f"{LIST}?{query}").one("#filters")
    assert (form["method"], form["action"]) == ("get", LIST)
    assert chosen_in(form) == [("source", "news"), ("outcome", "finished"), ("answer", "who.team")]
    sent = sent_by(form)
    assert sorted(each for each in sent if each[0] not in ("since", "until")) == sorted(parse_qsl(query))
    response = client.get(f"{LIST}?{urlencode(sent)}")
    assert (response.status_code, sorted(asked(response.headers["Location"]))) == (303, sorted(parse_qsl(query)))
    labels = [label.get_text() for label in form.select(".selects label > span")]
    assert labels == [
        *("Source", "Campaign", "Embed page", "Referrer", "Language", "Device", "Persona", "Recommendation"),
        *("Questionnaire version", "Wording version", "Suspect visits", "Counted"),
        *("Stage", "Next action", "Unmet request", "Answer: Who", "Answer: Team size", "Answer: Hosting"),
    ]


def add_suspects(log: Log) -> None:
    """Two visits of people, two of a burst, and one whose answers came too fast."""
    marks: dict[str, Suspicion] = {"one": "", "two": "", "burst-1": "burst", "burst-2": "burst", "fast": "fast"}
    for number, (name, mark) in enumerate(marks.items()):
        source = "news" if number % 2 else "ads"
        log.append(
            replace(event, context=replace(event.context, suspect=mark))
            for event in visit(name, NOV_1 + number, utm_source=source)
        )


@pytest.mark.parametrize("place", [LIST, "/growth"])
@pytest.mark.parametrize(
    ("query", "chosen"), [("", []), ("&suspects=include", ["include"]), ("&suspects=only", ["only"])]
)
def test_the_form_of_either_page_has_the_choice_of_suspect_visits_and_sends_it(
    room: Flask, client: Client, place: str, query: str, chosen: list[str]
) -> None:
    add_suspects(log_of(room))
    form = client.page(f"{place}?period=28d{query}").one("#filters")
    options = form.select("#filter-suspects option")
    assert [(str(each["value"]), each.get_text()) for each in options] == [
        ("", "Excluded"),
        ("include", "Included"),
        ("only", "Only"),
    ]
    assert [value for name, value in chosen_in(form) if name == "suspects"] == chosen
    assert not form.select("input[name=suspects]")


def test_suspect_visits_are_left_out_of_the_list_counted_beside_it_and_marked_where_they_are_in_it(
    room: Flask, client: Client
) -> None:
    add_suspects(log_of(room))
    page = client.page(f"{LIST}?period=28d")
    assert names(page) == ["two", "one"]
    assert page.one(".count").get_text() == "2 journeys, newest first 3 suspect visits excluded"
    assert not page.all(".suspect")
    alone = client.page(str(page.one(".count a")["href"]))
    assert names(alone) == ["fast", "burst-2", "burst-1"]
    assert alone.one(".count").get_text() == "3 journeys, newest first"
    assert [mark.get_text() for mark in alone.all("tbody .suspect")] == [
        "Suspect: answers faster than a person reads",
        "Suspect: burst from one network",
        "Suspect: burst from one network",
    ]
    both = client.page(f"{LIST}?period=28d&suspects=include")
    assert names(both) == ["fast", "burst-2", "burst-1", "two", "one"]
    assert both.one(".count").get_text() == "5 journeys, newest first 3 suspect among them"
    assert len(both.all("tbody .suspect")) == 3
    assert names(client.page(str(both.one(".count a")["href"]))) == names(alone)


def test_the_number_of_suspect_visits_is_that_of_the_other_filters_and_its_link_lists_them(
    room: Flask, client: Client
) -> None:
    add_suspects(log_of(room))
    page = client.page(f"{LIST}?period=28d&source=news&outcome=finished")
    assert page.one(".count").get_text() == "1 journey 1 suspect visit excluded"
    listed = client.page(str(page.one(".count a")["href"]))
    assert names(listed) == ["burst-2"]
    assert page.one(".count a").get_text() == f"{len(names(listed))} suspect visit"


def test_a_list_that_only_suspect_visits_would_be_in_says_so(room: Flask, client: Client) -> None:
    at = visit("fast", NOV_1)
    log_of(room).append(replace(event, context=replace(event.context, suspect="burst")) for event in at)
    page = client.page(f"{LIST}?period=28d")
    assert page.one(".empty h2").get_text() == "Only suspect visits match"
    assert "1 suspect visit is excluded. List it, or choose another period" in page.one(".empty p").get_text()
    assert names(client.page(str(page.one(".empty a")["href"]))) == ["fast"]


def test_every_link_of_the_list_carries_the_choice_of_suspect_visits_and_clear_resets_it(
    room: Flask, client: Client
) -> None:
    add_suspects(log_of(room))
    page = client.page(f"{LIST}?period=28d&source=news&suspects=only")
    kept = [*page.all(".segments a"), *page.all("tbody th a"), *page.all(".export a"), *page.all(".site-header nav a")]
    queries = [asked(str(link["href"])) for link in kept if "?" in str(link["href"])]
    assert len(queries) >= 4 + 1 + 6 + 1
    assert all(("suspects", "only") in query for query in queries)
    assert asked(str(page.one(".chips .clear")["href"])) == [("period", "28d")]
    shown = client.page(str(page.all("tbody th a")[0]["href"]))
    assert asked(str(shown.one(".crumbs a")["href"])) == asked(f"{LIST}?period=28d&source=news&suspects=only")


def test_of_two_answers_to_a_question_the_form_sends_both(client: Client) -> None:
    query = "since=2026-11-01&until=2026-11-02&answer=who.team&answer=who.hobby&outcome=started&outcome=converted"
    form = client.page(f"{LIST}?{query}").one("#filters")
    assert sorted(sent_by(form)) == sorted(parse_qsl(query))


def test_recommendation_next_action_and_unmet_request_can_be_chosen(room: Flask, client: Client) -> None:
    log_of(room).append(visit("j-1", NOV_1))
    query = "period=28d&recommendation=cloud&then=alternative&declined=on_premise"
    page = client.page(f"{LIST}?{query}")
    form = page.one("#filters")
    assert chosen_in(form) == [("recommendation", "cloud"), ("then", "alternative"), ("declined", "on_premise")]
    more = page.one("#more-filters")
    assert more.summary is not None
    assert more.summary.get_text() == "More filters (2)"

    def offered(name: str) -> list[tuple[str, str]]:
        return [(str(each["value"]), each.get_text()) for each in form.select(f"#filter-{name} option")]

    assert ("cloud", "Cloud") in offered("recommendation")
    assert offered("then") == [
        ("", "Any"),
        ("followed", "Clicked the recommendation"),
        ("alternative", "Clicked an alternative"),
        ("left", "Finished, no click"),
    ]
    deployments = [("cloud", "Cloud"), ("private_cloud", "Private Cloud"), ("on_premise", "On-premise")]
    assert offered("declined") == [("", "Any"), *deployments]


def test_more_filters_name_no_number_while_none_is_on(client: Client) -> None:
    more = client.page(f"{LIST}?period=7d&source=news").one("#more-filters")
    assert more.summary is not None
    assert more.summary.get_text() == "More filters"


@pytest.mark.parametrize("place", [LIST, "/growth"])
def test_the_custom_dates_are_those_of_the_period_that_is_shown(client: Client, place: str) -> None:
    page = client.page(f"{place}?period=7d")
    dates = [str(field["value"]) for field in page.all("#custom input[type=date]")]
    assert dates == ["2026-11-22", "2026-11-28"]


def test_filters_offer_what_the_journeys_of_the_span_have(room: Flask) -> None:
    add_demo(log_of(room), 60)
    client = signed_in(room)
    pages = [client.page(f"{place}?since=2026-10-20&until=2026-11-20") for place in (LIST, "/growth")]
    for name in ("source", "campaign", "page", "referrer", "language", "device", "persona"):
        here, there = ([str(option["value"]) for option in page.all(f"#filter-{name} option")] for page in pages)
        assert here == there, name
        assert len(here) > 2, name


def test_a_hundred_values_are_offered_and_the_one_that_is_chosen(room: Flask, client: Client) -> None:
    for number in range(103):
        add_views(log_of(room), {f"j-{number}": NOV_1 + number}, utm_campaign=f"campaign {number:03}")
    select = client.page(f"{LIST}?campaign=campaign+102").one("#filter-campaign")
    assert len(select.select("option[value]")) == 1 + 100 + 1
    assert [str(option["value"]) for option in select.select("[selected]")] == ["campaign 102"]
    assert select.select("[disabled]")[0].get_text() == "and 3 more"


@pytest.mark.parametrize(
    ("given", "short"),
    [
        ("period=7d&source=&outcome=finished&answer=&answer=who.team", "period=7d&outcome=finished&answer=who.team"),
        ("period=7d&since=2026-11-01&until=2026-11-02&did=who.left", "since=2026-11-01&until=2026-11-02&did=who.left"),
        ("period=7d&after=12.j-1&before=", "period=7d&after=12.j-1"),
        ("period=7d&who=me", "period=7d"),
    ],
)
def test_what_a_form_leaves_empty_or_says_twice_is_not_in_the_address(client: Client, given: str, short: str) -> None:
    response = client.get(f"{LIST}?{given}")
    assert (response.status_code, response.headers["Location"]) == (303, f"{LIST}?{short}")
    assert client.get(f"{LIST}?{short}").status_code == 200


def test_another_period_keeps_what_the_list_is_narrowed_down_by(client: Client) -> None:
    page = client.page(f"{LIST}?since=2026-11-01&until=2026-11-05&source=news&did=who.left")
    kept = [("source", "news"), ("did", "who.left")]
    links = page.all(".segments a")
    assert [asked(str(link["href"])) for link in links] == [
        [("period", name), *kept] for name in ("today", "7d", "28d", "90d")
    ]
    assert not page.all(".segments [aria-current]")
    assert [str(field["value"]) for field in page.all("input[type=date]")] == ["2026-11-01", "2026-11-05"]
    assert page.one(".span").get_text() == "1 Nov – 5 Nov 2026, Europe/Berlin"
    assert client.page(f"{LIST}?period=7d").one(".segments [aria-current]").get_text() == "7 days"


def test_exact_times_stay_as_they_are_when_a_filter_is_changed(client: Client) -> None:
    query = "since=2026-11-01T09%3A30%3A00Z&until=2026-11-02T09%3A30%3A00Z"
    page = client.page(f"{LIST}?{query}")
    assert not page.all("#custom")
    hidden = [(str(field["name"]), str(field["value"])) for field in page.all("#filters input[type=hidden]")]
    assert hidden == parse_qsl(query)


def test_the_way_back_to_the_overview_has_the_filters_and_the_conditions(client: Client) -> None:
    page = client.page(f"{LIST}?period=7d&source=news&outcome=finished&did=who.left&edge=who.hosting")
    (link,) = (link for link in page.all(".site-header nav a") if link.get_text() == "Overview")
    assert str(link["href"]) == "/growth?period=7d&source=news&outcome=finished&did=who.left&edge=who.hosting"


def test_the_links_of_the_pages_lead_through_all_journeys_and_back(room: Flask, client: Client) -> None:
    began = {f"j-{n:03}": NOV_1 + DAY_MS + n // 3 for n in range(120)}
    add_views(log_of(room), began)
    page, seen = client.page(f"{LIST}?period=28d&device=desktop"), []
    assert page.one("#as-of").get_text() == "Updated 13:00"
    assert not page.all("[data-still]")
    assert not page.all("[rel=prev]")
    while True:
        seen.append(names(page))
        onward = page.all("[rel=next]")
        if not onward:
            break
        page = client.page(str(onward[0]["href"]))
        assert page.one(".count strong").get_text() == "120"
        assert page.one("#as-of [data-still]").get_text() == "As of 13:00"
    assert [name for some in seen for name in some] == sorted(began, reverse=True)
    assert [len(some) for some in seen] == [50, 50, 20]
    page = client.page(str(page.one("[rel=prev]")["href"]))
    assert names(page) == seen[1]
    last = next(link for link in client.page(f"{LIST}?device=desktop").all(".pager a") if link.get_text() == "Oldest")
    assert names(client.page(str(last["href"])))[-1] == "j-000"


@pytest.mark.parametrize("query", ["after=nonsense", "before=1.\x7f", "after=12", "after=1.%00"])
def test_a_place_that_can_not_be_read_is_told_and_the_first_page_shown(room: Flask, client: Client, query: str) -> None:
    add_views(log_of(room), {"j-1": NOV_1})
    page = client.page(f"{LIST}?{query}")
    assert (page.status, names(page)) == (200, ["j-1"])
    assert "can't be read as a place in the list. This is its first page" in page.one(".notice").get_text()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("period=forever", "There is no period “forever”"),
        (
            "outcome=famous",
            "“famous” can't be read as the stage that journeys reached, and is left out: these are more journeys",
        ),
        ("campaign=%00", "can't be read as campaign"),
        ("suspects=yes", "“yes” can't be read as a choice of suspect visits, which are left out"),
        ("outcome=%00", "can't be read as the stage that journeys reached"),
    ],
)
def test_what_can_not_be_read_is_told_and_left_out(room: Flask, client: Client, query: str, said: str) -> None:
    add_views(log_of(room), {"j-1": NOV_1})
    page = client.page(f"{LIST}?{query}")
    assert (page.status, names(page)) == (200, ["j-1"])
    assert said in page.one(".notice").get_text()


def test_an_empty_log_leads_to_how_to_begin(room: Flask) -> None:
    page = signed_in(room).page(f"{LIST}?period=7d")
    assert page.one(".empty h2").get_text() == "No visits yet"
    assert str(page.one(".empty a")["href"]) == "/growth"
    assert not page.all("#filters, .export")


def test_a_list_of_nothing_says_how_to_find_more(client: Client) -> None:
    page = client.page(f"{LIST}?period=7d")
    assert page.one(".empty h2").get_text() == "No visit began in this period"
    assert [asked(str(link["href"])) for link in page.all(".empty a")] == [[("period", "28d")], [("period", "90d")]]
    page = client.page(f"{LIST}?period=7d&source=nowhere&outcome=finished")
    assert "No journey in this period matches all filters" in page.text
    assert asked(str(page.all(".empty a")[0]["href"])) == [("period", "7d")]


def test_beyond_the_last_journey_there_is_a_way_back_to_the_first(room: Flask, client: Client) -> None:
    add_views(log_of(room), {"j-1": NOV_1})
    page = client.page(f"{LIST}?after=0.x")
    assert page.one(".empty h2").get_text() == "Nothing on this page"
    assert names(client.page(str(page.one(".empty a")["href"]))) == ["j-1"]


def test_every_row_of_demo_data_leads_to_its_journey_and_back(room: Flask) -> None:
    add_demo(log_of(room), 150, days=20)
    client = signed_in(room)
    page = client.page(f"{LIST}?period=28d&device=mobile")
    assert "demo data" in page.one(".banner").get_text()
    links = page.all("tbody th a")
    assert len(links) > 20
    rows = {str(row["id"]) for row in page.all("tbody tr")}
    for link in links:
        shown = client.page(str(link["href"]))
        assert shown.status == 200
        back = str(shown.one(".crumbs .back")["href"])
        assert back.partition("#")[0] == f"{LIST}?period=28d&device=mobile"
        assert unquote(back.partition("#")[2]) in rows


def test_the_export_menu_takes_along_just_what_is_selected(client: Client) -> None:
    page = client.page(f"{LIST}?period=7d&source=news&did=who.left&after={NOW_MS}.x")
    links = [str(link["href"]) for link in page.all(".export a")]
    assert [urlsplit(link).path for link in links] == [
        f"/growth/export/{what}.{form}" for what in ("journeys", "events") for form in ("csv", "jsonl", "parquet")
    ]
    assert {urlsplit(link).query for link in links} == {"period=7d&source=news&did=who.left"}


def test_the_parts_that_are_swapped_have_names_and_the_page_may_load_itself(room: Flask, client: Client) -> None:
    add_views(log_of(room), {"j-1": NOV_1, "<j 2>": NOV_1})
    page = client.page(LIST)
    parts = [str(part["id"]) for part in page.all("[data-live]")]
    assert parts == ["part-notices", "as-of", "part-export", "part-filters", "part-lead", "part-list"]
    assert {str(row["id"]) for row in page.all("tbody tr")} == {"row-j-1", "row-<j 2>"}
    policy = page.response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "connect-src 'self'" in policy
