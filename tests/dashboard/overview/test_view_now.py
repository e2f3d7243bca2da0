"""The visits under way are one sentence, with the embed pages that have most of them."""

import pytest

from wizard.analytics.under_way import UnderWay
from wizard.dashboard.labels import Names
from wizard.dashboard.overview.view_now import NowView, now_of
from wizard.questionnaire.wording import Wording

WORDING = Wording("en", {"questions.who.title": "Who are you?"})


def view(pages: dict[str, int], embeds: dict[str, int] | None = None) -> NowView:
    return now_of(UnderWay(sum(pages.values()), pages, embeds or {}), Names(WORDING))


@pytest.mark.parametrize(
    ("pages", "sentence"),
    [
        ({}, "Nobody in the last five minutes"),
        ({"result": 1}, "1 visit under way: 1 at the result"),
        ({"who": 1200, "headcount": 1}, "1,201 visits under way: 1,200 at Who are you?, 1 at Headcount"),
    ],
)
def test_the_sentence_names_each_page_of_the_wizard(pages: dict[str, int], sentence: str) -> None:
    assert view(pages).sentence == sentence


def test_the_embed_pages_with_the_most_visits_are_named() -> None:
    embeds = {"https://a.example": 5, "": 3, "https://b.example": 2, "https://c.example": 1, "https://d.example": 1}
    found = view({"who": 12}, embeds)
    assert found.embeds == (("https://a.example", 5), ("Opened directly", 3), ("https://b.example", 2))
    assert found.others == "2 more pages: 2"
    assert view({"who": 1}, {"": 1}).embeds == ()
