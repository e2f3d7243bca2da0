"""Pages in several languages: direction, styles, the language switcher, and what search engines are told."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from support import Client, Page, client_of, settings

from wizard.app import create_app
from wizard.files.bundled import bundled
from wizard.visitor.languages import in_language, languages
from wizard.visitor.services import services

LOCALES = ("en", "ar", "de", "ja")
RTL, CJK, HYPHENS = '.back::before { content: "→ "', "word-break: auto-phrase", "hyphens: auto"
"""What only one of the stylesheets has that not every language loads."""

FRAMED = {"Sec-Fetch-Dest": "iframe"}
GROUP = {"who": "team", "team_size": "2_10", "hosting": "avoid"}


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application that has the English texts under the names of several languages."""
    folder: Path = tmp_path_factory.mktemp("wording")
    english = (bundled("wording") / "en.toml").read_text("utf-8")
    for locale in LOCALES:
        (folder / f"{locale}.toml").write_text(english, "utf-8")
    return create_app(settings(wording_dir=str(folder)))


@pytest.fixture
def speaker(several: Flask) -> Client:
    return client_of(several)


def switched(client: Client, page: Page, locale: str) -> Page:
    """The page that the button of `locale` leads to."""
    form = page.one("form#switch")
    button = page.one(f"button[form=switch][name=locale][value={locale}]")
    data = page.fields | {"locale": str(button["value"])}
    response = client.post(str(form["action"]), data=data)
    assert response.status_code == 303
    return client.page(response.headers["Location"])


@pytest.mark.parametrize(("locale", "direction"), [("en", "ltr"), ("de", "ltr"), ("ja", "ltr"), ("ar", "rtl")])
@pytest.mark.parametrize("address", ["/?locale={}", "/?who=hobby&hosting=enjoy&locale={}", "/nowhere?locale={}"])
def test_each_page_says_its_language_and_its_direction(
    address: str, locale: str, direction: str, speaker: Client
) -> None:
    root = speaker.page(address.format(locale)).one("html")
    assert (root["lang"], root["dir"]) == (locale, direction)


@pytest.mark.parametrize(("locale", "own"), [("en", None), ("de", HYPHENS), ("ja", CJK), ("ar", RTL)])
@pytest.mark.parametrize("headers", [{}, FRAMED])
def test_a_page_contains_the_styles_of_its_language_alone(
    locale: str, own: str | None, headers: dict[str, str], speaker: Client
) -> None:
    style = speaker.page(f"/?locale={locale}", headers=headers).all("style")[0].get_text()
    assert [sheet for sheet in (RTL, CJK, HYPHENS) if sheet in style] == [own] * (own is not None)


@pytest.mark.parametrize("headers", [{}, FRAMED])
def test_the_switcher_has_each_language_by_its_own_name_and_marks_the_current_one(
    headers: dict[str, str], speaker: Client
) -> None:
    page = speaker.page("/?locale=de", headers=headers)
    buttons = page.all("footer details.languages button")
    assert [(button["value"], button["lang"], button.get_text()) for button in buttons] == [
        ("en", "en", "English"),
        ("ar", "ar", "العربية"),
        ("de", "de", "Deutsch"),
        ("ja", "ja", "日本語"),
    ]
    assert [button["value"] for button in buttons if button.get("aria-current") == "true"] == ["de"]
    assert page.one("footer summary").get_text() == "Language: Deutsch"


def test_with_one_language_there_is_no_switcher_and_no_style_of_one(two_locales: Flask) -> None:
    assert languages("en", ("en",)) == ()
    for page in (client_of(two_locales).page("/"), client_of(two_locales).page("/nowhere")):
        assert page.all(".languages")
    alone = create_app(settings(wording_dir=_alone(two_locales)))
    page = client_of(alone).page("/")
    assert not page.all(".languages, footer, link[hreflang]")
    assert ".languages" not in page.text


def _alone(app: Flask) -> str:
    """A folder of texts beside the one of `app`, with the English ones alone."""
    folder = Path(services(app).settings.wording_dir) / "alone"
    folder.mkdir()
    (folder / "en.toml").write_text((bundled("wording") / "en.toml").read_text("utf-8"), "utf-8")
    return str(folder)


