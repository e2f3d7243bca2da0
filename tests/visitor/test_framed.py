"""The visitor's pages in a frame of somebody else's page: how they look, what they tell, and what they are told."""

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from flask import Flask
from recorded_client import Watched
from support import DESTINATIONS, Client, Page, client_of, settings

from wizard.app import create_app, recorder_of
from wizard.events.attribution import CAMPAIGN_TAGS
from wizard.files.bundled import bundled
from wizard.presentation import colours
from wizard.visitor.rendering import prepared_pages
from wizard.web.assets import source_of, without_comments

HOST = "https://www.example.com"
FRAMED = {"Sec-Fetch-Dest": "iframe"}
GROUP = {"who": "team", "team_size": "2_10", "hosting": "own_servers"}
LOOK = "theme=dark&accent=f9bd2b&locale=en"


@pytest.fixture
def embedded() -> Iterator[Watched]:
    """An application that HOST may embed, and a visitor who meets it there."""
    app = create_app(settings(embed_origins=HOST))
    client = client_of(app)
    client.environ_base["HTTP_SEC_FETCH_DEST"] = "iframe"
    client.environ_base["HTTP_REFERER"] = f"{HOST}/"
    yield Watched(app, client)
    recorder_of(app).close()


def shown(page: Page) -> dict[str, object]:
    """What the page's script would tell the page around."""
    told: dict[str, object] = json.loads(str(page.one("main")["data-shown"]))
    return told


def answer(client: Client, page: Page, choice: str, **told: str) -> Page:
    """Answer as a browser would in which the page's script has put in what the page around has `told` it."""
    fields = {f"host.{name}": value for name, value in told.items()}
    data = page.fields | {page.step: choice} | fields
    return Page(client.post(str(page.one("form")["action"]), data=data, follow_redirects=True))


def through(client: Client, page: Page, answers: Mapping[str, str]) -> Page:
    for choice in answers.values():
        page = answer(client, page, choice)
    return page


# --- who may size the frame

SIZING = "meta[name=responsive-embedded-sizing]"
HOSTS = "https://www.example.com,https://*.example.org:8443,http://localhost:8080"


def sized_by(page: Page) -> list[str]:
    """What the page says of who may size it."""
    return [str(meta["content"]) for meta in page.all(f"head > {SIZING}")]


def arriving(client: Client, referrer: str | None, **headers: str) -> Page:
    """The first page of a frame on the page at `referrer`, which is another site's."""
    sent = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site", **headers}
    return client.page("/", headers={**sent, "Referer": referrer} if referrer else sent)


@pytest.fixture(scope="module")
def several() -> Iterator[Flask]:
    """An application that several sites may embed."""
    app = create_app(settings(embed_origins=HOSTS))
    yield app
    recorder_of(app).close()


@pytest.mark.parametrize(
    ("referrer", "origin"),
    [
        ("https://www.example.com/", "https://www.example.com"),
        ("https://www.example.com/pricing?a=b", "https://www.example.com"),
        ("https://shop.example.org:8443/", "https://shop.example.org:8443"),
        ("http://localhost:8080/", "http://localhost:8080"),
    ],
)
def test_exactly_the_site_around_the_frame_may_size_it(referrer: str, origin: str, several: Flask) -> None:
    assert sized_by(arriving(client_of(several), referrer)) == [f"allow-origins={origin}"]


@pytest.mark.parametrize(
    "referrer",
    [
        None,
        "https://other.example/",
        "https://www.example.com:8443/",
        "http://localhost:8081/",
        "https://a;b.example.org:8443/",
        "https://a,b.example.org:8443/",
        "https://*.example.org:8443/",
        'https://a"><script>.example.org:8443/',
        "https://[::1/",
        "javascript:alert(1)",
        "x",
    ],
)
def test_no_site_may_size_the_frame_that_may_not_embed_us_or_is_unknown(referrer: str | None, several: Flask) -> None:
    assert sized_by(arriving(client_of(several), referrer)) == []


def test_a_page_without_a_frame_has_no_site_around_it(several: Flask) -> None:
    headers = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "cross-site"}
    assert sized_by(arriving(client_of(several), f"{HOST}/", **headers)) == []


