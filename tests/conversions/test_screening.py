"""Who is not a person, and what a person holds."""

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # type: ignore[import-untyped]  # it ships no types
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from wizard.conversions.screening import device, is_bot, is_prefetch

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605"
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CHROME_OS = "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
OLD_WINDOWS = "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0; Tablet PC 2.0)"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604"
)
IN_APP = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 LinkedInApp/9.29"
ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
)
FIREFOX_PHONE = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"
WINDOWS_PHONE = (
    "Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1) AppleWebKit/537.36 Chrome/52.0 Mobile Safari/537.36 Edge/15"
)
OPERA_MINI = "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80; U; en) Presto/2.5.25 Version/10.54"
IPAD = "Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) AppleWebKit/605.1.15 Version/12.1 Mobile/15E148 Safari/604.1"
ANDROID_TABLET = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
FIREFOX_TABLET = "Mozilla/5.0 (Android 14; Tablet; rv:128.0) Gecko/128.0 Firefox/128.0"
TELEVISION = (
    "Mozilla/5.0 (SMART-TV; LINUX; Tizen 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/5.0 TV Safari/537.36"
)
LG = "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 Safari/537.36"
FIRE_TV = (
    "Mozilla/5.0 (Linux; Android 9; AFTKA) AppleWebKit/537.36 (KHTML, like Gecko) Silk/126 like Chrome/126 Safari/537"
)
CONSOLE = (
    "Mozilla/5.0 (PlayStation; PlayStation 5/2.26) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1"
)

DEVICES = {
    "desktop": (MAC, WINDOWS, LINUX, CHROME_OS, OLD_WINDOWS),
    "mobile": (IPHONE, IN_APP, ANDROID, FIREFOX_PHONE, WINDOWS_PHONE),
    "tablet": (IPAD, ANDROID_TABLET, FIREFOX_TABLET),
    "unknown": (TELEVISION, LG, FIRE_TV, CONSOLE, OPERA_MINI, ""),
}
PEOPLE = [agent for agents in DEVICES.values() for agent in agents if agent]


@pytest.mark.parametrize("agent", PEOPLE)
def test_a_person_is_no_bot(agent: str) -> None:
    assert not is_bot(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "",
        " ",
        "curl/8.5.0",
        "python-requests/2.32.3",
        "Werkzeug/3.1.9",
        "Go-http-client/1.1",
        "Better Uptime Bot",
        "kube-probe/1.29",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
        "mozilla/5.0 (X11; Linux x86_64)",
    ],
)
def test_a_program_is_a_bot(agent: str) -> None:
    assert is_bot(agent)


def test_every_crawler_that_the_list_has_an_example_of_is_a_bot() -> None:
    examples = [agent for crawler in CRAWLER_USER_AGENTS_DATA for agent in crawler["instances"]]
    assert len(examples) > 1000
    assert [agent for agent in examples if not is_bot(agent)] == []


@pytest.mark.parametrize(
    ("name", "value", "is_one"),
    [
        ("Sec-Purpose", "prefetch", True),
        ("sec-purpose", "prefetch;prerender", True),
        ("Sec-Purpose", "prefetch;anonymous-client-ip", True),
        ("Sec-Purpose", "", False),
        ("Purpose", "prefetch", True),
        ("Purpose", "reading", False),
        ("X-Purpose", "Preview", True),
        ("X-Moz", "prefetch", True),
        ("X-Moz", "other", False),
        ("Sec-Fetch-Dest", "prefetch", False),
    ],
)
def test_what_is_fetched_ahead_of_a_visit_is_seen(name: str, value: str, is_one: bool) -> None:  # a table
    assert is_prefetch(Headers([(name, value)])) is is_one


def test_a_plain_request_is_no_prefetch() -> None:
    assert not is_prefetch(Headers())


@pytest.mark.parametrize(("kind", "agent"), [(kind, agent) for kind, agents in DEVICES.items() for agent in agents])
def test_a_device_is_what_its_browser_calls_it(kind: str, agent: str) -> None:
    assert device(agent, Headers()) == kind


@pytest.mark.parametrize(("hint", "kind"), [("?1", "mobile"), ("?0", "tablet"), ("nonsense", "tablet")])
def test_a_browser_that_says_it_is_mobile_is_believed(hint: str, kind: str) -> None:
    assert device(ANDROID_TABLET, Headers([("Sec-CH-UA-Mobile", hint)])) == kind


@given(st.text(max_size=2000))
def test_any_text_at_all_is_some_device(agent: str) -> None:
    assert device(agent, Headers()) in DEVICES
    assert isinstance(is_bot(agent), bool)
