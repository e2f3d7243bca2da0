"""The overview's page: what it shows is what was read, and what it leads to is what it shows."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from bs4 import Tag
from dashboard_sign_in import signed_in
from factories import CONTEXT, visit
from flask import Flask
from sqlalchemy import event, func, select, update
from support import Client, Page, settings
from werkzeug.datastructures import MultiDict

from wizard.analytics.answer_groups import ANSWER
from wizard.analytics.conditions import THEN
from wizard.analytics.overview import Overview, read_overview
from wizard.analytics.selection import read_selection
from wizard.analytics.stages import KEY_FIGURES, METRICS, TREND
from wizard.app import create_app, recorder_of
from wizard.dashboard.overview.tabs import BREAKDOWNS
from wizard.dashboard.overview.tabs import DETAIL_NAMES as DETAILS
from wizard.dashboard.overview.view_links import canonical, read_asked
from wizard.demo import load
from wizard.demo.visits import Demo
from wizard.embed.options import Options
from wizard.embed.snippet import element_snippet
from wizard.events.attribution import Attribution
from wizard.events.log import Log
from wizard.events.model import QuestionAnswer, Suspicion, WizardView
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.storage.schema import journeys, ledger
from wizard.storage.subscriber_tables import subscribers
from wizard.subscribers.registration import register, remove
from wizard.web.services import services

NOW_MS = 1_795_359_600_000
"""2026-11-22, 15:00 UTC."""

DAY_MS = 86_400_000
BERLIN = ZoneInfo("Europe/Berlin")


def log_of(app: Flask) -> Log:
    return recorder_of(app).log


def new_app(**environ: str) -> Flask:
    return create_app(settings(time_zone="Europe/Berlin", **environ), clock=lambda: NOW_MS)


@pytest.fixture(scope="module")
def demo_app() -> Flask:
    app = new_app()
    load.add(log_of(app), Demo(QUESTIONS, STRATEGY, 7).visits(2500, 70, NOW_MS), lambda _: None)
    return app


@pytest.fixture(scope="module")
def colleague(demo_app: Flask) -> Client:
    return signed_in(demo_app)


def selected(app: Flask, address: str) -> Overview:
    """What the page at `address` should show."""
    zone = services(app).settings.time_zone
    given = MultiDict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    selection = read_selection(given, zone, NOW_MS).selection
    return read_overview(log_of(app).database, selection, zone, QUESTIONS, STRATEGY)


def listed(app: Flask, address: str) -> int:
    """How many journeys a list's address selects."""
    given = MultiDict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    reading = read_selection(given, services(app).settings.time_zone, NOW_MS)
    assert not reading.problems
    counted = select(func.count()).select_from(journeys).where(*reading.selection.where())
    with log_of(app).database.reader.connect() as connection:
        return int(connection.execute(counted).scalar_one())


def count_in(element: Tag) -> int:
    return int(element.get_text().replace(",", ""))


def cells(table: Tag) -> Iterator[tuple[str, list[int]]]:
    """The rows of a table: what each is called, and the numbers that its cells begin with."""
    for row in table.select("tbody tr, tfoot tr"):
        name = row.select_one("th")
        assert name
        yield name.get_text(" ", strip=True), [count_in(cell) for cell in map(number_of, row.select("td")) if cell]


def number_of(cell: Tag) -> Tag | None:
    for extra in cell.select("small, b, .unseen"):
        extra.extract()
    return cell if cell.get_text(strip=True).replace(",", "").isdigit() else None


ADDRESSES = {
    "28 days": "/growth",
    "a week": "/growth?period=7d",
    "two dates": "/growth?since=2026-09-20&until=2026-10-27",
    "exact times": "/growth?since=2026-10-01T09%3A30%3A00Z&until=2026-11-01T08%3A30%3A00Z",
    "a source": "/growth?period=28d&source=newsletter&device=desktop",
    "an unknown source": "/growth?period=28d&source=-",
    "a persona": "/growth?period=28d&persona=team&metric=converted&sort=moved",
    "a page": "/growth?period=28d&page=https%3A%2F%2Fwww.example.com",
}