def test_it_may_on_every_page_of_the_visit(several: Flask) -> None:
    client = client_of(several)
    page = arriving(client, f"{HOST}/")
    client.environ_base |= {"HTTP_SEC_FETCH_DEST": "iframe", "HTTP_SEC_FETCH_SITE": "same-origin"}
    client.environ_base["HTTP_REFERER"] = "http://localhost/"
    wanted = [f"allow-origins={HOST}"]
    assert sized_by(Page(client.submit(page, None))) == wanted
    for choice in GROUP.values():
        page = answer(client, page, choice)
        assert sized_by(page) == wanted
    assert page.one("main")["data-persona"] == "team"


def test_a_journey_on_another_site_is_sized_by_the_site_that_it_is_on(several: Flask) -> None:
    client = client_of(several)
    journey = arriving(client, f"{HOST}/").journey
    sent = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}
    for referrer, wanted in (
        ("http://localhost:8080/", ["allow-origins=http://localhost:8080"]),
        ("https://x.example/", []),
    ):
        page = client.page("/", query_string={"journey": journey}, headers={**sent, "Referer": referrer})
        assert sized_by(page) == wanted


def test_a_site_that_is_not_allowed_any_more_may_not_go_on() -> None:
    before, after = create_app(settings(embed_origins=HOST)), create_app(settings(embed_origins="https://x.example"))
    journey = arriving(client_of(before), f"{HOST}/").journey
    headers = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"}
    pages = [client_of(app).page("/", query_string={"journey": journey}, headers=headers) for app in (before, after)]
    assert [sized_by(page) for page in pages] == [[f"allow-origins={HOST}"], []]
    for app in (before, after):
        recorder_of(app).close()


def test_sites_share_the_prepared_pages() -> None:
    app = create_app(settings(embed_origins=HOSTS))
    for number in range(5):
        arriving(client_of(app), f"https://shop{number}.example.org:8443/")
    with app.app_context():
        assert len(prepared_pages()) == 1
    recorder_of(app).close()


# --- what is sent


@pytest.mark.parametrize("destination", [None, "document", "empty", "frame", "script"])
def test_a_page_that_is_not_in_a_frame_carries_no_script(destination: str | None, client: Client) -> None:
    response = client.get("/", headers={"Sec-Fetch-Dest": destination} if destination else {})
    page = Page(response)
    assert page.all("script, html[data-framed], main[data-shown]") == []
    assert "script-src" not in response.headers["Content-Security-Policy"]
    assert page.one("body > header")


@pytest.mark.parametrize("address", ["/", "/?who=hobby&hosting=enjoy", "/nowhere", "/?journey=x"])
def test_a_page_in_a_frame_carries_the_script_of_the_repository_and_no_header(address: str, client: Client) -> None:
    page = client.page(address, headers=FRAMED)
    *others, script = page.all("script")
    assert script.get_text() == without_comments((bundled("static") / "frame.js").read_text())
    assert len(others) == ("hosting" in address)
    assert page.one("html").has_attr("data-framed")
    assert page.all("body > header") == []


def test_what_is_for_search_engines_and_shared_links_is_not_sent_into_a_frame(client: Client) -> None:
    assert client.page("/").all("link[rel=canonical], meta[property]")
    assert client.page("/", headers=FRAMED).all("link, meta[property], meta[name=description]") == []


def test_a_page_is_not_kept_for_the_other_place(client: Client) -> None:
    for headers in ({}, FRAMED):
        assert "Sec-Fetch-Dest" in client.get("/", headers=headers).vary


def test_the_page_around_learns_what_the_log_knows(embedded: Watched) -> None:
    page = embedded.client.page("/")
    told = [shown(page)]
    for choice in GROUP.values():
        page = answer(embedded.client, page, choice)
        told.append(shown(page))
    assert [{key: value for key, value in one.items() if key != "view"} for one in told] == [
        {"step": "who", "index": 0},
        {"step": "team_size", "index": 1},
        {"step": "hosting", "index": 2},
        {"persona": "team", "recommended": "private_cloud"},
    ]
    views = [event.event_id for event in embedded.log.read() if event.name in ("question_view", "result_view")]
    assert sorted(str(one["view"]) for one in told) == sorted(view[:16] for view in views)