@pytest.mark.parametrize("headers", [{}, FRAMED])
def test_a_switch_keeps_the_journey_its_answers_and_the_question(headers: dict[str, str], several: Flask) -> None:
    client = client_of(several)
    seal = services(several).seal
    page = client.page("/?utm_source=news&theme=dark", headers=headers)
    before = seal.open(page.journey)
    german = switched(client, page, "de")
    assert german.one("html")["lang"] == "de"
    assert german.one("html")["data-theme"] == "dark"
    assert seal.open(german.journey) == replace(before, locale="de")
    result = client.answer(client.answer(client.answer(german, "team"), "2_10"), "avoid")
    assert result.one("html")["lang"] == "de"
    japanese = switched(client, result, "ja")
    assert (japanese.one("html")["lang"], japanese.one("main")["data-persona"]) == ("ja", "team")


def test_a_switch_at_a_question_that_was_answered_stays_there(speaker: Client) -> None:
    third = speaker.page("/?who=team&team_size=2_10")
    second = speaker.page(str(third.one("a.back")["href"]))
    assert second.step == "team_size"
    arabic = switched(speaker, second, "ar")
    assert (arabic.step, arabic.one("html")["dir"]) == ("team_size", "rtl")
    assert arabic.one(".choices [aria-current=true]")["value"] == "2_10"


def test_a_switch_replaces_the_language_that_the_address_asks_for(speaker: Client) -> None:
    page = speaker.page("/?locale=ar&accent=0b7a75")
    response = speaker.post(str(page.one("form#switch")["action"]), data=page.fields | {"locale": "ja"})
    query = parse_qs(urlsplit(response.headers["Location"]).query)
    assert (query["locale"], query["accent"]) == (["ja"], ["0b7a75"])
    assert in_language("/?locale=ar&theme=dark&locale=x", "de") == "/?theme=dark&locale=de"


def test_an_unknown_language_is_no_switch(speaker: Client) -> None:
    page = speaker.page("/")
    answered = Page(speaker.post("/", data=page.fields | {"locale": "tlh", "who": "hobby"}, follow_redirects=True))
    assert answered.step == "hosting"


@pytest.mark.parametrize("address", ["/nowhere?a=%C3%BC&b=2", "/?journey=x", "/go/cloud?journey=x"])
def test_a_problems_page_can_be_read_in_another_language_at_its_own_address(address: str, speaker: Client) -> None:
    page = speaker.page(address)
    form = page.one("form#switch")
    assert (form["method"], form["action"]) == ("get", "?")
    given = {name: [value] for name, value in page.fields.items()}
    assert given == parse_qs(urlsplit(address).query)
    path = address.partition("?")[0]
    arabic = Page(speaker.get(path, query_string={**page.fields, "locale": "ar"}))
    assert (arabic.status, arabic.one("html")["dir"]) == (page.status, "rtl")


def test_a_problem_with_a_form_leads_on_in_another_language_to_where_it_was(speaker: Client) -> None:
    first = speaker.page("/")
    page = Page(speaker.post("/", data=first.fields | {"csrf_token": "x", "who": "job"}))
    assert page.status == 400
    form = page.one("form#switch")
    assert form["action"] == "/"
    resumed = speaker.page(in_language(f"/?journey={page.fields['journey']}", "ar"))
    assert (resumed.step, resumed.one("html")["dir"]) == ("who", "rtl")


def test_search_engines_are_told_of_each_language_and_of_the_page_that_chooses_one(speaker: Client) -> None:
    for address, canonical in (
        ("/", "/"),
        ("/?locale=de", "/?locale=de"),
        ("/?theme=dark&locale=de-AT", "/?locale=de"),
    ):
        page = speaker.page(address)
        assert page.one("link[rel=canonical]")["href"] == f"http://localhost{canonical}"
        alternates = {str(link["hreflang"]): str(link["href"]) for link in page.all("link[rel=alternate][hreflang]")}
        assert alternates == {
            "x-default": "http://localhost/",
            **{locale: f"http://localhost/?locale={locale}" for locale in LOCALES},
        }


@pytest.mark.parametrize("address", ["/?who=team", "/?who=hobby&hosting=enjoy", "/nowhere"])
def test_what_is_not_indexed_has_no_alternates(address: str, speaker: Client) -> None:
    assert not speaker.page(address).all("link[hreflang]")
    assert not speaker.page("/", headers=FRAMED).all("link[hreflang]")


def test_addresses_are_written_from_left_to_right_in_any_language(speaker: Client) -> None:
    page = speaker.page("/?who=hobby&hosting=enjoy&locale=ar")
    assert page.one("#share-link")["dir"] == "ltr"
    assert page.one(".on-paper bdi")["dir"] == "ltr"
