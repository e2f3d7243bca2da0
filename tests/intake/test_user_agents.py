"""Who is not a person, and what a person holds."""

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # type: ignore[import-untyped]  # it ships no types
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from wizard.intake.user_agents import device, is_bot, is_prefetch

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


CHROME_ON = "AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.0.0 Mobile Safari/537.36"
SAFARI_ON = "AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
PHONE, PHONE_14 = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)",
    "Mozilla/5.0 (Linux; Android 14; SM-A515F; wv)",
)

TEXT_BROWSERS = [
    "Lynx/2.8.9rel.1 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.7.8",
    "Lynx/2.9.2 libwww-FM/2.14 SSL-MM/1.4.1 OpenSSL/3.3.1",
    "w3m/0.5.3+git20230121",
    "Emacs-w3m/1.4.632 w3m/0.5.3",
    "URL/Emacs Emacs/29.4 (X11; x86_64-pc-linux-gnu)",
    "Links (2.29; Linux 6.1.0 x86_64; GNU C 12.2; text)",
    "Links/2.30 (Linux; text)",
    "ELinks/0.16.1.1 (textmode; Linux 6.1.0 x86_64; 211x55-2)",
    "elinks/0.17.0 (textmode; Linux; 80x24-2)",
    "retawq/0.2.6c [en] (text)",
    "edbrowse/3.8.10",
    "NetSurf/3.11 (Linux)",
    "NetSurf/3.10 (RISC OS)",
    "Mozilla/5.0 (X11; Linux) NetSurf/3.11",
    "Dillo/3.0.5",
    "Dillo/3.1.1",
]
IN_APPS = [
    f"{PHONE} {SAFARI_ON} [FBAN/FBIOS;FBAV/470.0.0.30.109;FBBV/609;FBDV/iPhone14,5;FBSN/iOS;FBSV/17.5;FBLC/en_US]",
    f"{PHONE_14} {CHROME_ON} [FB_IAB/FB4A;FBAV/470.0.0.45.108;]",
    f"{PHONE_14} {CHROME_ON} MetaIAB Facebook",
    f"{PHONE} {SAFARI_ON} Instagram 340.0.1.12.117 (iPhone14,5; iOS 17_5; en_US; scale=3.00; 1170x2532; 612345678)",
    f"{PHONE_14} {CHROME_ON} Instagram 406.0.0.58.159 Android (34/14; 480dpi; 1080x2400; samsung; SM-A515F; IABMV/1)",
    f"{PHONE} {SAFARI_ON} Safari Line/14.7.0",
    f"{PHONE_14} {CHROME_ON} Line/14.7.0/IAB",
    f"{PHONE_14} {CHROME_ON} KAKAOTALK/10.6.5 (INAPP)",
    f"{PHONE} {SAFARI_ON} MicroMessenger/8.0.49(0x18003130) NetType/WIFI Language/en",
    f"{PHONE_14} {CHROME_ON} musical_ly_2023405030 JsSdk/1.0 NetType/WIFI Channel/googleplay AppName/musical_ly",
    f"{PHONE} {SAFARI_ON} [LinkedInApp]/9.29.9034",
    f"{PHONE} {SAFARI_ON} [Pinterest/iOS]",
    f"{PHONE} {SAFARI_ON} Twitter for iPhone/10.45",
    f"{PHONE} {SAFARI_ON} Snapchat/12.90.0.40 (like Safari/8617.2.4, panda)",
    f"{PHONE} GSA/320.0.639417396 {SAFARI_ON} Safari/604.1",
    f"{PHONE} {SAFARI_ON} Safari/604.1 (Ecosia ios@9.2.3.1367)",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36 (Ecosia android@126.0)",
    f"Mozilla/5.0 (Linux; Android 15; CPH2557 Build/AP3A.240617.008; wv) {CHROME_ON}",
    f"Mozilla/5.0 (Linux; Android 7.1.2; G011A Build/N2G48H; wv) {CHROME_ON} Viber/11.9.5.8",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) DuckDuckGo/7",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Slack/4.29 Electron/20.3 Sonic Slack_SSB/4.29",
]
DEVICES_CALLED_BOT = [
    f"Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus Build/PPR1.180610.011) {CHROME_ON}",
    f"Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) {CHROME_ON}",
    f"Mozilla/5.0 (Linux; Android 13; Cubot) {CHROME_ON}",
    f"Mozilla/5.0 (Linux; U; Android 4.2.2; fr-fr; CUBOT P9 Build/JDQ39) {CHROME_ON}",
    f"Mozilla/5.0 (Linux; Android 6.0; VR BOT 552) {CHROME_ON}",
    f"Mozilla/5.0 (Linux; Android 10; moto g(7) power) {CHROME_ON}",
]
OLD_BROWSERS = [
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; SLCC2; Media Center PC 6.0)",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows Phone 8.0; Trident/6.0; IEMobile/10.0; ARM; Touch; NOKIA; Lumia 920)",
    "Mozilla/5.0 (compatible; Konqueror/4.5; Linux) KHTML/4.5.4 (like Gecko) Kubuntu",
    "Mozilla/5.0 (compatible; U; Webpositive/533.4; Haiku) AppleWebkit/533.4 Chrome/5.0.375.55 Safari/533.4",
    "Mozilla/4.0 (compatible; Linux 2.6.22) NetFront/3.4 Kindle/2.5 (screen 1200x824; rotate)",
]