def test_a_page_that_is_shown_again_is_the_same_view_and_an_error_says_that_it_is_one(embedded: Watched) -> None:
    page = embedded.client.page("/")
    here = embedded.client.page(str(page.one("main")["data-here"]))
    assert shown(here) == shown(page)
    refused = Page(embedded.client.submit(page, None))
    assert refused.status == 422
    assert shown(refused) == shown(page) | {"error": True}
    embedded.forget()
    embedded.client.page(str(refused.one("main")["data-here"]))
    assert embedded.news() == []


# --- how it looks


def test_theme_accent_and_language_stay_with_the_visitor_beside_the_journey(client: Client) -> None:
    page = client.page(f"/?{LOOK}")
    while page.html.select("form .choices"):
        check_look(page)
        page = client.answer(page, GROUP[page.step])
    check_look(page)
    check_look(client.page(str(page.one('dd a[href*="step=who"]')["href"])))
    restarted = client.page(str(page.one("section[aria-labelledby=answers] p a")["href"]))
    check_look(restarted)
    assert restarted.step == "who"
    check_look(Page(client.submit(restarted, None)))
    check_look(client.page(f"/?journey=x&{LOOK}"))
    check_look(client.page(f"/nowhere?{LOOK}"))


def is_preview(page: Page) -> bool:
    """Whether a page says that it is a preview."""
    return any("nothing that you do here is counted" in footer.get_text() for footer in page.all("footer"))


def check_look(page: Page) -> None:
    """The page is dark, has the accent, and whatever on it leads to another of ours keeps it so."""
    assert page.one("html")["data-theme"] == "dark"
    made = colours("#f9bd2b")
    assert {made.fill, made.on_fill, made.light, made.dark} <= set(
        page.all("style")[-1].get_text().replace(":", ";").replace("}", ";").split(";")
    )
    leading = [str(link["href"]) for link in page.all('a[href^="/"]')] + [
        str(form["action"]) for form in page.all("form[method=post]")
    ]
    assert leading
    for address in leading:
        asked = parse_qs(urlsplit(address).query)
        assert [asked.get(name) for name in ("theme", "accent", "locale")] == [["dark"], ["f9bd2b"], ["en"]]
    if page.html.select("input[name=journey], a[data-deployment]"):
        assert "f9bd2b" not in page.journey


@pytest.mark.parametrize(
    ("query", "themes"),
    [
        ("background=f5efe6", ["light"]),
        ("background=1d4aff", ["dark"]),
        ("background=transparent", []),
        ("radius=0", []),
    ],
)
def test_a_background_and_a_radius_are_kept_on_the_way_and_allowed_by_the_policy(
    query: str, themes: list[str], client: Client
) -> None:
    page = client.page(f"/?{query}")
    style = page.all("style")[-1].get_text()
    name, _, value = query.partition("=")
    assert re.findall(r"--page:#(\w+)", style) == [value] * 2 * len(themes)
    assert re.findall(r"prefers-color-scheme:(\w+)", style) == themes
    assert ("--wizard-page:transparent" in style) == (value == "transparent")
    assert ("--wizard-radius:0px" in style) == (name == "radius")
    assert source_of(style.encode()) in page.response.headers["Content-Security-Policy"]
    after = client.answer(page, "hobby")
    assert after.all("style")[-1].get_text() == style
    assert all(value in parse_qs(urlsplit(str(form["action"])).query)[name] for form in page.all("form"))


def test_the_link_for_a_colleague_looks_as_it_does_to_everybody(client: Client) -> None:
    page = client.page(f"/?who=hobby&hosting=enjoy&{LOOK}")
    assert parse_qs(urlsplit(str(page.one("input[readonly]")["value"])).query).keys() == {"who", "hosting"}


