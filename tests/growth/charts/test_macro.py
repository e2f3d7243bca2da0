"""The table behind a chart."""

from pathlib import Path

from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader

from wizard.growth.charts import trend
from wizard.growth.overview.days import Day

TEMPLATES = Path(__file__).parents[3] / "templates"
PAGE = """{% from "growth/_chart.html" import chart -%}
{% call chart(picture, "As a <table>") %}<table><tr><td>{{ cell }}</td></tr></table>{% endcall %}"""


def test_a_chart_has_its_table_behind_it() -> None:
    pages = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    picture = trend([Day("2026-03-02", 1), Day("2026-03-03", 2)], lambda *_: "/")
    page = BeautifulSoup(pages.from_string(PAGE).render(picture=picture, cell="<b>"), "html.parser")
    assert page.select_one(".chart > svg.trend") is not None
    assert [each.text for each in page.select("details.behind > summary, details.behind td")] == ["As a <table>", "<b>"]