def tab(address: str, **tabs: str) -> str:
    """The one address of what `address` shows, with other tabs chosen."""
    given = MultiDict([*parse_qsl(urlsplit(address).query), *tabs.items()])
    return canonical(read_selection(given, BERLIN, NOW_MS).selection, read_asked(given)[0])


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_the_page_shows_what_was_read(demo_app: Flask, colleague: Client, address: str) -> None:
    page, read = colleague.page(address), selected(demo_app, address)
    now = read.now
    for small in page.all(".figures .big small"):
        small.extract()
    big = [count_in(each) for each in page.all(".figures .big")[:4]]
    assert big == [now.counts[key] for key in KEY_FIGURES]
    before = [count_in(each) for each in page.all(".figures .before a")[:4]]
    assert before == [read.before.counts[key] for key in KEY_FIGURES]
    steps = dict(cells(page.one("#part-details .steps")))
    assert list(steps.values()) == [
        [
            step.reached,
            step.answered,
            step.wanderings.went_back,
            step.wanderings.met_error,
            step.wanderings.changed,
            step.reached - step.answered,
        ]
        for step in now.steps
    ]
    results = [numbers for _, numbers in cells(colleague.page(tab(address, show="results")).one(".stacked"))]
    assert results == [
        [
            *([each.priority] if each.priority else []),
            each.finished,
            *(each.actions[name] for name in THEN),
            each.counts["converted"],
        ]
        for each in read.outcomes.results
    ]
    days = [numbers for _, numbers in cells(colleague.page(tab(address, show="days")).one("#days"))]
    assert days == [[day.counts[stage] for stage in TREND] for day in reversed(read.days)]


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_each_breakdown_shows_the_groups_that_were_read(demo_app: Flask, colleague: Client, address: str) -> None:
    read = selected(demo_app, address)
    for dimension, ranking in read.rankings.items():
        page = colleague.page(tab(address, by=dimension, all="1"))
        rows = dict(cells(page.one(f"#table-{dimension}")))
        assert rows.pop("All")[:5] == [ranking.total.now[metric] for metric in METRICS]
        assert sorted(numbers[:5] for numbers in rows.values()) == sorted(
            [group.now[metric] for metric in METRICS] for group in ranking.groups
        )


def numbered_links(page: Page) -> dict[str, int]:
    """The addresses of lists on a page, each with the number that leads there."""
    links = [link for link in page.all('main a[href^="/growth/journeys?"]') if not link.find_parent("svg")]
    return {str(link["href"]): count_in(link) for link in links if link.get_text().replace(",", "").isdigit()}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_every_number_leads_to_as_many_journeys(demo_app: Flask, colleague: Client, address: str) -> None:
    counted: dict[str, int] = {}
    for by, show in zip(BREAKDOWNS, cycle(DETAILS), strict=False):
        counted |= numbered_links(colleague.page(tab(address, by=by, show=show)))
    assert len(counted) > 50
    assert {href: listed(demo_app, href) for href in counted} == counted


@pytest.mark.parametrize("chosen", DETAILS)
def test_only_the_chosen_tab_of_the_details_is_shown(colleague: Client, chosen: str) -> None:
    page = colleague.page(tab("/growth", show=chosen))
    (current,) = page.all("#part-details .tabs [aria-current]")
    assert current["id"] == f"show-{chosen}"
    marks = {"steps": ".steps", "answers": ".bars", "results": ".stacked", "days": "#days"}
    assert [name for name, mark in marks.items() if page.all(f"#part-details {mark}")] == [
        name for name in marks if name == chosen
    ]


def test_sites_that_were_refused_are_read_for_their_tab_alone(demo_app: Flask) -> None:
    read = []
    zone = services(demo_app).settings.time_zone
    selection = read_selection(MultiDict(), zone, NOW_MS).selection
    with log_of(demo_app).database.reader.connect() as connection:
        event.listen(connection.engine, "before_cursor_execute", lambda *given: read.append(given[2]))
    for show in ("steps", "embeds"):
        read.clear()
        read_overview(log_of(demo_app).database, selection, zone, QUESTIONS, STRATEGY, show=show)
        assert any("refused_frames" in statement for statement in read) == (show == "embeds")