@pytest.mark.parametrize(
    "query",
    [
        "theme=neon",
        "accent=red",
        "accent=%22%3E%3Cscript%3E",
        "locale=xx",
        "theme=&accent=&locale=",
        "background=red",
        "radius=99",
    ],
)
def test_a_look_that_there_is_not_is_our_own(query: str, client: Client) -> None:
    page = client.page(f"/?{query}")
    assert page.status == 200
    assert not page.one("html").has_attr("data-theme")
    assert not {"--wizard-accent:", "--wizard-page:", "--wizard-radius:"} & set(
        re.findall(r"--wizard-\w+:", page.all("style")[-1].get_text())
    )
    assert page.one("html")["lang"] == "en"


def test_the_language_of_the_address_comes_before_the_browsers_and_can_change_on_the_way(two_locales: Flask) -> None:
    client = client_of(two_locales)
    page = client.page("/?locale=de-AT", headers={"Accept-Language": "en"})
    assert page.heading == "Wer soll PostHog nutzen?"
    journey = page.journey
    english = client.page("/", query_string={"journey": journey, "locale": "en"})
    assert english.heading == "Who do you want PostHog for?"
    assert english.one("html")["lang"] == "en"


# --- where the visitor comes from


def test_the_site_around_is_known_from_the_start_and_refers_nobody(embedded: Watched) -> None:
    embedded.client.page("/?utm_source=news")
    (journey,) = embedded.journeys()
    assert (journey.embed_origin, journey.referrer_host, journey.utm_source) == (HOST, "", "news")


def test_a_site_that_may_not_embed_us_is_not_named(embedded: Watched) -> None:
    embedded.client.page("/", headers={"Referer": "https://elsewhere.example/"})
    assert [journey.embed_origin for journey in embedded.journeys()] == [""]


def test_a_visit_that_begins_again_in_the_frame_is_not_taken_to_be_on_a_page_of_ours(embedded: Watched) -> None:
    result = through(embedded.client, embedded.client.page("/"), GROUP)
    # There, the browser names the page that the link is on.
    restarted = embedded.client.page(
        str(result.one("section[aria-labelledby=answers] p a")["href"]), headers={"Referer": "http://localhost/"}
    )
    assert [journey.embed_origin for journey in embedded.journeys()] == [HOST, HOST]
    answer(embedded.client, restarted, "team", embed_origin=HOST)
    assert [journey.embed_origin for journey in embedded.journeys()] == [HOST, HOST]


RESTART = "section[aria-labelledby=answers] p a"
FROM_OURSELVES = {"Referer": "http://localhost/"}


def test_a_visit_that_begins_again_keeps_the_campaign_and_the_embedding_page(embedded: Watched) -> None:
    page = embedded.client.page("/?campaign=pricing&utm_source=a%26b", headers={"Referer": ""})
    page = answer(embedded.client, page, "team", embed_origin=HOST, embed_path="/pricing", referrer_host="news.example")
    result = through(embedded.client, page, {"team_size": "2_10", "hosting": "avoid"})
    again = embedded.client.page(str(result.one(RESTART)["href"]), headers=FROM_OURSELVES)
    through(embedded.client, again, GROUP)
    first, second = embedded.journeys()
    for journey in (first, second):
        assert (journey.utm_source, journey.utm_campaign) == ("a&b", "pricing")
        assert (journey.embed_origin, journey.embed_path) == (HOST, "/pricing")
        assert journey.referrer_host == "news.example"


def test_both_links_of_a_plain_page_keep_the_campaign_and_the_look(client: Client) -> None:
    page = client.page(f"/?utm_source=news&utm_campaign=%22%3E%26%C3%BC&campaign=x&{LOOK}")
    for choice in (*GROUP.values(), None):
        for link in (page.one("body > header a"), *page.all(RESTART)):
            asked = dict(parse_qsl(urlsplit(str(link["href"])).query))
            look = dict(parse_qsl(LOOK))
            assert asked == {"utm_source": "news", "utm_campaign": '">&ü', "campaign": "x", **look}
        page = client.answer(page, choice) if choice else page
    assert page.one(RESTART)


