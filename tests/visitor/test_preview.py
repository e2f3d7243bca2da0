"""The studio's preview shows the visitor's own pages, with each text marked, whatever the text is."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask, g
from support import client_of, settings
from werkzeug.datastructures import Headers

from wizard.app import create_app
from wizard.questionnaire.places import paths_with
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import FORM, Wording, required_texts
from wizard.questionnaire.wording_set import WordingSet
from wizard.visitor.marked_texts import BEGIN, DIGITS, END
from wizard.visitor.preview import Previewed, preview
from wizard.visitor.preview_pages import PreviewPage, page_for, pages
from wizard.web import csp
from wizard.web.services import services

REQUIRED = required_texts(QUESTIONS, STRATEGY)
PAGES = {page.id: page for page in pages(QUESTIONS, STRATEGY)}
EMAIL = ("result.share_subject", "result.share_body")
TITLE = "questions.who.title"
SHOWN = "\N{REPLACEMENT CHARACTER}"
HOSTILE = {
    '<script>document.title = "run"</script>': "",
    '"><img src=x onerror=alert(1)>': "",
    "</wizard-text></title></style></head>&lt;b&gt;": "",
    "javascript:alert(1)": "",
    "\u202eesrever\u2066": f"{SHOWN}esrever{SHOWN}",
    "a\u200b\u0000\u0007\u2028\ud800": f"a{SHOWN * 5}",
    "{who} {0} {who.__class__} {who!r:>99999999}": "",
    "{{who}} {{{{x}}}} {% raw %} {{ 7 * 7 }} %(x)s": "{who} {{x}} {% raw %} { 7 * 7 } %(x)s",
    "{": "",
    "}{": "",
    "{a[": "",
    "{{{{{{": "{{{",
    f"{BEGIN}{DIGITS[0]}{END}{END}{BEGIN}": SHOWN * 5,
    "x" * 100_000: "",
    "{" * 100_000: "{" * 50_000,
    "\U0001f469\u200d\U0001f4bb " * 2000: "",
}
"""Texts, and what is shown of each where that is something else."""


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(settings())


@pytest.fixture
def texts(app: Flask) -> Iterator[WordingSet]:
    """The published texts, during a request of the dashboard's that asks for a frame."""
    with app.test_request_context("/studio/preview?theme=dark", headers=Headers({"Sec-Fetch-Dest": "iframe"})):
        yield services().published.current


def changed(texts: WordingSet, locale: str, changes: Mapping[str, str | None]) -> WordingSet:
    """`texts` with those of one language changed; None takes a text out."""
    own = {**texts.wordings[locale].texts, **changes}
    wording = Wording(locale, {key: text for key, text in own.items() if text is not None}, "draft")
    return replace(texts, version="draft", wordings={**texts.wordings, locale: wording})


def shown(previewed: Previewed) -> BeautifulSoup:
    return BeautifulSoup(previewed.html, "html.parser")


def marked(previewed: Previewed, key: str) -> list[Tag]:
    return shown(previewed).select(f'[data-text="{key}"]')


def words(soup: BeautifulSoup) -> str:
    """The text of a page's body, without spaces."""
    assert soup.body
    return "".join(soup.body.get_text().split())


def test_each_page_has_an_id_and_a_title_of_its_own(texts: WordingSet) -> None:
    found = pages(QUESTIONS, STRATEGY, texts.wording())
    assert len({page.id for page in found}) == len(found) == len(PAGES)
    titles = [(page.group, page.title) for page in found]
    assert len(set(titles)) == len(titles)
    assert ("Results", "Myself, Just host it for me") in titles
    assert ("Questions", "Who do you want PostHog for?") in titles


def test_every_text_is_on_the_page_that_is_named_for_it(texts: WordingSet) -> None:
    wording = texts.wording("en")
    found = {page.id: preview(page, texts, "en") for page in PAGES.values()}
    for key in REQUIRED:
        page = found[page_for(key, QUESTIONS, STRATEGY, wording)]
        assert key in page.keys, key


@pytest.mark.parametrize("locale", ["ar", "ja", "de"])
def test_a_form_of_an_answer_is_on_the_page_that_is_named_for_it(locale: str, texts: WordingSet) -> None:
    wording = texts.wording(locale)
    forms = [key for key in wording.texts if FORM in key]
    for key in forms:
        page = PAGES[page_for(key, QUESTIONS, STRATEGY, wording)]
        assert key in preview(page, texts, locale).keys, key
    assert forms or locale == "ja"


def test_a_result_shows_the_texts_that_its_path_is_said_to_show(texts: WordingSet) -> None:
    common = [key for key in REQUIRED if not key.startswith(("site", "question", "problems"))]
    by_path: dict[tuple[str, ...], set[str]] = {}
    for key in set(common) - set(EMAIL):
        for outcome in paths_with(key, QUESTIONS, STRATEGY):
            by_path.setdefault(tuple(outcome.answers.values()), set()).add(key)
    for page in PAGES.values():
        if page.kind == "result":
            keys = preview(page, texts, "en").keys
            on_page = {key for key in keys if not key.startswith(("site", "question"))}
            assert on_page == by_path[tuple(page.answers.values())], page.id


