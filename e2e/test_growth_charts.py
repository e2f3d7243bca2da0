"""The overview's charts by mouse, by keyboard, on a phone, without colours, in print; and what the keyboard reaches."""

import re
from collections.abc import Callable

from dashboard_browser import Dashboard, Users, open_overview
from pixels import PIXEL
from playwright.sync_api import Browser, Locator, Page, expect

Keep = Callable[[Page, str], None]
LANDSCAPE_A4 = (842, 595)
DAY = re.compile(r"started ([\d,]+)(?:; .+: ([\d,]+))?$")


def table_of_chart(page: Page) -> list[list[str]]:
    """The rows of the trend's own table."""
    rows: list[list[str]] = page.evaluate("""() => [...document.querySelectorAll('.trend-table tbody tr')]
        .map(row => [...row.cells].map(cell => cell.firstChild?.textContent.trim() ?? ''))""")
    return rows


def counts_of(day: Locator) -> list[str]:
    """The numbers that are shown of a point: its own, and that of the period before."""
    return day.locator(".readout .count").all_text_contents()


def test_pointing_at_a_day_or_tabbing_to_it_shows_the_tables_figures_above_the_chart(
    window: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.colleague(dashboard, window, viewport={"width": 1280, "height": 900})
    open_overview(page, "?metric=started")
    rows = table_of_chart(page)
    days, latest = page.locator("#part-chart .trend .day"), page.locator(".trend .latest")
    assert days.count() == len(rows) == 28
    expect(latest).to_be_visible()
    expect(latest).to_contain_text(f"{rows[-1][0]}, so far")
    for place in (0, 13, 26):
        day, row = days.nth(place), rows[place]
        assert counts_of(day) == row[1:3]
        found = DAY.search(_said(day))
        assert found
        assert list(found.groups()) == row[1:3]
        expect(day.locator(".readout")).to_be_hidden()
        day.locator(".hit").hover(force=True)
        expect(day.locator(".readout")).to_be_visible()
        expect(day.locator(".readout .title")).to_contain_text(row[0])
        expect(latest).to_be_hidden()
        above, plot = day.locator(".readout").bounding_box(), page.locator(".trend .value-axis").bounding_box()
        assert above
        assert plot
        assert above["y"] + above["height"] <= plot["y"]
    page.mouse.move(0, 0)
    expect(latest).to_be_visible()
    stops = page.locator(".trend .day:not([tabindex])")
    stops.nth(3).focus()
    page.keyboard.press("Tab")
    expect(stops.nth(4)).to_be_focused()
    expect(stops.nth(4).locator(".readout")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/growth\?since=\d{4}-\d\d-\d\d&until=\d{4}-\d\d-\d\d"))


def test_today_is_drawn_by_the_hour_until_now(window: Browser, dashboard: Dashboard, users: Users) -> None:
    page = users.colleague(dashboard, window, viewport={"width": 1280, "height": 900})
    open_overview(page, "?period=today&metric=started")
    rows = table_of_chart(page)
    assert [row[0][:5] for row in rows] == [f"{hour:02}:00" for hour in range(24)]
    assert page.locator(".trend .end.open").count() == 1
    assert "so far" in str(page.locator(".trend .latest .title").text_content())
    counted = sum(int(row[1].replace(",", "")) for row in rows if row[1] != "\N{EN DASH}")
    tile = page.locator("#part-figures li", has=page.get_by_role("heading", name="Started", exact=True))
    assert counted == int(tile.locator(".big").inner_text().replace(",", ""))


def _said(day: Locator) -> str:
    return str(day.get_attribute("aria-label"))


def test_no_line_is_distinguished_by_colour_alone(browser: Browser, dashboard: Dashboard, users: Users) -> None:
    page = users.colleague(dashboard, browser, viewport={"width": 1280, "height": 900})
    open_overview(page)
    looks: list[str] = page.locator(".trend .line:is(path)").evaluate_all(
        "lines => lines.map(line => getComputedStyle(line).strokeDasharray)"
    )
    assert len(looks) == len(set(looks)) == 3
    names = page.locator("#part-chart .series li").all_text_contents()
    assert names == ["Finished", "The 28 days before", "So far"]


def test_a_number_of_the_funnel_has_a_tooltip_by_mouse_and_keyboard(
    window: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.colleague(dashboard, window, viewport={"width": 1280, "height": 900})
    open_overview(page)
    for link in page.locator(".funnel a").all():
        expect(link.locator(".tooltip")).to_be_hidden()
        link.focus()
        expect(link.locator(".tooltip")).to_be_visible()
        title, *lines = link.locator(".tooltip text").all_text_contents()
        assert f"{title}: {' '.join(lines)}" == _said(link)
        expect(page.locator(".funnel .hint")).to_be_hidden()
    band = page.locator(".funnel a.band").first
    band.locator(".hit").hover(force=True)
    expect(band.locator(".tooltip")).to_be_visible()
    expect(page.locator(".funnel .tooltip").locator("visible=true")).to_have_count(1)


def test_on_a_phone_tables_show_the_funnel_and_all_of_its_numbers(
    browser: Browser, dashboard: Dashboard, users: Users
) -> None:
    page = users.colleague(dashboard, browser, viewport={"width": 390, "height": 844})
    open_overview(page)
    funnel, details = page.locator("#part-funnel"), page.locator("#part-details")
    expect(funnel.locator(".funnel")).to_be_hidden()
    expect(funnel.get_by_role("listitem")).to_have_count(3)
    details.get_by_text("Paths and recommendations").click()
    shown: list[str] = details.locator("td a").evaluate_all(
        "links => links.filter(link => link.checkVisibility()).map(link => link.getAttribute('href'))"
    )
    drawn = funnel.locator(".funnel a:is(.band, .arc, .metric)").evaluate_all(
        "links => links.map(link => link.getAttribute('href')).filter(href => !/outcome=(viewed|started)/.test(href))"
    )
    assert len(drawn) > 20
    assert set(drawn) <= set(shown)
    assert details.locator(".scroll").evaluate_all("areas => areas.every(area => area.scrollWidth <= area.clientWidth)")
    row = details.get_by_role("row", name="Team size").first
    expect(row.get_by_role("cell").first).to_be_visible()
    expect(details.locator(".change").first).to_contain_text(re.compile(r"points \("))
    expect(page.locator(".trend + .series")).to_be_visible()


def test_each_picture_has_its_table(browser: Browser, dashboard: Dashboard, users: Users) -> None:
    page = users.colleague(dashboard, browser)
    open_overview(page)
    for part, table, caption in (
        ("funnel", "details", "What happened at each question"),
        ("chart", "chart", "Finished by day"),
    ):
        expect(page.locator(f"#part-{part} .chart svg").locator("visible=true").first).to_be_visible()
        expect(page.locator(f"#part-{table} caption", has_text=caption)).to_have_count(1)
    page.get_by_text("Figures of this chart").click()
    expect(page.locator(".trend-table table")).to_be_visible()


WALK = """() => {
  const active = document.activeElement
  const style = getComputedStyle(active)
  const box = active.getBoundingClientRect()
  const shown = [...active.querySelectorAll('.hit, line')].map(part => getComputedStyle(part))
  const rings = [style, getComputedStyle(active, '::after'), ...shown]
    .some(each => each.outlineStyle !== 'none' && each.outlineWidth !== '0px' || each.strokeWidth >= '2')
  return [active.tagName, active.outerHTML.slice(0, 90), rings, box.width > 0 && box.right > 0]
}"""


def test_by_keyboard_alone_everything_is_reached_and_seen(browser: Browser, dashboard: Dashboard, users: Users) -> None:
    page = users.colleague(dashboard, browser, viewport={"width": 1280, "height": 900})
    for address in ("/growth", "/growth/journeys"):
        page.goto(address)
        page.wait_for_load_state()
        expected: list[str] = page.evaluate("""() => [...document.querySelectorAll(
            'a[href]:not([tabindex="-1"]), button, select, input:not([type=hidden]), summary, [tabindex="0"]')]
            .filter(target => target.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }))
            .map(target => target.outerHTML.slice(0, 90))""")
        assert len(expected) > 20
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        expect(page.locator(".skip")).to_be_in_viewport()
        reached = []
        for _ in range(len(expected) + 12):
            tag, html, rings, is_shown = page.evaluate(WALK)
            if tag == "BODY":
                break
            reached.append(html)
            # Of a date, the browser itself shows which of its parts has the focus.
            assert rings or "date" in html, f"the focus is not to be seen on {html}"
            assert is_shown, html
            page.keyboard.press("Tab")
        assert set(expected) <= set(reached)


def test_the_skip_link_leads_past_the_navigation(browser: Browser, dashboard: Dashboard, users: Users) -> None:
    page = users.colleague(dashboard, browser)
    open_overview(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_on_paper_the_overview_is_one_landscape_page(
    browser: Browser, dashboard: Dashboard, users: Users, keep: Keep
) -> None:
    page = users.colleague(dashboard, browser, viewport={"width": 1047, "height": 718})
    open_overview(page, "?device=desktop&by=campaign")
    page.emulate_media(media="print", color_scheme="dark")
    for there in (
        ".figures .big",
        "#part-funnel .chart svg",
        "#part-chart .trend",
        "#part-breakdown table",
        ".span",
        ".chips",
    ):
        expect(page.locator(there).locator("visible=true").first).to_be_visible()
    for gone in (".site-header form", ".site-header nav", ".export", "#part-filters select", ".tabs", "#part-details"):
        expect(page.locator(gone).first).to_be_hidden()
    for shown in page.locator("main :is(table, svg.trend, svg.funnel)").locator("visible=true").all():
        box = shown.bounding_box()
        assert box
        assert box["x"] + box["width"] <= 1047 + PIXEL
    keep(page, "growth-print")
    page.emulate_media()
    for address in ("?device=desktop&by=campaign", "?period=today&metric=time&show=days", "?by=source&all=1"):
        open_overview(page, address)
        (size,) = pages_of(page.pdf(prefer_css_page_size=True))
        assert size == LANDSCAPE_A4
    page.goto("/growth/journeys")
    page.emulate_media(media="print")
    expect(page.locator("table.journeys")).to_be_visible()
    keep(page, "growth-journeys-print")


def pages_of(pdf: bytes) -> list[tuple[int, int]]:
    """The width and height of each page of a PDF, in points."""
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert len(boxes) == len(re.findall(rb"/Type\s*/Page\b", pdf))
    return [(round(float(width)), round(float(height))) for width, height in boxes]
