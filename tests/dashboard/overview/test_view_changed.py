"""Changed answers on the overview: rows, shares, links, and their table."""

from urllib.parse import parse_qsl, urlsplit

from bs4 import BeautifulSoup
from dashboard_app import selected
from flask import Flask

from wizard.analytics.changed_answers import ChangedAnswer, ChangedAnswers
from wizard.dashboard.labels import Names
from wizard.dashboard.overview.view_changed import ChangedStep, changed_of
from wizard.dashboard.overview.view_links import Asked, Links
from wizard.questionnaire.questions import QUESTIONS
from wizard.web.services import services

CHANGES = {
    "hosting": (ChangedAnswer("avoid", "own_servers", 5),),
    "colour": (ChangedAnswer("blue", "red", 1),),
    "who": (ChangedAnswer("hobby", "team", 3), ChangedAnswer("team", "team", 2), ChangedAnswer("team", "hobby", 1)),
}
ANSWERS = {"who": {"hobby": 40, "team": 20}, "hosting": {"avoid": 10}, "colour": {"red": 4}}


def shown(app: Flask, changes: ChangedAnswers) -> tuple[ChangedStep, ...]:
    links = Links(selected("period=28d&source=news"), Asked())
    return changed_of(changes, ANSWERS, links, Names(services(app).wording()), QUESTIONS)


def test_the_changes_of_each_question_have_shares_of_those_who_answered_it(app: Flask) -> None:
    who, hosting, colour = shown(app, CHANGES)
    assert who.question == "Who do you want PostHog for?"
    assert (who.changed.count, who.share) == (6, "10.0%")
    rows = [(row.first, row.current, row.number.count, row.share) for row in who.rows]
    assert rows == [("Myself", "My team", 3, "5.0%"), ("My team", "Myself", 1, "1.7%")]
    assert [(row.current, row.number.count, row.share) for row in who.returned] == [("My team", 2, "3.3%")]
    assert (hosting.share, hosting.returned) == ("50.0%", ())
    assert [(row.first, row.current) for row in colour.rows] == [("blue", "red")]


def test_each_number_leads_to_its_journeys(app: Flask) -> None:
    who = shown(app, CHANGES)[0]
    numbers = [who.changed, *(row.number for row in (*who.rows, *who.returned))]
    asked = [parse_qsl(urlsplit(number.href or "").query) for number in numbers]
    assert all(each[:2] == [("period", "28d"), ("source", "news")] for each in asked)
    assert [each[2:] for each in asked] == [
        [("did", "who.changed")],
        [("changed", "who.hobby.team")],
        [("changed", "who.team.hobby")],
        [("changed", "who.team.team")],
    ]


def test_the_table_lists_changes_back_apart(app: Flask) -> None:
    def rendered(changes: ChangedAnswers) -> BeautifulSoup:
        text = app.jinja_env.get_template("dashboard/_changed.html").render(changed=shown(app, changes))
        return BeautifulSoup(text, "html.parser")

    table = rendered({"who": CHANGES["who"]}).select("table")[0]
    assert "6 changed their answer (10.0% of those who answered)" in table.get_text(" ", strip=True)
    for arrow in table.select("[aria-hidden]"):
        arrow.decompose()
    rows = [[cell.get_text() for cell in row.select("th, td")] for row in table.select("tr")]
    assert rows == [
        ["From and to", "Visitors", "Share"],
        ["Myself to My team", "3", "5.0%"],
        ["My team to Myself", "1", "1.7%"],
        ["Changed and changed back"],
        ["My team", "2", "3.3%"],
    ]
    assert "No answer was changed." in rendered({}).get_text()