@pytest.mark.parametrize(
    ("locale", "address", "page"),
    [
        ("en", "/?who=job&team_size=2_10&hosting=own_servers", "result.job.2_10.own_servers"),
        ("ar", "/?who=hobby&hosting=avoid", "result.hobby.avoid"),
        ("ja", "/?who=job", "question.team_size"),
        ("de", "/nowhere?", "problem.not_found"),
    ],
)
def test_the_words_are_those_that_a_visitor_reads(locale: str, address: str, page: str, app: Flask) -> None:
    visited = client_of(app).page(f"{address}&locale={locale}").html
    with app.test_request_context("/studio/preview"):
        assert words(shown(preview(PAGES[page], services().published.current, locale))) == words(visited)


def test_words_that_are_filled_in_have_the_key_of_the_answer(texts: WordingSet) -> None:
    (summary,) = marked(preview(PAGES["result.hobby.avoid"], texts, "en"), "summaries.individual_avoid")
    filled = {each["data-text"]: each.get_text() for each in summary.select("[data-text]")}
    assert filled == {
        "questions.who.choices.hobby.named": "a project of your own",
        "questions.hosting.choices.avoid.named": "hosted for you",
    }


def test_texts_that_are_only_in_attributes_come_after_those_that_are_seen(texts: WordingSet) -> None:
    keys = preview(PAGES["result.hobby.avoid"], texts, "en").keys
    assert keys[:2] == ("site.name", "result.persona")
    assert keys.index("result.share_label") > keys.index("result.restart")
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_links_and_forms_lead_nowhere_and_nothing_takes_the_focus(page: PreviewPage, texts: WordingSet) -> None:
    soup = shown(preview(page, texts, "de"))
    assert {link.get("href") for link in soup.select("a")} <= {"#"}
    assert {button["type"] for button in soup.select("button")} <= {"button"}
    assert not soup.select("[action], [formaction], [target], [autofocus], [hidden], script, input[name]")
    assert [link["rel"] for link in soup.select("link")] == [["icon"]]
    assert soup.html is not None
    assert soup.html["lang"] == "de"


@pytest.mark.parametrize(("text", "expected"), HOSTILE.items(), ids=range(len(HOSTILE)))
def test_a_hostile_text_is_shown_as_it_is_written(text: str, expected: str, texts: WordingSet) -> None:
    draft = changed(texts, "en", {TITLE: text, "site.name": text, "questions.who.choices.hobby.named": text})
    for page in ("question.who", "question.who.missing", "search", "result.hobby.avoid"):
        made = preview(PAGES[page], draft, "en")
        soup = shown(made)
        assert not soup.select("script, img, [onerror]")
        assert soup.title
        assert not set(soup.title.get_text()) & set(BEGIN + END + DIGITS)
        (first, *_) = soup.select(f'[data-text="{TITLE}"]')
        assert first.get_text() == (expected or text)
        assert made.keys.count(TITLE) == 1


def test_a_hostile_text_with_names_to_fill_is_filled_only_with_what_there_is(texts: WordingSet) -> None:
    text = "{who} {hosting.size} {who!r} {who:>9} {team_size} {who.__class__} {0}"
    made = preview(PAGES["result.hobby.avoid"], changed(texts, "en", {"summaries.individual_avoid": text}), "en")
    (summary,) = marked(made, "summaries.individual_avoid")
    expected = "a project of your own {hosting.size} {who!r} {who:>9} {team_size} {who.__class__} {0}"
    assert summary.get_text() == expected


def test_a_problems_reference_is_no_format_string(texts: WordingSet) -> None:
    draft = changed(texts, "en", {"problems.server.reference": "{reference.__class__} <b>{reference}</b>"})
    (reference,) = marked(preview(PAGES["problem.server"], draft, "en"), "problems.server.reference")
    assert reference.get_text() == "{reference.__class__} <b>0123456789abcdef</b>"
    assert [tag.name for tag in reference.select("*")] == ["bdi"]


def test_a_text_that_a_draft_lacks_is_the_default_languages(texts: WordingSet) -> None:
    page = PAGES["question.who"]
    (title,) = marked(preview(page, changed(texts, "de", {TITLE: None}), "de"), TITLE)
    assert title.get_text() == texts.wording("en").texts[TITLE]
    (title,) = marked(preview(page, changed(texts, "de", {TITLE: ""}), "de"), TITLE)
    assert title.get_text() == texts.wording("en").texts[TITLE]
    (title,) = marked(preview(page, changed(texts, "en", {TITLE: None}), "en"), TITLE)
    assert title.get_text() == TITLE


def test_an_unknown_language_has_the_default_texts(texts: WordingSet) -> None:
    assert preview(PAGES["question.who"], texts, "xx").html == preview(PAGES["question.who"], texts, "en").html


def test_the_look_is_the_one_that_was_asked_for_and_never_that_of_a_frame(texts: WordingSet) -> None:
    assert 'data-theme="dark"' in preview(PAGES["question.who"], texts, "en", "dark").html
    assert "data-theme" not in preview(PAGES["question.who"], texts, "en").html.partition("<head>")[0]
    assert "data-framed" not in preview(PAGES["question.who"], texts, "en").html


def test_a_preview_leaves_the_texts_and_the_policy_of_its_request_alone(texts: WordingSet) -> None:
    csp.allow("style-src", "'self'")
    made = preview(PAGES["result.hobby.avoid"], changed(texts, "en", {"site.name": "Draft"}), "en")
    assert services().wording_set() is texts
    assert services().title() == texts.wording("en").texts["site.name"]
    assert g.policy == {"style-src": ("'self'",)}
    assert set(made.policy) == {"style-src", "img-src"}