def test_the_chosen_figure_is_a_tab_of_the_chart(colleague: Client) -> None:
    page = colleague.page("/growth")
    tabs = {str(link["id"]): str(link["href"]) for link in page.all(".figures .tab")}
    assert list(tabs) == [f"figure-{key}" for key in (*KEY_FIGURES, "time")]
    for name, href in tabs.items():
        chosen = colleague.page(href)
        (current,) = chosen.all(".figures [aria-current]")
        assert current["id"] == name
        assert chosen.one("#chart-meaning b").get_text() == current.get_text()


CONDITIONS = "recommended=cloud&then=left&did=who.reached&did=who.answered&answer=who.team&edge=start.who"


def test_conditions_of_the_list_stay_in_the_address_and_are_removed_one_by_one(colleague: Client) -> None:
    address = f"/growth?period=28d&device=mobile&outcome=started&{CONDITIONS}"
    page = colleague.page(address)
    chips = page.all(".chips a:not(.clear)")
    assert [chip.get_text(" ", strip=True) for chip in page.all(".chips bdi")] == [
        "Mobile",
        "Started",
        "Recommended PostHog Cloud" if "PostHog Cloud" in page.text else "Recommended Cloud",
        "Finished, no click",
        "Reached Who",
        "Answered Who",
        "Answered Who: My team",
        "Entered at Who",
    ]
    given = parse_qsl(urlsplit(address).query)
    for chip, removed in zip(chips, given[1:], strict=True):
        assert parse_qsl(urlsplit(str(chip["href"])).query) == [pair for pair in given if pair != removed]
    for link in page.all("main a[data-view]:not(.chips a)"):
        kept = parse_qsl(urlsplit(str(link["href"])).query)
        assert set(given[2:]) <= set(kept), link
    assert page.one("#filter-outcome option[selected]")["value"] == "started"


def test_rows_are_found_by_a_part_of_their_name(colleague: Client) -> None:
    page = colleague.page("/growth?period=28d&find=SO")
    assert [row.get_text() for row in page.all("#table-source tbody bdi")] == ["social"]
    assert page.one("#table-source tfoot bdi").get_text() == "All"
    form = page.one("#find")
    sent = {str(each["name"]): str(each["value"]) for each in form.select("input")}
    assert sent == {"period": "28d", "find": "SO"}
    assert [
        row.get_text() for row in colleague.page("/growth?period=28d&find=untag").all("#table-source tbody bdi")
    ] == ["Untagged"]
    none = colleague.page("/growth?period=28d&find=nothing+like+it").one("#part-breakdown")
    assert "No source contains “nothing like it”" in none.get_text()


def test_rows_are_found_among_all_values_and_not_only_those_that_are_shown() -> None:
    app = new_app()
    campaigns(app, 120)
    client = signed_in(app)
    page = client.page("/growth?period=28d&by=campaign&find=campaign+11")
    rows = [row.get_text() for row in page.all("#table-campaign tbody bdi")]
    assert rows == [*(f"campaign {number}" for number in range(110, 118)), "Other (2)"]
    whole = client.page(str(page.one("#more")["href"]))
    assert len(whole.all("#table-campaign tbody tr")) == 10
    assert page.one("#filter-campaign option[disabled]").get_text() == "and 20 more"


def test_addresses_of_earlier_versions_lead_to_the_same_table(colleague: Client) -> None:
    response = colleague.get("/growth?period=28d&metric=journeys&all=campaign")
    assert response.headers["Location"] == "/growth?period=28d&metric=journeys&by=campaign&all=1"
    page = colleague.page(response.headers["Location"])
    assert page.one("#table-campaign")
    assert page.one("#figure-started")["aria-current"] == "true"
    assert "Change of journeys" in page.one("#part-sentence").get_text()


def test_changes_of_journeys_are_one_click_from_the_started(colleague: Client) -> None:
    there = colleague.page("/growth?period=28d&metric=started").one("#other-metric")
    assert there.get_text() == "Changes of journeys"
    back = colleague.page(str(there["href"])).one("#other-metric")
    assert back["href"] == "/growth?period=28d&metric=started"


def test_a_row_is_bold_only_where_the_sentence_says_that_it_stands_out(colleague: Client) -> None:
    for by in BREAKDOWNS:
        page = colleague.page(tab("/growth", by=by))
        bold = page.all("tbody .stands-out")
        said = page.one("#part-sentence").get_text()
        assert bool(bold) == ("No row stands out" not in said and "Too few" not in said)


