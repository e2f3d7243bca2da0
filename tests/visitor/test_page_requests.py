"""Which requests count: those that show a page to somebody, in a window of its own or in a frame that is allowed."""

import logging
from collections import Counter

import pytest
from recorded_client import Watched
from support import client_of, settings

from wizard.app import create_app, recorder_of
from wizard.events.periods import Period
from wizard.events.refused_frames import read_refused_sites
from wizard.visitor import refused_frames
from wizard.web.rare_warning import RareWarnings

HOST = "https://www.shop.example"


@pytest.fixture(scope="module")
def embedded() -> Watched:
    app = create_app(settings(embed_origins=f"{HOST},https://*.partner.example", public_url="https://wizard.example"))
    return Watched(app, client_of(app))


def fetched(dest: str, site: str, referrer: str | None = None) -> dict[str, str]:
    headers = {"Sec-Fetch-Dest": dest, "Sec-Fetch-Site": site}
    return headers if referrer is None else headers | {"Referer": referrer}


COUNTED = [
    ("an old browser, or plain HTTP", {}),
    ("a link on another site", fetched("document", "cross-site", "https://anyone.example/")),
    ("an address that was typed in", fetched("document", "none")),
    ("an allowed site's frame", fetched("iframe", "cross-site", f"{HOST}/")),
    ("an allowed site's frame that tells its path", fetched("iframe", "cross-site", f"{HOST}/pricing?x=1")),
    ("an allowed site's frame, by a pattern", fetched("iframe", "same-site", "https://a.partner.example/")),
    ("our own page in its frame", fetched("iframe", "same-origin", "https://wizard.example/")),
    ("our own page in its frame, which does not name itself", fetched("iframe", "same-origin")),
]


@pytest.mark.parametrize("headers", [case[1] for case in COUNTED], ids=[case[0] for case in COUNTED])
def test_a_page_that_somebody_sees_is_counted(embedded: Watched, headers: dict[str, str]) -> None:
    embedded.forget()
    embedded.client.get("/", headers=headers)
    assert embedded.counts() == {"stored": 2}


NOT_ALLOWED = [
    ("another site", fetched("iframe", "cross-site", "https://anyone.example/")),
    ("an allowed host on another scheme", fetched("iframe", "cross-site", "http://www.shop.example/")),
    ("a host that ends like an allowed one", fetched("iframe", "cross-site", "https://evilpartner.example/")),
    ("a site next to ours", fetched("iframe", "same-site", "https://blog.wizard.example/")),
]


@pytest.mark.parametrize("headers", [case[1] for case in NOT_ALLOWED], ids=[case[0] for case in NOT_ALLOWED])
def test_a_frame_that_browsers_refuse_to_show_is_not_counted(embedded: Watched, headers: dict[str, str]) -> None:
    embedded.forget()
    for address in ("/", "/?who=hobby&hosting=avoid"):
        assert embedded.client.get(address, headers=headers).status_code == 200
    assert embedded.counts() == {"rejected not-allowed-frame": 4}


@pytest.mark.parametrize(
    ("referrer", "site"),
    [
        ("https://anyone.example/some/path?of=theirs", "https://anyone.example"),
        ("http://Localhost:3000/", "http://localhost:3000"),
        ("http://192.0.2.7/", ""),
        ("https://[2001:db8::1]/", ""),
        (f"https://{'a.' * 60}example/", ""),
        ("https://" + "x" * 5000, ""),
        ("https://user@anyone.example/", ""),
        ("nonsense", ""),
    ],
)
def test_the_site_of_a_refused_frame_is_kept_without_what_could_name_a_person(
    referrer: str, site: str, embedded: Watched
) -> None:
    embedded.forget()
    before = Counter(refused(embedded))
    embedded.client.get("/", headers=fetched("iframe", "cross-site", referrer))
    assert embedded.counts() == {"rejected not-allowed-frame": 2}
    assert Counter(refused(embedded)) - before == {site: 1}


def test_frames_that_are_allowed_and_requests_of_bots_and_previews_are_no_refused_ones(embedded: Watched) -> None:
    before = refused(embedded)
    foreign = fetched("iframe", "cross-site", "https://anyone.example/")
    embedded.client.get("/", headers=fetched("iframe", "cross-site", f"{HOST}/"))
    embedded.client.get("/", headers=foreign | {"User-Agent": "curl/8"})
    embedded.client.get("/?preview=1", headers=foreign)
    embedded.client.get("/", headers=fetched("image", "cross-site", "https://anyone.example/"))
    embedded.counts()
    assert refused(embedded) == before


def test_a_refused_site_is_logged_once_an_hour(
    embedded: Watched, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refused_frames, "WARNINGS", RareWarnings(logging.getLogger("wizard"), 2, "another site"))
    for name in ("one", "two", "one", "one", "three", "four"):
        embedded.client.get("/", headers=fetched("iframe", "cross-site", f"https://{name}.example/"))
    embedded.counts()
    assert [message.split(" loaded")[0] for message in caplog.messages if "WIZARD_EMBED_ORIGINS" in message] == [
        "https://one.example",
        "https://two.example",
        "another site",
    ]


def refused(embedded: Watched) -> dict[str, int]:
    """The frames in the log, by site."""
    recorder_of(embedded.app).ingest()
    return {each.site: each.frames for each in read_refused_sites(embedded.log.database, Period())}


def test_a_page_of_anybodys_cannot_raise_how_many_finished(embedded: Watched) -> None:
    embedded.forget()
    headers = fetched("image", "cross-site", "https://anyone.example/")
    embedded.client.get("/?who=team&team_size=2_10&hosting=enjoy", headers=headers)
    assert embedded.news() == []
    assert embedded.counts() == {"rejected not-a-page": 2}


def test_a_crawler_is_a_bot_whatever_it_asks_for(embedded: Watched) -> None:
    embedded.forget()
    embedded.client.get("/", headers=fetched("image", "cross-site") | {"User-Agent": "curl/8"})
    assert embedded.counts() == {"bot": 2}
