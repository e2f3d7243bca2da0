"""`/embed`: the page on which a marketer chooses, sees and copies; as it is without JavaScript."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from support import Client, Page, client_of, settings

from wizard.app import create_app, recorder_of
from wizard.embed import page as embed_page
from wizard.files.bundled import bundled
from wizard.presentation import TEXT_CONTRAST, colours

HOSTILE = ('"><script>alert(1)</script>', "' autofocus onfocus='alert(1)", "</code><b>", "x" * 10_000, "javascript:x")


def snippet(page: Page, name: str = "element-snippet") -> BeautifulSoup:
    """What a browser makes of the snippet once it is pasted."""
    return BeautifulSoup(page.one(f"#{name}").get_text(), "html.parser")


def selected(page: Page, step: str) -> list[str]:
    return [str(option["value"]) for option in page.all(f"#{step} option[selected]")]


def test_the_snippet_follows_the_choices(client: Client) -> None:
    page = client.page("/embed?theme=dark&accent=0b7a75&locale=en&campaign=pricing&who=team&share-path=1")
    element = snippet(page).find("deployment-wizard")
    assert element
    assert element.attrs == {
        "src": "http://localhost/",
        "theme": "dark",
        "accent": "#0b7a75",
        "locale": "en",
        "campaign": "pricing",
        "prefill": "who=team",
        "share-path": "",
    }
    (frame,) = snippet(page, "frame-snippet").select("*")
    assert frame["src"] == "http://localhost/?theme=dark&accent=0b7a75&locale=en&campaign=pricing&who=team"


def test_the_form_shows_what_was_chosen(client: Client) -> None:
    page = client.page("/embed?theme=dark&accent=0b7a75&locale=en&campaign=pricing&who=team&mode=dialog&share-path=1")
    checked = {(str(field["name"]), str(field["value"])) for field in page.all("form [checked]")}
    assert checked == {("theme", "dark"), ("mode", "dialog"), ("share-path", "1")}
    assert page.one("#accent")["value"] == "#0b7a75"
    assert page.one("#campaign")["value"] == "pricing"
    assert selected(page, "locale") == ["en"]
    assert selected(page, "who") == ["team"]
    assert selected(page, "hosting") == []


def test_the_preview_is_the_wizard_as_chosen_in_a_frame_and_known_to_be_one(client: Client) -> None:
    page = client.page("/embed?theme=dark&who=team")
    frame, element = page.one("iframe"), page.one("deployment-wizard")
    address = urlsplit(str(frame["src"]))
    assert (address.netloc, address.path) == ("", "/")
    assert parse_qs(address.query) == {"theme": ["dark"], "who": ["team"], "preview": ["1"]}
    assert (element["theme"], element["prefill"], element["src"]) == ("dark", "who=team", "/?preview=1")
    assert "style" not in frame.attrs
    pasted = snippet(page).iframe
    assert pasted
    assert {**frame.attrs, "src": "", "style": ""} == {**pasted.attrs, "src": "", "style": ""}


def test_a_dialog_has_a_link_to_open_it_by(client: Client) -> None:
    page = client.page("/embed?mode=dialog")
    assert page.one("#opener a")["data-deployment-wizard-open"] == page.one("deployment-wizard")["id"]
    assert "preview=1" in str(page.one("#opener a")["href"])
    assert [tag.name for tag in snippet(page).select("*")] == ["a", "deployment-wizard", "script"]


def test_the_questionnaires_own_words_and_only_what_goes_together_can_be_chosen_beforehand(client: Client) -> None:
    page = client.page("/embed?who=hobby")
    assert "Myself" in page.one("#who").get_text()
    assert [str(option["value"]) for option in page.all("#team_size option")] == [""]
    assert "Just me" not in client.page("/embed?who=team").one("#team_size").get_text()


def test_the_language_of_the_frames_title_is_the_one_chosen(two_locales: Flask) -> None:
    page = client_of(two_locales).page("/embed?locale=de")
    assert [str(option["value"]) for option in page.all("#locale option")] == ["", "en", "de"]
    assert selected(page, "locale") == ["de"]
    assert page.one("html")["lang"] == "en"


@pytest.mark.parametrize(
    ("query", "warned"),
    [
        ("accent=ffcc00", ["light"]),
        ("accent=101060", ["dark"]),
        ("accent=ffcc00&theme=dark", []),
        ("accent=ffcc00&theme=light", ["light"]),
        ("accent=808080", ["light", "dark"]),
        ("accent=", []),
        ("accent=nonsense", []),
    ],
)
def test_an_accent_that_can_not_be_read_is_named_with_its_contrast_and_what_is_shown_instead(
    query: str, warned: list[str], client: Client
) -> None:
    page = client.page(f"/embed?{query}")
    told = [" ".join(element.get_text().split()) for element in page.all("#contrast li")]
    assert [re.findall(r"^on a (\w+) page", text)[0] for text in told] == warned
    for theme, text in zip(warned, told, strict=True):
        shown, accent = re.findall(r"#[0-9a-f]{6}", text)
        reached, least = (float(number) for number in re.findall(r"(\d+\.\d)", text))
        assert accent == page.one("#accent")["value"]
        assert shown == getattr(colours(accent), theme)
        assert least < TEXT_CONTRAST <= reached
        assert f"{TEXT_CONTRAST}\N{NO-BREAK SPACE}:" in page.one("#contrast p:first-child").get_text()
        assert [str(rect["fill"]) for rect in page.all("#contrast p rect")] == [accent]
    assert bool(page.one("#contrast").get_text(strip=True)) == bool(warned)


def test_what_can_not_be_used_is_said_at_its_field(client: Client) -> None:
    page = client.page("/embed?theme=purple&accent=red&locale=xx&campaign=a@example.com&who=x&mode=y")
    assert page.status == 200
    for name in ("theme", "accent", "locale", "campaign", "who", "mode"):
        assert page.one(f"#{name}-message").get_text(), name
    assert {str(field["id"]) for field in page.all("[aria-invalid]")} == {"accent", "locale", "campaign", "who"}
    assert page.one("#accent")["value"] == "red"
    assert snippet(page).find("deployment-wizard").attrs == {"src": "http://localhost/"}  # type: ignore[union-attr]  # it is there


@pytest.mark.parametrize("name", ["theme", "accent", "locale", "campaign", "mode", "share-path", "who", "x"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_value_gets_out_of_its_place(name: str, hostile: str, client: Client) -> None:
    plain = client.page("/embed")
    page = Page(client.get("/embed", query_string={name: hostile}))
    assert page.status == 200
    assert [tag.name for tag in page.all("*")] == [tag.name for tag in plain.all("*")]
    assert not [key for tag in page.all("*") for key in tag.attrs if key.startswith("on")]
    assert len(page.response.data) < len(plain.response.data) + 2000


def test_it_names_who_may_embed_or_what_to_set(client: Client) -> None:
    assert "WIZARD_EMBED_ORIGINS" in client.page("/embed").one("[aria-labelledby=origins-title]").get_text()
    page = client_of(create_app(settings(embed_origins="https://www.example.com, https://*.example.org"))).page(
        "/embed"
    )
    assert [li.get_text(strip=True) for li in page.all(".origins li")] == [
        "https://www.example.com",
        "https://*.example.org",
    ]


def test_it_says_whether_a_page_may_embed_it_and_what_to_set() -> None:
    client = client_of(create_app(settings(embed_origins="https://www.example.com")))
    assert "Allowed." in client.page("/embed?site=www.example.com/pricing").one("#site-message").get_text()
    assert "wizard’s own" in client.page("/embed?site=http://localhost/").one("#site-message").get_text()
    page = client.page("/embed?site=shop.example/start")
    assert "Not allowed yet." in page.one("#site-message").get_text()
    assert page.one("#origins-line").get_text() == "WIZARD_EMBED_ORIGINS=https://www.example.com,https://shop.example"
    assert "times" not in page.one("#site-message").get_text()
    unreadable = client.page("/embed?site=no way")
    assert unreadable.one("#site-message .message")
    assert unreadable.one("#site")["aria-invalid"] == "true"


def test_it_says_how_often_a_site_that_may_not_embed_it_has_tried() -> None:
    app = create_app(settings())
    for _ in range(3):
        recorder_of(app).count("rejected", "not-allowed-frame", 2, "https://shop.example")
    recorder_of(app).ingest()
    text = " ".join(client_of(app).page("/embed?site=shop.example").one("#site-message").get_text().split())
    assert re.search(
        r"It was loaded there 3 times in the last 28 days, the last time on \d{4}-\d\d-\d\d \(UTC\)\.", text
    )
    assert "loaded there" not in client_of(app).page("/embed?site=other.example").one("#site-message").get_text()


def test_it_checks_a_page_also_while_the_log_can_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise SQLAlchemyError

    monkeypatch.setattr(embed_page, "read_refused_sites", fail)
    client = client_of(create_app(settings()))
    assert "Not allowed yet." in client.page("/embed?site=shop.example").one("#site-message").get_text()


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", ["site", "tab", "background", "radius"])
def test_no_further_value_gets_out_of_its_place(name: str, hostile: str, client: Client) -> None:
    page = Page(client.get("/embed", query_string={name: hostile}))
    assert page.status == 200
    assert not page.html.find_all(string=re.compile("alert"), name="script")
    assert not [key for tag in page.all("*") for key in tag.attrs if key.startswith("on")]
    assert {tag.name for tag in page.all("*")} == {tag.name for tag in client.page("/embed").all("*")}


@pytest.mark.parametrize(
    ("background", "theme", "said", "is_problem"),
    [
        ("ffffff", "light", "In the light theme it is used", False),
        ("ffffff", "dark", "In the dark theme it is not used", True),
        ("ffffff", "", "choose the light theme", False),
        ("777777", "dark", "not used", True),
        ("transparent", "", "The wizard can’t know what is there", False),
    ],
)
def test_a_background_is_said_to_be_readable_or_not(
    background: str, theme: str, said: str, is_problem: bool, client: Client
) -> None:
    page = client.page(f"/embed?background={background}&theme={theme}")
    ground = page.one("#ground")
    assert said in " ".join(ground.get_text().split())
    assert ("problem" in ground["class"]) == is_problem


def test_the_snippet_is_there_for_each_place_and_the_one_asked_for_is_shown(client: Client) -> None:
    page = client.page("/embed?tab=react&accent=0b7a75&radius=0&share-path=1&who=team")
    assert [str(tab["value"]) for tab in page.all("[name=tab]")] == ["", "react", "wordpress", "webflow", "iframe"]
    assert [str(tab["value"]) for tab in page.all("[name=tab][checked]")] == ["react"]
    react = page.one("#react-snippet").get_text()
    for line in ('accent="#0b7a75"', 'radius="0"', 'prefill="who=team"', "share-path", 'src="http://localhost/"'):
        assert f"        {line}\n" in react
    assert [str(tab["value"]) for tab in client.page("/embed?tab=x").all("[name=tab][checked]")] == [""]


def test_a_language_is_named_in_itself(two_locales: Flask) -> None:
    page = client_of(two_locales).page("/embed")
    assert [option.get_text() for option in page.all("#locale option")] == ["Browser language", "English", "Deutsch"]
    assert [option.get("lang") for option in page.all("#locale option")] == [None, "en", "de"]


def test_the_snippet_is_for_the_public_address_where_there_is_one() -> None:
    page = client_of(create_app(settings(public_url="https://wizard.example.com"))).page("/embed")
    assert str(snippet(page).script["src"]) == "https://wizard.example.com/embed.js"  # type: ignore[index]  # it is there
    assert page.one("iframe")["src"] == "/?preview=1"


def test_its_policy_allows_its_own_files_and_frame_and_nothing_else() -> None:
    response = client_of(create_app(settings(embed_origins="https://www.example.com"))).get("/embed")
    directives = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
    assert directives == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "frame-src": "'self'",
        "img-src": "data:",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'self' https://www.example.com",
    }


def test_it_is_kept_out_of_search_engines_and_shared_caches(client: Client) -> None:
    headers = client.get("/embed").headers
    assert (headers["X-Robots-Tag"], headers["Cache-Control"]) == ("noindex", "private, no-cache")


def test_it_can_be_discovered_by_a_cms(client: Client) -> None:
    page = client.page("/embed?theme=dark&mode=dialog")
    response = client.get(str(page.one('link[type="application/json+oembed"]')["href"]))
    assert response.status_code == 200
    assert "theme=dark" in response.text


def test_its_colours_are_those_of_the_visitors_pages(client: Client) -> None:
    tokens, own = ((bundled("static") / name).read_text() for name in ("tokens.css", "embed-page.css"))
    addresses = [str(link["href"]).partition("?")[0] for link in client.page("/embed").all("link[rel=stylesheet]")]
    assert addresses == ["/static/tokens.css", "/static/embed-page.css"]
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", own)) <= set(re.findall(r"#[0-9a-f]{3,8}\b", tokens))
    assert not re.search(r"^ *--", own, re.MULTILINE)


@pytest.mark.parametrize("address", ["/embed", "/embed.js", "/oembed?url=https://a..b/"])
def test_a_host_that_can_not_be_one_gets_a_page(address: str, client: Client) -> None:
    assert Page(client.get(address, headers={"Host": "a..b"})).status == 400


def test_the_pages_own_script_is_there_before_the_element_tells_anything(client: Client) -> None:
    own, copying, element = client.page("/embed").all("head script")
    assert copying["type"] == "module"
    assert own["type"] == "module"
    assert element["src"] == "/embed.js"
    assert element.has_attr("defer")
    assert not own.has_attr("async")
    assert not element.has_attr("async")


def test_a_slash_at_the_end_of_the_address_changes_nothing(client: Client) -> None:
    assert client.page("/embed/?theme=dark").text == client.page("/embed?theme=dark").text
    given = {"url": "http://localhost/embed/?theme=dark"}
    plain, slash = (client.get(path, query_string=given) for path in ("/oembed", "/oembed/"))
    assert plain.status_code == 200
    assert slash.get_json() == plain.get_json()
