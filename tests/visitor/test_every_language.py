"""Every path in every language that is shipped, by HTTP."""

from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from support import Client, Page, every_path, name_of

from wizard.files.bundled import bundled
from wizard.languages import direction
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import Wording, required_texts
from wizard.questionnaire.wording_files import read_folder
from wizard.visitor.pages import result

WORDINGS = read_folder(bundled("wording"), required_texts(QUESTIONS, STRATEGY)).wordings
PATHS = tuple(every_path())
LONGEST = max(PATHS, key=len)


def check_language(page: Page, wording: Wording) -> None:
    """Assert that a page is in one language, with every placeholder filled in."""
    html = page.one("html")
    assert html["lang"] == wording.locale
    assert html.get("dir", "ltr") == direction(wording.locale)
    words = page.one("main").get_text(" ")
    assert "{" not in words
    assert wording.text("site.name") in page.one("title").get_text()


@pytest.mark.parametrize("locale", WORDINGS)
def test_every_result_is_in_the_language_that_was_asked_for(locale: str, client: Client) -> None:
    wording = WORDINGS[locale]
    for path in PATHS:
        page = client.page(f"/?{urlencode({**path, 'locale': locale, 'preview': '1'})}")
        shown = result(STRATEGY.outcome(path), wording)
        check_language(page, wording)
        assert page.heading == shown.title
        words = " ".join(page.one("main").get_text(" ").split())
        for text in (shown.summary, *(each.text for each in (*shown.reasons, *shown.declined))):
            assert " ".join(text.split()) in words


def walk(client: Client, path: Mapping[str, str], wording: Wording) -> None:
    """Answer every question in one language, and refuse to answer each once."""
    page = client.page(f"/?locale={wording.locale}")
    for step, choice in path.items():
        check_language(page, wording)
        assert page.heading == wording.text(f"questions.{step}.title")
        refused = Page(client.submit(page, None))
        check_language(refused, wording)
        assert wording.text(f"questions.{step}.missing") in refused.one("main").get_text(" ")
        page = client.answer(page, choice)
    check_language(page, wording)
    assert page.heading == result(STRATEGY.outcome(path), wording).title


@pytest.mark.parametrize("locale", WORDINGS)
def test_a_journey_stays_in_its_language(locale: str, client: Client, request: pytest.FixtureRequest) -> None:
    """The longest path; in the long form, every path."""
    for path in PATHS if request.config.getoption("--soak") else (LONGEST,):
        walk(client, path, WORDINGS[locale])


@pytest.mark.parametrize("locale", WORDINGS)
def test_an_error_page_is_in_the_language_that_was_asked_for(locale: str, client: Client) -> None:
    page = client.page(f"/nowhere?locale={locale}")
    check_language(page, WORDINGS[locale])
    assert page.heading == WORDINGS[locale].text("problems.not_found.title")


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_every_language_names_the_answers_that_a_result_comes_from(path: Mapping[str, str]) -> None:
    for wording in WORDINGS.values():
        named = wording.named(path)
        shown = result(STRATEGY.outcome(path), wording)
        texts = (shown.summary, *(each.text for each in (*shown.reasons, *shown.declined)))
        for step in path:
            forms = [value for name, value in named.items() if name.partition(".")[0] == step]
            assert any(form in text for form in forms for text in texts), f"{wording.locale}: {step}"