@pytest.mark.parametrize("agent", [*TEXT_BROWSERS, *IN_APPS, *DEVICES_CALLED_BOT, *OLD_BROWSERS])
def test_a_person_with_a_browser_that_few_have_is_no_bot(agent: str) -> None:
    assert not is_bot(agent)


NAMED_ROBOTS = [
    "Mozilla/5.0 (compatible; SomeNewBot/1.0; +https://bot.example/)",
    "Mozilla/5.0 (compatible; SomeNewBot/1.0)",
    "Mozilla/5.0 (compatible; NewThing/1.0)",
    "Mozilla/5.0 (compatible; newthing; contact@example.com)",
    "Mozilla/5.0 (compatible;NewThing/1.0;+https://thing.example)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 NewThing/2.1 (+https://thing.example)",
    "Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0 Safari/537.36 NewThing (https://thing.example/about)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; NewThing/1.2) Chrome/119.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 Mobile Safari (SomeNewBot/2.1)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 acme-crawler/0.3",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1.15 Acme-Spider",
    "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36 AcmeScraper",
    "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36 LinkChecker/2.0",
    "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36 AcmeMonitor/2.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessShell/140.0 Safari/537.36",
    "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Chrome-Lighthouse",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "Mozilla/5.0 Chrome/91.0 Snap URL Preview Service; bot; snapchat",
    "WhatsApp/2.24.11.79 A",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "TelegramBot (like TwitterBot)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Links-Checker/1.0",
    "LynxBot/1.0",
    "w3mirror/1.0",
]


@pytest.mark.parametrize("agent", NAMED_ROBOTS)
def test_a_robot_that_names_itself_is_a_bot_without_being_on_any_list(agent: str) -> None:
    assert is_bot(agent)


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


PEOPLE_ON_THE_LIST = (
    r"AP3A\.240617\.008",  # a build of Android that many phones have; the example is Instagram's own browser
    "MetaIAB Facebook",  # Facebook's own browser
    "Fluid",  # a browser for single sites
)


def test_every_crawler_that_the_list_has_an_example_of_is_a_bot() -> None:
    examples = [
        agent
        for crawler in CRAWLER_USER_AGENTS_DATA
        if crawler["pattern"] not in PEOPLE_ON_THE_LIST
        for agent in crawler["instances"]
    ]
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
