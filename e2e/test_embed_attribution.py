"""Where a visitor comes from reaches the log, however the wizard is embedded; and what is hostile does not."""

from dataclasses import asdict
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from embed_pages import answer, element, frame, script, wait_for_event, wait_for_question
from engines import FRAME, Visitor
from host import MAY_EMBED, NO_SCRIPT, HostSite
from playwright_visitor import PlaywrightVisitor
from server import Server
from server_log import log_of
from support import KEY

from wizard.events.attribution import MAX_CHARACTERS
from wizard.visitor.journey import Seal

HERE = "() => location.href"
HOSTILE = {
    "markup": ("<script>alert(1)</script><img src=x onerror=alert(1)>", None),
    "control characters": ("sp\x00ri\x1b[31mng\r\n\u202e", "spri[31mng"),
    "10 KB": ("x" * 10_000, "x" * MAX_CHARACTERS),
    "an e-mail address": ("someone@example.com", ""),
    "an e-mail address, encoded twice": ("someone%2540example.com", ""),
    "quotes": ("\"'`\\", None),
}
"""Values of a tag, and what is left of each; None is the value as it is, which is text and nothing else."""


def attributed(either: Visitor, wizard: Server) -> dict[str, str]:
    """What the log says of where the visitor in the frame came from, once there is an answer."""
    answer(either, "who", "hobby")
    wait_for_question(either, "hosting")
    token = parse_qs(urlsplit(either.run(HERE, inside=FRAME)).query)["journey"][0]
    with log_of(wizard) as log:
        row = log.journey(Seal([KEY], 24).open(token).id)
    assert row is not None
    slots = ("utm_", "referrer_host", "embed_")
    return {name: value for name, value in asdict(row).items() if name.startswith(slots) and value}


def inside(wizard: Server, *, address: str = "", **attributes: str) -> str:
    """The element around a frame whose address says nothing (or this), so that what is known came by message."""
    within = frame(wizard, **{name: value[0] for name, value in parse_qs(address).items()})
    return element(within, **attributes) + script(wizard)


def test_the_pages_campaign_its_origin_and_its_path_reach_the_log_by_message(
    either: Visitor, host: HostSite, wizard: Server
) -> None:
    page = host.put(inside(wizard, share_path="", campaign="fallback"))
    tags = {f"utm_{name}": f"{name}-1" for name in ("source", "medium", "campaign", "term", "content")}
    either.goto(f"{page}?{urlencode({**tags, 'secret': 'x'})}")
    wait_for_event(either, "step")
    path = urlsplit(page).path
    assert attributed(either, wizard) == {**tags, "embed_origin": host.origin(), "embed_path": path}


def test_without_script_the_frames_address_and_its_referrer_tell(
    either: Visitor, host: HostSite, wizard: Server
) -> None:
    body = frame(wizard, utm_source="page", campaign="pricing")
    either.goto(host.put(body, headers=NO_SCRIPT))
    expected = {"utm_source": "page", "utm_campaign": "pricing", "embed_origin": host.origin()}
    assert attributed(either, wizard) == expected


@pytest.mark.parametrize(
    ("query", "attribute"), [("", "pricing"), ("utm_campaign=spring", "pricing"), ("utm_campaign=spring", "")]
)
def test_the_campaign_attribute_counts_only_where_the_address_has_none(
    watched: PlaywrightVisitor, query: str, attribute: str, host: HostSite, wizard: Server
) -> None:
    watched.goto(f"{host.put(inside(wizard, campaign=attribute))}?{query}")
    wait_for_event(watched, "step")
    assert attributed(watched, wizard)["utm_campaign"] == ("spring" if query else attribute)


def test_the_frames_own_tags_come_before_those_of_the_page(
    watched: PlaywrightVisitor, host: HostSite, wizard: Server
) -> None:
    page = host.put(inside(wizard, address="utm_source=frame"))
    watched.goto(f"{page}?utm_source=page&utm_medium=page")
    wait_for_event(watched, "step")
    known = attributed(watched, wizard)
    assert (known["utm_source"], known["utm_medium"]) == ("frame", "page")


@pytest.mark.parametrize("snippet", ["element", "plain"])
def test_the_host_of_the_pages_referrer_reaches_the_log_with_the_script(
    watched: PlaywrightVisitor, snippet: str, host: HostSite, wizard: Server
) -> None:
    page = host.put(inside(wizard) if snippet == "element" else frame(wizard))
    watched.goto(host.put(f'<a id="there" href="{page}">Read on</a>', name="other.localhost"))
    watched.click("#there")
    if snippet == "element":
        wait_for_event(watched, "step")
    known = attributed(watched, wizard)
    assert known.pop("embed_origin") == host.origin()
    assert [urlsplit(f"//{name}").hostname for name in known.values()] == (
        ["other.localhost"] if snippet == "element" else []
    )


@pytest.mark.parametrize("snippet", ["element", "plain"])
def test_a_page_that_strips_referrers_is_no_error(
    either: Visitor, snippet: str, host: HostSite, wizard: Server
) -> None:
    body = inside(wizard) if snippet == "element" else frame(wizard)
    either.goto(host.put(body, headers={"Referrer-Policy": "no-referrer"}) + "?utm_source=page")
    if snippet == "element":
        wait_for_event(either, "step")
    known = {"utm_source": "page", "embed_origin": host.origin()} if snippet == "element" else {}
    assert attributed(either, wizard) == known


@pytest.mark.parametrize("way", ["by message", "in the frame's address"])
@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_clean_or_gone_and_never_an_error(
    watched: PlaywrightVisitor, value: str, way: str, host: HostSite, wizard: Server
) -> None:
    given, kept = HOSTILE[value]
    query = urlencode({"utm_source": given, "utm_medium": "real"})
    page = host.put(inside(wizard, address="" if way == "by message" else query))
    watched.goto(f"{page}?{query}" if way == "by message" else page)
    wait_for_event(watched, "step")
    known = attributed(watched, wizard)
    assert known["utm_medium"] == "real"
    expected = given if kept is None else kept
    # A message is cut short before it is sent.
    assert expected.startswith(known.get("utm_source", ""))
    assert bool(known.get("utm_source")) == bool(expected)


@pytest.mark.parametrize("value", ["%ED%A0%80", "%FF%FE", "%", "%u0041", "%00"])
def test_broken_encodings_in_the_pages_address_are_never_an_error(
    watched: PlaywrightVisitor, value: str, host: HostSite, wizard: Server
) -> None:
    watched.goto(f"{host.put(inside(wizard))}?utm_source={value}&utm_medium=real")
    wait_for_event(watched, "step")
    assert attributed(watched, wizard)["utm_medium"] == "real"


def test_lone_surrogates_in_attribution_are_never_an_error(
    watched: PlaywrightVisitor, host: HostSite, wizard: Server
) -> None:
    watched.goto(host.put(inside(wizard)))
    wait_for_event(watched, "step")
    watched.run("() => { document.querySelector('deployment-wizard').campaign = 'a\\ud800b' }")
    assert attributed(watched, wizard)["embed_origin"] == host.origin(MAY_EMBED)
