"""Texts up to their limits fit on the narrowest phone: nothing overflows, is cut off or lies over something else."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from flask import Flask
from layout_faults import layout_faults
from playwright.sync_api import Browser, Page, ViewportSize
from support import settings

from wizard.app import create_app
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.text_limits import MULTILINE, limit_of, text_problems
from wizard.questionnaire.wording import Wording, required_texts
from wizard.visitor.preview import preview
from wizard.visitor.preview_pages import PreviewPage, pages
from wizard.web.services import services

NARROW = ViewportSize(width=320, height=640)
REQUIRED = required_texts(QUESTIONS, STRATEGY)
FILLERS: Mapping[str, str] = {
    "en": "Wwwwwmmmmmww ",
    "de": "Rechtsschutzversicherungsgesellschaft ",
    "ja": "組織全体で使う「製品分析」",
    "ar": "والاستخدامات المتعددة ",
    "pt-BR": "W",
}
"""What the texts of a language consist of: wide letters, long words, no spaces at all, right to left, one wide word."""

FULL_WIDTH = "body * { letter-spacing: .4em !important }"
"""Makes each character an em wide, where no font has it and a box of .6 em stands for it."""

RESULTS = ("result.hobby.own_cloud", "result.job.2_10.own_servers", "result.job.51_plus.avoid")
"""One answer more or less, with and without what is not offered; with --soak, every result."""


def at_the_limit(key: str, locale: str) -> str:
    """A text of as many characters as `key` may have, with every name that it may fill in."""
    names = " ".join(f"{{{name}}}" for name in sorted(REQUIRED[key]))
    words = FILLERS[locale] * limit_of(key)
    text = f"{names} {words}".strip()[: limit_of(key)]
    return text.replace(" ", "\n", 1) if key in MULTILINE else text


WORDINGS = {
    locale: Wording(locale, {key: at_the_limit(key, locale) for key in REQUIRED}, "at the limit") for locale in FILLERS
}


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(settings())


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport=NARROW, reduced_motion="reduce")
    yield page
    page.close()


def html_of(app: Flask, page: PreviewPage, locale: str) -> str:
    """The page with texts at their limits."""
    with app.test_request_context("/studio/preview"):
        texts = replace(services().published.files, wordings=WORDINGS)
        return preview(page, texts, locale).html


@pytest.mark.parametrize("locale", FILLERS)
def test_texts_at_their_limits_fit_at_320_pixels(
    locale: str, app: Flask, phone: Page, request: pytest.FixtureRequest
) -> None:
    is_long = request.config.getoption("--soak")
    faults = {}
    for page in pages(QUESTIONS, STRATEGY):
        if page.kind == "result" and page.id not in RESULTS and not is_long:
            continue
        phone.set_content(html_of(app, page, locale))
        if locale == "ja":
            phone.add_style_tag(content=FULL_WIDTH)
        if found := layout_faults(phone):
            faults[page.id] = found
    assert faults == {}


def test_the_texts_at_their_limits_are_allowed_and_no_shorter() -> None:
    for locale, wording in WORDINGS.items():
        for key, text in wording.texts.items():
            assert text_problems(key, text) == (), (locale, key)
            assert len(text) == limit_of(key)


@pytest.mark.parametrize(
    ("style", "fault"),
    [
        ("h1 { white-space: nowrap }", "outside the page: H1"),
        ("body { overflow-wrap: normal; hyphens: none }", "the page is"),
        (".hint { height: 2em; overflow: hidden }", "cut off or too wide: P.hint"),
        (".choices span { margin-top: -4em }", "over each other: "),
    ],
)
def test_a_layout_that_does_not_fit_is_noticed(style: str, fault: str, app: Flask, phone: Page) -> None:
    phone.set_content(html_of(app, pages(QUESTIONS, STRATEGY)[0], "de"))
    phone.add_style_tag(content=style)
    assert any(found.startswith(fault) for found in layout_faults(phone))