def test_a_row_leads_to_the_overview_of_its_journeys(colleague: Client) -> None:
    page = colleague.page("/growth?period=28d&device=mobile")
    row = page.one('#table-source a[href="/growth?period=28d&source=newsletter&device=mobile"]')
    assert row.get_text() == "newsletter"


def test_the_filters_offer_what_is_there_the_most_frequent_first_with_how_many(
    demo_app: Flask, colleague: Client
) -> None:
    address = "/growth?period=28d&device=mobile"
    page, read = colleague.page(address), selected(demo_app, address)
    options = page.all("#filter-source option")
    assert [str(option["value"]) for option in options] == ["", *(value or "-" for value in read.options["source"])]
    assert options[1].get_text() == f"Untagged ({read.options['source']['']:,})"
    assert page.one("#filter-device option[selected]")["value"] == "mobile"
    assert [chip.get_text(" ", strip=True) for chip in page.all(".chips a bdi")] == ["Mobile"]
    assert page.one(".chips a:not(.clear)")["href"] == "/growth?period=28d"


def test_a_value_that_nobody_has_stays_chosen(colleague: Client) -> None:
    page = colleague.page("/growth?period=28d&source=nobody")
    assert page.one("#filter-source option[selected]").get_text() == "nobody (0)"
    assert "No journeys with these filters in this period" in page.text


@pytest.mark.parametrize(
    ("given", "short"),
    [
        ("period=28d&since=&until=&source=&device=mobile", "period=28d&device=mobile"),
        ("period=28d&since=2026-11-01&until=2026-11-02", "since=2026-11-01&until=2026-11-02"),
        ("device=mobile&period=7d&metric=finished", "period=7d&device=mobile"),
        ("period=28d&outcome=finished&who=me", "period=28d&outcome=finished"),
    ],
)
def test_an_address_that_says_the_same_at_more_length_leads_to_the_short_one(
    colleague: Client, given: str, short: str
) -> None:
    response = colleague.get(f"/growth?{given}")
    assert (response.status_code, response.headers["Location"]) == (303, f"/growth?{short}")
    assert colleague.get(f"/growth?{short}").status_code == 200


def test_the_form_sends_what_leads_to_the_page_it_is_on(colleague: Client) -> None:
    address = "/growth?period=7d&device=mobile&metric=clicked&sort=moved"
    form = colleague.page(address).one("#filters")
    sent = {str(each["name"]): str(each["value"]) for each in form.select("input")}
    for field in form.select("select"):
        chosen = field.select_one("option[selected]")
        sent[str(field["name"])] = str(chosen["value"]) if chosen else ""
    assert colleague.get("/growth", query_string=sent).headers["Location"] == address


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("period=fortnight", "There is no period “fortnight”: there are Today, 7 days, 28 days, 90 days. These are"),
        ("since=2026-11-01", "A period needs two dates, and only one was given. These are the last 28 days."),
        ("metric=<b>", "“<b>” can't be read as a figure of this page"),
    ],
)
def test_what_can_t_be_read_in_an_address_is_told(colleague: Client, given: str, told: str) -> None:
    page = colleague.page(f"/growth?{given}")
    assert page.status == 200
    assert told in page.one(".notice").get_text()


def test_demo_data_is_under_a_banner(colleague: Client) -> None:
    assert "demo data" in colleague.page("/growth").one(".banner").get_text()


def test_the_page_says_its_zone_its_span_and_what_that_is_compared_with(colleague: Client) -> None:
    text = " ".join(colleague.page("/growth").one(".span").get_text().split())
    assert text == (
        "26 Oct – 22 Nov 2026, Europe/Berlin compared with the 28 days before (28 Sep – 25 Oct 2026), "
        "until this time of day (16:00)"
    )


@pytest.mark.parametrize("key", ["name", "journeys", "started", "finished", "clicked", "converted", "moved"])
def test_tables_are_sorted_by_the_column_whose_header_is_followed(colleague: Client, key: str) -> None:
    header = colleague.page("/growth").one(f"#sort-{key}")
    page = colleague.page(str(header["href"]))
    (column,) = page.all("#table-source th[aria-sort]")
    assert column.select_one(f"#sort-{key}")
    place = page.all("#table-source thead th").index(column)
    shown = [row.select("th, td")[place] for row in page.all("#table-source tbody tr")]
    if key == "name":
        names = [cell.get_text(strip=True).casefold() for cell in shown]
        assert names == sorted(names)
        return
    for cell in shown:
        for share in cell.select("small"):
            share.extract()
    found = [abs(int(cell.get_text(strip=True).replace(",", "").replace("−", "-"))) for cell in shown]
    assert found == sorted(found, reverse=True)