def test_error_pages_keep_the_campaign(client: Client) -> None:
    for address in ("/nowhere?utm_source=news", "/?journey=x&utm_source=news"):
        page = client.page(address)
        assert {str(link["href"]) for link in page.all("body > header a, a.button")} == {"/?utm_source=news"}


def test_only_our_own_pages_say_which_page_a_visit_began_in(embedded: Watched) -> None:
    query = f"/?utm_source=news&embed_origin={HOST}&embed_path=/x&referrer_host=forged.example"
    for referrer in ("https://elsewhere.example/", ""):
        embedded.client.page(query, headers={"Referer": referrer})
    assert {(each.embed_origin, each.referrer_host) for each in embedded.journeys()} == {("", "")}


def test_a_page_of_our_own_site_may_say_that_it_is_around(embedded: Watched) -> None:
    answer(embedded.client, embedded.client.page("/", headers={"Referer": ""}), "team", embed_origin="http://localhost")
    assert [journey.embed_origin for journey in embedded.journeys()] == ["http://localhost"]


TOLD = {
    "utm_source": "hn",
    "utm_campaign": "spring",
    "referrer_host": "news.example.org",
    "embed_origin": HOST,
    "embed_path": "/pricing",
    "campaign": "pricing page",
}


def test_what_the_page_around_tells_reaches_the_journey_with_the_first_answer(embedded: Watched) -> None:
    page = embedded.client.page("/?utm_source=src", headers={"Referer": ""})
    page = answer(embedded.client, page, "team", **TOLD)
    (journey,) = embedded.journeys()
    assert journey.utm_source == "src", "a slot that was full is written over"
    assert (journey.utm_campaign, journey.referrer_host) == ("spring", "news.example.org")
    assert (journey.embed_origin, journey.embed_path) == (HOST, "/pricing")
    page = answer(embedded.client, page, "2_10", utm_term="late", utm_medium="late")
    through(embedded.client, page, {"hosting": "avoid"})
    (journey,) = embedded.journeys()
    assert (journey.utm_term, journey.utm_medium) == ("", "")


def test_what_is_told_with_an_answer_that_is_refused_is_kept(embedded: Watched) -> None:
    refused = answer(embedded.client, embedded.client.page("/"), "nobody", **TOLD)
    assert refused.status == 422
    answer(embedded.client, refused, "team")
    assert [journey.utm_source for journey in embedded.journeys()] == ["hn"]


@pytest.mark.parametrize(
    ("query", "told", "before", "after"),
    [
        ("campaign=pricing", {}, "pricing", "pricing"),
        ("campaign=pricing", {"utm_campaign": "spring"}, "pricing", "spring"),
        ("campaign=pricing", {"campaign": "other"}, "pricing", "pricing"),
        ("campaign=pricing&utm_campaign=src", {"utm_campaign": "spring"}, "src", "src"),
        ("", {"campaign": "pricing"}, "", "pricing"),
        ("", {"campaign": "pricing", "utm_campaign": "spring"}, "", "spring"),
        ("campaign=somebody%40example.com", {}, "", ""),
    ],
)
def test_a_campaign_of_the_embed_stands_in_only_where_the_visitor_comes_with_none(
    query: str, told: dict[str, str], before: str, after: str, embedded: Watched
) -> None:
    page = embedded.client.page(f"/?{query}")
    assert [journey.utm_campaign for journey in embedded.journeys()] == [before]
    answer(embedded.client, page, "team", **told)
    assert [journey.utm_campaign for journey in embedded.journeys()] == [after]


HOSTILE = (
    "<script>alert(1)</script>",
    "a\x00\r\nb",
    "x" * 10_000,
    "somebody@example.com",
    "=cmd|'/C'!A0",
    "\u202ea",
    "\U0001f600" * 3000,
)


