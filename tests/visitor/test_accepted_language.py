"""The language of a page: by the address, else by what the browser prefers, else the default."""

from pathlib import Path

import pytest
from flask import Flask
from support import Client, client_of, settings

from wizard.app import create_app
from wizard.files.bundled import bundled
from wizard.visitor.accepted_language import accepted_language

LOCALES = ("en", "ar", "de", "es", "fr", "ja", "pt-BR")
VARIES = "Accept-Language"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("wording")
    english = (bundled("wording") / "en.toml").read_text("utf-8")
    for locale in LOCALES:
        (folder / f"{locale}.toml").write_text(english, "utf-8")
    return create_app(settings(wording_dir=str(folder)))


@pytest.fixture
def client(app: Flask) -> Client:
    return client_of(app)


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE-de", "de"),
        ("de-AT, en;q=0.9", "de"),
        ("en;q=0.5, fr;q=0.9, de;q=0.7", "fr"),
        ("fr;q=0.50, de;q=0.51", "de"),
        ("pt-PT", "pt-BR"),
        ("pt", "pt-BR"),
        ("pt-BR", "pt-BR"),
        ("es-419,es;q=0.9,en;q=0.8", "es"),
        ("zh", "en"),
        ("zh-Hant-TW, zh;q=0.9", "en"),
        ("zh, ja;q=0.5", "ja"),
        ("nl, fr;q=0.3, en;q=0.2", "fr"),
        ("*", "en"),
        ("*, de;q=0.5", "en"),
        ("*;q=0.1, ja;q=0.2", "ja"),
        ("en;q=0.1, *;q=0.5", "ar"),
        ("ja, *;q=0.5", "ja"),
        ("fr, de;q=0", "fr"),
        ("de;q=0", "en"),
        ("en;q=0", "ar"),
        ("en;q=0, *;q=0", "ar"),
        ("en;q=0, fr", "fr"),
        ("de-AT, de;q=0", "en"),
        ("*;q=0", "en"),
        ("de;q=0.0, de-CH;q=0.8", "en"),
        ("de;q=abc, fr", "fr"),
        ("de;q=", "de"),
        ("de;q=-1, fr;q=0.1", "fr"),
        ("de;q=2, fr;q=0.1", "fr"),
        (";;;,,,=;q", "en"),
        ("de;level=1;q=0.2, fr;q=0.3", "fr"),
        (", de", "de"),
        ("\u00fc, de", "de"),
        ("x" * 2000 + ", de", "de"),
        (",".join(f"xx-{number}" for number in range(300)) + ",ja", "ja"),
        ("*, " * 5000 + "de;q=0.5", "en"),
        ("a-" * 5000 + "a, de", "de"),
        ("i-klingon, en-GB-oed, de", "en"),
    ],
)
def test_a_browser_gets_the_language_that_it_prefers_of_those_that_there_are(header: str, locale: str) -> None:
    assert accepted_language(header, LOCALES) == locale


def test_the_address_comes_before_the_browser(client: Client) -> None:
    german = {VARIES: "de"}
    assert client.page("/?locale=fr", headers=german).one("html")["lang"] == "fr"
    assert client.page("/?locale=pt-PT", headers=german).one("html")["lang"] == "pt-BR"
    assert client.page("/?locale=zh", headers=german).one("html")["lang"] == "de"
    assert client.page("/?locale=%3Cb%3E", headers=german).one("html")["lang"] == "de"


def test_a_page_varies_with_the_browsers_language_only_where_that_decides(client: Client) -> None:
    def varies(address: str, **headers: str) -> bool:
        return VARIES in client.get(address, headers=headers).headers.get("Vary", "")

    assert varies("/")
    assert varies("/?theme=dark")
    assert varies("/?locale=zh")
    assert varies("/nowhere")
    assert not varies("/?locale=fr")
    assert not varies("/nowhere?locale=fr")
    token = client.page("/").one("input[name=journey]")["value"]
    assert not varies(f"/?journey={token}")
    assert not varies("/robots.txt")


def test_a_site_in_one_language_does_not_vary_with_the_browsers(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text((bundled("wording") / "en.toml").read_text("utf-8"), "utf-8")
    alone = create_app(settings(wording_dir=str(tmp_path)))
    assert VARIES not in client_of(alone).get("/").headers["Vary"]


def test_prepared_pages_of_two_languages_are_apart(client: Client) -> None:
    for _ in range(2):
        for language in ("de", "ar", "de-AT"):
            page = client.page("/", headers={VARIES: language})
            assert page.one("html")["lang"] == language[:2]