def campaigns(app: Flask, count: int) -> None:
    for number in range(count):
        log_of(app).append(visit(f"j-{number:03}", NOW_MS - DAY_MS - number, utm_campaign=f"campaign {number:03}"))


def test_the_smallest_rows_are_folded_and_can_be_shown() -> None:
    app = new_app()
    campaigns(app, 14)
    client = signed_in(app)
    page = client.page("/growth?period=28d&by=campaign")
    rows = [row.get_text(" ", strip=True) for row in page.all("#table-campaign tbody th")]
    assert len(rows) == 9
    assert rows[-1] == "Other (6)"
    added = [whole_number(row.select("td")[5]) for row in page.all("#table-campaign :is(tbody, tfoot) tr")]
    assert added[-1] == sum(added[:-1]) == 14
    more = page.one("#more")
    assert more.get_text() == "Show all 14"
    whole = client.page(str(more["href"]))
    assert len(whole.all("#table-campaign tbody th")) == 14
    assert whole.one("#more")["href"] == "/growth?period=28d&by=campaign"


def test_at_most_a_hundred_values_are_offered_and_the_chosen_one() -> None:
    app = new_app()
    campaigns(app, 103)
    page = signed_in(app).page("/growth?period=28d&campaign=campaign+102")
    assert len(page.all("#filter-campaign option[value]")) == 1 + 100 + 1
    assert page.one("#filter-campaign option[selected]")["value"] == "campaign 102"
    assert page.one("#filter-campaign option[disabled]").get_text() == "and 2 more"


def test_an_empty_log_shows_what_will_be_here_and_how_to_begin() -> None:
    page = signed_in(new_app(public_url="http://wizard.example")).page("/growth")
    snippet = element_snippet("http://wizard.example", Options(), "Deployment Wizard")
    assert page.one("#snippet").get_text() == snippet, "the same as the page that makes it shows"
    assert "wizard demo-data --journeys 2000" in page.text
    assert [each.get_text() for each in page.all(".figures h3")] == [
        "Started",
        "Finished",
        "Clicked through",
        "Converted",
        "Median time to a result",
    ]
    assert page.one('main a[href="/embed"]')
    assert not page.all("#filters, .banner, table")


def test_a_span_without_journeys_offers_wider_ones() -> None:
    app = new_app()
    log_of(app).append(visit(began_ms=NOW_MS - 40 * DAY_MS))
    page = signed_in(app).page("/growth?period=7d")
    lead = page.one("#part-lead")
    assert "No journeys in this period" in lead.get_text()
    assert [link["href"] for link in lead.select("a")] == ["/growth?period=28d", "/growth?period=90d"]
    assert not page.all("#part-funnel svg, main table, .banner")


def test_few_visitors_are_said_to_be_few() -> None:
    app = new_app()
    log_of(app).append(visit(began_ms=NOW_MS - DAY_MS))
    page = signed_in(app).page("/growth?period=28d")
    told = [each.get_text() for each in page.all(".since .change > [aria-hidden]")]
    assert told == ["few visitors"] * 5
    assert "Too few visitors to compare" in page.one(".lead").get_text()


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=HYPERLINK(1)",
    "\u202egnirts",
    "\u2069\u202egnirts\u2066",
    "{{ 7 * 7 }}",
    "a" * 10_000,
)


def test_what_visitors_bring_is_shown_as_text() -> None:
    app = new_app()
    for number, value in enumerate(HOSTILE):
        context = replace(
            CONTEXT,
            journey_id=f"j-{number}",
            ts_ms=NOW_MS - DAY_MS,
            attribution=Attribution(utm_source=value, utm_campaign=value, referrer_host=value),
        )
        log_of(app).append([WizardView(context), QuestionAnswer(replace(context, turn=1), "who", value[:20], 1000)])
    page = signed_in(app).page("/growth?period=28d")
    names = {each.get_text() for each in page.all("#table-source tbody th bdi")}
    assert names == set(HOSTILE)
    assert not page.all("main script, main img")
    assert all(len(option.get_text()) < 100 for option in page.all("#filter-source option"))
    turning = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    for option in page.all("#filter-source option"):  # nothing in a name ends the isolation that it stands in
        assert not turning & set(option.get_text().partition("\u2068")[2].rpartition("\u2069")[0])