@pytest.mark.parametrize("value", HOSTILE, ids=ascii)
def test_hostile_tags_give_clean_values_or_none_and_never_an_error(value: str, embedded: Watched) -> None:
    page = embedded.client.page("/", query_string=dict.fromkeys((*CAMPAIGN_TAGS, "campaign"), value))
    assert page.status == 200
    result = through(embedded.client, page, GROUP)
    gone = embedded.client.get(str(result.one("a.button")["href"]))
    assert gone.status_code == 303
    (journey,) = embedded.journeys()
    for slot in CAMPAIGN_TAGS:
        kept = getattr(journey, slot)
        assert len(kept) <= 100
        assert "@example" not in kept
        assert kept.isprintable()
    # What the page's script sends is cut, and so fits into a body.
    told = answer(
        embedded.client, embedded.client.page("/"), "team", **dict.fromkeys((*CAMPAIGN_TAGS, "campaign"), value[:160])
    )
    assert told.step == "team_size"


def test_a_way_out_takes_the_campaign_along_and_no_answers(embedded: Watched) -> None:
    page = embedded.client.page("/?campaign=pricing&utm_source=a%26b")
    result = through(embedded.client, page, GROUP)
    place, _, query = embedded.client.get(str(result.one("a.button")["href"])).headers["Location"].partition("?")
    assert place == DESTINATIONS["private_cloud"]
    taken = dict(parse_qsl(query))
    assert taken.pop("wizard_handoff")
    assert taken == {"utm_source": "a&b", "utm_campaign": "pricing"}


# --- previews


def test_a_preview_says_so_and_leaves_nothing_in_the_log_to_its_very_end(embedded: Watched) -> None:
    page = embedded.client.page("/?preview=1&utm_source=news")
    assert is_preview(page)
    refused = Page(embedded.client.submit(page, None))
    assert is_preview(refused)
    forged = page.fields | {"csrf_token": "0.x", "who": "team"}
    assert embedded.client.post("/", data=forged).status_code == 400
    result = through(embedded.client, page, GROUP)
    assert is_preview(result)
    gone = embedded.client.get(str(result.one("a.button")["href"]))
    assert gone.headers["Location"] == DESTINATIONS["private_cloud"]
    not_offered = str(result.one("a.button")["href"]).replace("private_cloud", "on_premise")
    assert embedded.client.get(not_offered).status_code == 404
    assert embedded.news() == []
    assert embedded.counts() == {}


def test_a_preview_leads_to_nothing_but_previews(embedded: Watched) -> None:
    client = embedded.client
    page = client.page(f"/?preview=1&{LOOK}")
    refused = Page(client.post("/", data=page.fields | {"csrf_token": "0.x", "who": "team"}))
    assert refused.status == 400
    result = through(client, page, GROUP)
    alone = client.page("/?preview=1", headers={"Sec-Fetch-Dest": "document"})
    leading = [
        *refused.all("a.button"),
        *result.all('main a:not([href^="/go/"], [href^="mailto:"])'),
        *alone.all("body > header a"),
    ]
    assert len(leading) == 8
    for link in leading:
        assert is_preview(client.page(str(link["href"]))), link
    assert embedded.news() == []
    assert embedded.counts() == {}


@pytest.mark.parametrize("query", ["", "preview=", "preview=0", "preview=true"])
def test_only_an_address_that_says_so_is_a_preview(query: str, embedded: Watched) -> None:
    page = embedded.client.page(f"/?{query}")
    assert not is_preview(page)
    assert embedded.news() == ["wizard_view", "question_view who"]


@pytest.mark.parametrize("name", ["theme", "accent", "locale"])
@pytest.mark.parametrize("value", ["#0B7A75", "0b7", "red", "DE_at", '"><script>', "\u202e"])
def test_what_an_element_asks_for_is_found_in_the_address_as_it_was_asked(
    name: str, value: str, client: Client
) -> None:
    # Were it put in other words, the page's script would take it for another look, and load the page again and again.
    page = client.page("/", query_string={name: value}, headers=FRAMED)
    for address in (page.one("form")["action"], page.one("main")["data-here"]):
        assert parse_qs(urlsplit(str(address)).query)[name] == [value]


def test_what_is_far_too_long_to_be_a_look_is_left_out_of_addresses(client: Client) -> None:
    page = client.page("/", query_string={"accent": "0" * 5000}, headers=FRAMED)
    assert page.one("form")["action"] == "/"
