"""The wizard in a dialog over somebody else's page."""

from embed_pages import OPEN, answer, dialog, element, frame, script, wait_for_event, wait_for_question
from engines import FRAME, Visitor, until
from host import HostSite
from server import Server

INSIDE = "deployment-wizard iframe"
FOCUS = """() => {
  const focused = document.activeElement
  return {on: focused.id || focused.tagName, open: document.querySelector('deployment-wizard').shadowRoot
    .querySelector('dialog').open}
}"""
DEFINED = "() => customElements.get('deployment-wizard') !== undefined"
BUTTON = '<button id="other" data-deployment-wizard-open="{}">Or press here</button>'


def focus(guest: Visitor) -> str:
    """What has the focus on the page, by its id or its name."""
    return str(guest.run("() => document.activeElement.id || document.activeElement.localName"))


def open_by_link(guest: Visitor, host: HostSite, wizard: Server) -> None:
    """Come to a page with a dialog, and open that."""
    guest.goto(host.put(dialog(wizard).replace("<a ", '<a id="opener" ')))
    until(lambda: guest.run(DEFINED), "the element is defined")
    assert focus(guest) == "body"
    guest.click(OPEN)
    wait_for_event(guest, "step")


def is_shown(guest: Visitor) -> bool:
    """Whether the wizard is there to be seen."""
    return bool(
        guest.run("""() => {
            const frame = document.querySelector('deployment-wizard').shadowRoot.querySelector('iframe')
            return frame !== null && frame.checkVisibility() && frame.getBoundingClientRect().height > 0
        }""")
    )


def test_the_focus_goes_into_the_dialog_and_comes_back_when_escape_closes_it(
    guest: Visitor, host: HostSite, wizard: Server
) -> None:
    open_by_link(guest, host, wizard)
    assert is_shown(guest)
    assert focus(guest) == "deployment-wizard"
    guest.press("Escape")
    until(lambda: not is_shown(guest), "the dialog is closed")
    assert focus(guest) == "opener"


def test_escape_closes_it_from_inside_the_frame_too_and_the_visit_goes_on_where_it_was(
    guest: Visitor, host: HostSite, wizard: Server
) -> None:
    open_by_link(guest, host, wizard)
    answer(guest, "who", "team", INSIDE)
    wait_for_question(guest, "team_size", INSIDE)
    guest.run("() => document.querySelector('[value=\"2_10\"]').focus()", inside=INSIDE)
    guest.press("Escape")
    until(lambda: not is_shown(guest), "the dialog is closed")
    assert focus(guest) == "opener"
    guest.click(OPEN)
    guest.see("button[name=team_size]", inside=INSIDE)


def test_the_focus_stays_in_the_dialog(guest: Visitor, host: HostSite, wizard: Server) -> None:
    open_by_link(guest, host, wizard)
    reached = set()
    for _ in range(12):
        guest.press("Tab")
        reached.add(focus(guest))
    # When it comes round, a browser stops at its own bar, or at the page's body, but at nothing else of the page.
    assert "deployment-wizard" in reached
    assert reached <= {"deployment-wizard", "body"}


def test_scripts_open_and_close_it_and_an_opener_may_name_it(guest: Visitor, host: HostSite, wizard: Server) -> None:
    named = element(mode="dialog", id="second")
    guest.goto(host.put(element(mode="dialog", id="first") + named + BUTTON.format("second") + script(wizard)))
    until(lambda: guest.run(DEFINED), "the element is defined")
    opened = """() => [...document.querySelectorAll('deployment-wizard')].map(element =>
        element.shadowRoot.querySelector('iframe')?.checkVisibility() ?? false)"""
    for do, expected in (
        (lambda: guest.click("#other"), [False, True]),
        (lambda: guest.run("() => document.getElementById('second').close()"), [False, False]),
        (lambda: guest.run("() => document.getElementById('first').open()"), [True, False]),
        (lambda: guest.run("() => document.getElementById('first').close()"), [False, False]),
    ):
        do()
        until(lambda expected=expected: guest.run(opened) == expected, f"{expected}")  # type: ignore[misc]


def test_a_frame_inside_is_the_one_that_opens(guest: Visitor, host: HostSite, wizard: Server) -> None:
    guest.goto(host.put(BUTTON.format("") + element(frame(wizard), mode="dialog") + script(wizard)))
    until(lambda: guest.run(DEFINED), "the element is defined")
    assert not guest.run("() => document.querySelector('iframe').checkVisibility()")
    guest.click("#other")
    answer(guest, "who", "hobby", FRAME)
    guest.see("button[name=hosting]", inside=FRAME)
    assert guest.run("() => document.querySelector('deployment-wizard').shadowRoot.querySelector('iframe')") is None