def test_a_ledger_that_does_not_balance_is_told_loudly_with_its_bots_and_rejects() -> None:
    app = new_app()
    log_of(app).append(visit(began_ms=NOW_MS - DAY_MS))
    tallies = {("received", ""): 9, ("bot", "crawler"): 4, ("rejected", "stale"): 2, ("lost", ""): 3}
    with log_of(app).database.writer.begin() as connection:
        for (outcome, reason), events in tallies.items():
            row = {
                "day_ms": NOW_MS - NOW_MS % DAY_MS,
                "outcome": outcome,
                "reason": reason,
                "worker": 9,
                "events": events,
            }
            connection.execute(ledger.insert().values(**row))
    page = signed_in(app).page("/growth?period=28d")
    alarm = [line.get_text() for line in page.all(".alarm p")]
    assert alarm == [
        "Some of these figures may be off. Every figure that includes 22 Nov 2026 may be off by up to 3 visits. "
        "Other days are right.",
        "Contact the server's operator: wizard ledger lists the differences.",
        "22 Nov 2026 (UTC): 3 events lost.",
    ]
    told = signed_in(app).page("/growth?period=28d&show=log").one("#part-details").get_text()
    assert "Not every event is accounted for" in told
    assert "4 from bots" in told
    assert "Rejected: stale 2" in told


def test_a_ledger_that_balances_is_told_quietly(colleague: Client) -> None:
    page = colleague.page("/growth?period=28d&show=log")
    told = page.one("#part-details").get_text()
    assert "Every event is accounted for" in told
    assert "No backup of the log has been recorded. Visits are deleted after 760 days." in told
    assert not page.all(".alarm")


def test_the_subscribers_of_the_change_feed_are_told_with_the_data_quality(demo_app: Flask) -> None:
    page = signed_in(demo_app).page("/growth?period=28d&show=log")
    assert "Change feed" not in page.one("#part-details").get_text()
    database = recorder_of(demo_app).log.database
    register(database, ["warehouse"])
    with database.writer.begin() as connection:
        connection.execute(
            update(subscribers).values(failing_since_ms=NOW_MS - 120_000, last_error="10.0.0.7: refused")
        )
    try:
        told = signed_in(demo_app).page("/growth?period=28d&show=log").one("#part-details").get_text()
        assert "Change feed, warehouse: 0 changes of journeys delivered, 0 earlier journeys added so far." in told
        assert "Nothing could be delivered for 2 min." in told
        assert "10.0.0.7" not in told
    finally:
        remove(database, "warehouse")


def test_events_that_are_being_spooled_are_told_loudly(demo_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_of(demo_app), "is_behind", lambda: True)
    page = signed_in(demo_app).page("/growth?period=28d&show=log")
    alarm = page.one(".alarm").get_text()
    assert "The newest visits are not included yet" in alarm
    assert "Nothing is lost: they are added automatically once the log is back." in alarm
    assert "Every event is accounted for" in page.one("#part-details").get_text()


def test_the_page_loads_its_own_files_and_nothing_else(colleague: Client) -> None:
    page = colleague.page("/growth")
    policy = page.response.headers["Content-Security-Policy"]
    for directive in ("style-src 'self'", "script-src 'self'", "connect-src 'self'"):
        assert directive in policy
    assert page.one("script")["type"] == "module"
    assert {str(link["href"]).partition("?")[0] for link in page.all("link[rel=stylesheet]")} == {
        "/static/tokens.css",
        "/static/dashboard.css",
        "/static/dashboard-charts.css",
        "/static/dashboard-filters.css",
        "/static/dashboard-notes.css",
        "/static/dashboard-overview.css",
        "/static/dashboard-sharing.css",
        "/static/dashboard-signups.css",
        "/static/dashboard-tables.css",
    }


