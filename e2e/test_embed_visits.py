"""Whole visits on somebody else's page, in each browser engine and in each way to embed the wizard."""

from collections.abc import Callable

import pytest
from embed_pages import (
    NO_SCRIPT_INSIDE,
    OPEN,
    STILL,
    answer,
    answer_all,
    answer_each_shown,
    dialog,
    events_after_leaving,
    frame,
    inline,
    leave,
    moved,
    send_nothing,
    stores_nothing,
    wait_for_frame,
    wait_for_question,
)
from engines import FRAME, Visitor, until
from host import MAY_EMBED, NO_SCRIPT, HostSite
from server import Server
from steps import PERSONAS, RECOMMENDED

TAGS = {"utm_source": "newsletter", "utm_campaign": "spring"}
TAGGED = "?" + "&".join(f"{name}={value}" for name, value in TAGS.items())


def expect_handed_over(handed: dict[str, list[str]], tags: dict[str, str]) -> None:
    """The destination receives the campaign and the journey's name, and nothing else."""
    assert set(handed) == {"wizard_handoff", *tags}
    assert {name: handed[name] for name in tags} == {name: [value] for name, value in tags.items()}


@pytest.mark.parametrize("persona", ["team"])
def test_a_whole_visit_goes_well_in_the_element(guest: Visitor, persona: str, host: HostSite, wizard: Server) -> None:
    page = host.put(inline(wizard)) + TAGGED
    guest.goto(page)
    wait_for_frame(guest, wizard)
    assert moved(guest) == STILL
    answer_each_shown(guest, PERSONAS[persona])
    assert stores_nothing(guest)
    expect_handed_over(leave(guest, RECOMMENDED[persona]), TAGS)
    steps = [["step", {"step": step, "index": index}] for index, step in enumerate(PERSONAS[persona])]
    shown = {"persona": persona, "recommended": RECOMMENDED[persona]}
    out = {"deployment": RECOMMENDED[persona]}
    expected = [["ready", {}], *steps, ["result", shown], ["exit", out]]
    until(lambda: len(events_after_leaving(host, page)) >= len(expected), "each event")
    assert events_after_leaving(host, page) == expected


WITHOUT_MESSAGES: dict[str, Callable[[Server], tuple[str, dict[str, str]]]] = {
    "plain iframe": lambda wizard: (frame(wizard, **TAGS), {}),
    "no script inside": lambda wizard: (frame(wizard, sandbox=NO_SCRIPT_INSIDE, **TAGS), {}),
    "element, no script inside": lambda wizard: (
        inline(wizard, **TAGS).replace(" allow-scripts", ""),
        {},
    ),
    "element, no script on the page": lambda wizard: (inline(wizard, **TAGS), NO_SCRIPT),
}


@pytest.mark.parametrize("way", WITHOUT_MESSAGES)
def test_a_whole_visit_goes_well_where_page_and_frame_can_not_talk(
    guest: Visitor, way: str, host: HostSite, wizard: Server
) -> None:
    body, headers = WITHOUT_MESSAGES[way](wizard)
    guest.goto(host.put(body, headers=headers))
    wait_for_frame(guest, wizard)
    assert moved(guest) == STILL
    send_nothing(guest)
    answer_all(guest, PERSONAS["visionary"])
    assert stores_nothing(guest)
    expect_handed_over(leave(guest, "cloud"), TAGS)


def test_a_whole_visit_goes_well_in_a_dialog(guest: Visitor, host: HostSite, wizard: Server) -> None:
    page = host.put(dialog(wizard))
    guest.goto(page)
    until(lambda: guest.run("() => customElements.get('deployment-wizard') !== undefined"), "the element is defined")
    assert moved(guest) == STILL
    guest.click(OPEN)
    inside = "deployment-wizard iframe"
    answer_each_shown(guest, PERSONAS["enterprise"], inside)
    assert guest.address == page
    assert stores_nothing(guest, inside)
    expect_handed_over(leave(guest, "cloud", inside), {})
    until(lambda: len(events_after_leaving(host, page)) >= 6, "each event")
    assert [name for name, _ in events_after_leaving(host, page)] == ["ready", "step", "step", "step", "result", "exit"]


def test_without_script_the_link_to_the_dialog_leads_to_the_wizard(
    guest: Visitor, host: HostSite, wizard: Server
) -> None:
    guest.goto(host.put(dialog(wizard), headers=NO_SCRIPT))
    guest.click(OPEN)
    answer_all(guest, PERSONAS["team"], None)
    leave(guest, "private_cloud", None)


def test_back_and_forward_are_one_step_each(guest: Visitor, host: HostSite, wizard: Server) -> None:
    before, page = host.put(""), host.put(inline(wizard))
    guest.goto(before)
    guest.goto(page)
    for step, choice in {"who": "team", "team_size": "2_10"}.items():
        wait_for_question(guest, step)
        answer(guest, step, choice)
    wait_for_question(guest, "hosting")
    moves = [(guest.back, "team_size"), (guest.back, "who"), (guest.forward, "team_size"), (guest.back, "who")]
    # WebKitGTK 2.50 goes forward to what a frame's form led to in place of the whole page, script or no script.
    for go, step in moves[:2] if guest.engine == "webkit" else moves:
        go()
        wait_for_question(guest, step)
        assert guest.address == page
    guest.back()
    until(lambda: guest.address == before, "the page before")


@pytest.mark.parametrize(("name", "shown"), [(MAY_EMBED, True), ("other.localhost", False)])
def test_only_a_site_that_was_named_can_frame_it(
    guest: Visitor, name: str, shown: bool, host: HostSite, wizard: Server
) -> None:
    # A frame that is not lazy has come to something by the time that the page has loaded.
    guest.goto(host.put(frame(wizard).replace(' loading="lazy"', ""), name=name))
    assert guest.run("() => document.querySelectorAll('form').length", inside=FRAME) == shown