def test_every_table_says_what_it_shows_and_which_cells_are_headers(colleague: Client) -> None:
    tabs = [*(tab("/growth", by=name) for name in BREAKDOWNS), *(tab("/growth", show=name) for name in DETAILS)]
    for table in [table for address in tabs for table in colleague.page(address).all("table")]:
        assert table.caption
        assert table.caption.get_text(strip=True)
        assert all(header.get("scope") in ("row", "col", "rowgroup") for header in table.select("th"))


def test_the_parts_that_are_swapped_have_names(colleague: Client) -> None:
    parts = [str(part.get("id", "")) for part in colleague.page("/growth").all("[data-live]")]
    assert all(parts)
    assert len(parts) == len(set(parts))


def whole_number(cell: Tag) -> int:
    return int(cell.get_text(strip=True).replace(",", "").replace("−", "-"))


@pytest.mark.parametrize("metric", ["started", "finished", "clicked", "converted"])
def test_changes_and_their_parts_are_columns_that_sum(colleague: Client, metric: str) -> None:
    for by in BREAKDOWNS:
        table = colleague.page(tab("/growth", metric=metric, by=by)).one("table.ranked")
        names = [header.get_text(strip=True) for header in table.select("thead th")]
        place = names.index("Change")
        rows = [
            [whole_number(cell) for cell in row.select("th, td")[place : place + 3]] for row in table.select("tr")[1:]
        ]
        assert all(change == visitors + rate for change, visitors, rate in rows)
        if by != ANSWER:  # a journey has several
            assert rows[-1] == [sum(column) for column in zip(*rows[:-1], strict=True)]


def test_the_script_is_small(colleague: Client) -> None:
    script = colleague.get(str(colleague.page("/growth").one("script")["src"]))
    assert script.mimetype == "text/javascript"
    assert len(gzip.compress(script.data)) < 4096


def suspect_page(*marks: Suspicion, address: str = "/growth") -> Page:
    """The overview of one whole visit, and of one for each of `marks`."""
    app = new_app()
    log_of(app).append(visit("person", NOW_MS - DAY_MS))
    for number, mark in enumerate(marks):
        events = visit(f"marked-{number}", NOW_MS - DAY_MS)
        log_of(app).append([replace(each, context=replace(each.context, suspect=mark)) for each in events])
    return signed_in(app).page(address)


def test_nothing_is_said_of_suspect_visits_where_there_are_none() -> None:
    assert "uspect visits" not in suspect_page().one("#part-lead").get_text()


@pytest.mark.parametrize(
    ("suspects", "said", "others", "started"),
    [
        ("", "excluded", {"Include them": "include", "Show only these": "only"}, 1),
        ("include", "included", {"Exclude them": "", "Show only these": "only"}, 4),
        ("only", "only", {"Exclude them": "", "Show all visits": "include"}, 3),
    ],
)
def test_the_overview_says_how_many_suspect_visits_there_are_and_leads_to_the_other_choices(
    suspects: str, said: str, others: dict[str, str], started: int
) -> None:
    address = f"/growth?period=28d&suspects={suspects}" if suspects else "/growth"
    page = suspect_page("burst", "burst", "fast", address=address)
    line = page.one(".suspects")
    text = " ".join(line.get_text().split())
    reasons = "burst from one network 2, answers faster than a person reads 1"
    assert text.startswith(f"Suspect visits {said}: 3 ({reasons}). ")
    leads = {link.get_text(): parse_qsl(urlsplit(str(link["href"])).query) for link in line.select("a")}
    assert leads == {
        name: [("period", "28d"), *([("suspects", value)] if value else [])] for name, value in others.items()
    }
    assert count_in(page.one("#part-figures li:first-child .big")) == started


def test_conversions_are_a_share_of_those_who_clicked_with_a_handoff() -> None:
    app = new_app()
    log_of(app).append(visit("signed-up", NOW_MS - DAY_MS))
    log_of(app).append(visit("clicked", NOW_MS - DAY_MS)[:-1])
    private = visit("private", NOW_MS - DAY_MS)[:-1]
    log_of(app).append([replace(each, context=replace(each.context, gpc=1)) for each in private])
    page = signed_in(app).page("/growth")
    rates = {
        item.select("h3 a")[0].get_text(): " ".join(item.select(".rate")[0].get_text().split())
        for item in page.all("#part-figures li")
    }
    assert rates["Clicked through"].startswith("100.0% of starters")
    assert rates["Converted"].startswith("50.0% of those who clicked")
    assert dict(table_shares(page, "#table-source"))["converted"] == "50.0%"
    results = signed_in(app).page("/growth?period=28d&show=results")
    assert results.all(".stacked tbody td:last-child small")[0].get_text() in {"50.0%", "–"}
    assert (
        "Global Privacy Control"
        in signed_in(app).page("/growth?period=28d&metric=converted").one("#chart-meaning").get_text()
    )


def table_shares(page: Page, table: str) -> Iterator[tuple[str, str]]:
    """The shares in the last line of a ranked table, by the metric."""
    for metric, cell in zip(METRICS, page.all(f"{table} tfoot td"), strict=False):
        for share in cell.select("small"):
            yield metric, share.get_text()


def app_with_refused_frames(*sites: str) -> Flask:
    """An application whose log has a visit of now, and a refused frame of each of these sites."""
    app = new_app(embed_origins="https://www.example.com")
    log_of(app).append(visit())
    for site in sites:
        recorder_of(app).count("rejected", "not-allowed-frame", 2, site)
    recorder_of(app).ingest()
    return app


def test_sites_that_may_not_embed_are_listed_with_the_setting_that_would_allow_them() -> None:
    shop, blog = "https://shop.example", "https://blog.example:8443"
    app = app_with_refused_frames(shop, blog, shop, "https://www.example.com", "")
    page = signed_in(app).page("/growth?period=all&show=embeds")
    section = page.one("#refused")
    rows = [[cell.get_text(strip=True) for cell in row.select("th, td")] for row in section.select("tbody tr")]
    assert [row[:2] for row in rows] == [[shop, "2"], [blog, "1"]]
    assert parse_qsl(urlsplit(str(section.select("tbody a")[0]["href"])).query) == [("site", shop)]
    assert section.select("pre")[0].get_text() == f"WIZARD_EMBED_ORIGINS=https://www.example.com,{shop}"
    assert "beyond the first hundred of a day: 1." in section.get_text()


def test_without_refused_frames_nothing_is_said_of_them() -> None:
    for app in (app_with_refused_frames(), app_with_refused_frames("https://www.example.com")):
        details = signed_in(app).page("/growth?period=all&show=embeds").one("#part-details")
        assert "No site that isn’t allowed tried to embed the wizard" in details.get_text()
        assert not details.select("table")


def test_a_wizard_without_a_visit_says_which_sites_tried_to_embed_it() -> None:
    app = new_app()
    recorder_of(app).count("rejected", "not-allowed-frame", 2, "https://shop.example")
    recorder_of(app).ingest()
    page = signed_in(app).page("/growth")
    assert "No visits yet" in page.one("main").get_text()
    assert "WIZARD_EMBED_ORIGINS=https://shop.example" in page.one("#part-refused").get_text()


def test_more_refused_sites_than_are_shown_are_added_up() -> None:
    page = signed_in(app_with_refused_frames(*(f"https://{n:02}.example" for n in range(13)))).page(
        "/growth?period=all&show=embeds"
    )
    assert len(page.all("#refused tbody tr")) == 10
    assert "3 more sites: 3." in page.one("#part-details").get_text()


def test_every_page_leads_to_the_snippet_builder(colleague: Client) -> None:
    for address in ("/growth", "/growth/journeys"):
        assert [str(link["href"]) for link in colleague.page(address).all(".site-header nav a")][-1] == "/embed"


def test_a_window_is_a_filter_that_says_how_many_journeys_are_too_young_for_it(
    demo_app: Flask, colleague: Client
) -> None:
    address = "/growth?period=28d&window=7d"
    page, read = colleague.page(address), selected(demo_app, address)
    assert read.too_young > 0
    assert f"{read.too_young:,} journeys not counted yet: younger than 7 days." in page.one("#part-lead").get_text()
    assert page.one("#filter-window option[selected]").get_text() == "Within 7 days"
    assert page.one(".chips a:not(.clear)")["href"] == "/growth?period=28d"
    links = [str(link["href"]) for link in page.all("main a[data-view]:not(.chips a)")]
    assert all("window=7d" in href for href in links if href.startswith("/growth?"))
