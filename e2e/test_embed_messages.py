"""What the page and the frame tell one another, read from both ends; and what others tell them, which is ignored."""

import json
from typing import Any

import pytest
from embedding import answer, frame, inline, told, wait_for_event, wait_for_question, wait_for_step
from engines import FRAME, Visitor, until
from host import MAY_EMBED, HostSite
from server import Server

FORGED = [
    {"wizard": 1, "type": "page", "view": "forged", "step": "forged", "index": 9},
    {"wizard": 1, "type": "page", "view": "worse", "persona": "forged", "recommended": "forged"},
    {"wizard": 1, "type": "height", "height": 3000},
    {"wizard": 1, "type": "exit", "deployment": "forged"},
]
HELLO = {"wizard": 1, "type": "hello", "theme": "dark", "tags": {"utm_campaign": "forged", "campaign": "forged"}}
NO_HELLO: tuple[Any, ...] = (None, "hello", 1, [], {}, {"type": "hello"}, {"wizard": 2, "type": "hello"}, {"wizard": 1})
FIELDS = "() => [...document.querySelectorAll('input[type=hidden]')].map(field => `${field.name}=${field.value}`)"
THEME = "() => document.documentElement.dataset.theme ?? ''"
FIRST = "document.querySelector('iframe').contentWindow"


def forger(host: HostSite, target: str, messages: list[dict[str, object]], name: str) -> str:
    """The address of a page that sends `messages` to `target`, says so, and keeps what it is answered."""
    done = "(window.opener ?? parent).postMessage('forged', '*')"
    return host.put(
        f"""<script>addEventListener('load', () => {{
            for (const message of {json.dumps(messages)}) {target}.postMessage(message, '*');
            {done}
        }})</script>""",
        name=name,
    )


def wait_for_forger(guest: Visitor) -> None:
    """Wait until what the forger sent has arrived: its last word comes after all else."""
    until(lambda: "forged" in guest.run("() => heard"), "the forger has done its work")


def by_frame(guest: Visitor, address: str) -> None:
    """Have the forger's page in another frame of the page."""
    guest.run(
        """address => {
            const frame = document.createElement('iframe')
            frame.id = 'forger'
            frame.src = address
            document.body.append(frame)
        }""",
        address,
    )
    wait_for_forger(guest)


def by_origin(guest: Visitor, address: str) -> None:
    """Have the forger's page in the wizard's own frame, where it does not belong."""
    guest.run(f"address => {{ {FIRST}.location = address }}", address)
    wait_for_forger(guest)


@pytest.mark.parametrize("name", [MAY_EMBED, "other.localhost"])
def test_the_element_ignores_what_another_frame_tells(
    guest: Visitor, name: str, host: HostSite, wizard: Server
) -> None:
    guest.goto(host.put(inline(wizard)))
    wait_for_event(guest, "step")
    by_frame(guest, forger(host, "parent", FORGED, name))
    answer(guest, "who", "hobby")
    wait_for_step(guest, "hosting")
    assert [detail.get("step", "") for _, detail in told(guest)] == ["", "who", "hosting"]
    assert guest.run("() => document.querySelector('deployment-wizard iframe').clientHeight") < 3000


@pytest.mark.parametrize("name", [MAY_EMBED, "other.localhost"])
def test_the_element_ignores_what_another_origin_tells_in_its_own_frame(
    guest: Visitor, name: str, host: HostSite, wizard: Server
) -> None:
    guest.goto(host.put(inline(wizard)))
    wait_for_event(guest, "step")
    before = told(guest)
    by_origin(guest, forger(host, "parent", FORGED, name))
    assert told(guest) == before
    assert guest.run("() => document.querySelector('deployment-wizard iframe').clientHeight") < 3000


def test_the_element_and_the_page_ignore_what_another_window_tells(
    guest: Visitor, host: HostSite, wizard: Server
) -> None:
    guest.goto(host.put(inline(wizard)))
    wait_for_event(guest, "step")
    before = told(guest)
    address = forger(host, "opener", FORGED, "other.localhost")
    again = forger(host, "opener.frames[0]", [HELLO], "other.localhost")
    for number, window in enumerate((address, again), 1):
        guest.run("address => { document.querySelector('h1').onclick = () => { open(address) } }", window)
        guest.click("h1")
        until(lambda number=number: guest.run("() => heard").count("forged") == number, "the forger has done its work")  # type: ignore[misc]
    assert told(guest) == before
    assert "forged" not in str(guest.run(FIELDS, inside=FRAME))
    assert guest.run(THEME, inside=FRAME) != "dark"


@pytest.mark.parametrize("name", [MAY_EMBED, "other.localhost"])
def test_the_page_ignores_a_hello_from_another_frame_and_does_not_answer_it(
    guest: Visitor, name: str, host: HostSite, wizard: Server
) -> None:
    guest.goto(host.put(frame(wizard)))
    wait_for_question(guest, "who")
    by_frame(guest, forger(host, "parent.frames[0]", [HELLO], name))
    say_hello(guest, wizard)  # which a page that had taken another for its host would not answer
    assert guest.run("() => heard", inside="#forger") == []
    assert "forged" not in str(guest.run(FIELDS, inside=FRAME))
    assert guest.run(THEME, inside=FRAME) != "dark"


def test_the_page_tells_what_is_shown_its_height_and_the_way_out_and_nothing_else(
    guest: Visitor, host: HostSite, wizard: Server
) -> None:
    guest.goto(host.put(frame(wizard)))
    wait_for_question(guest, "who")
    say_hello(guest, wizard)
    answer(guest, "who", "hobby")
    wait_for_question(guest, "hosting")
    say_hello(guest, wizard)
    guest.run("() => { heard.length = 0 }")
    answer(guest, "hosting", "enjoy")
    guest.see("main[data-recommended]", inside=FRAME)
    until(lambda: guest.run("() => document.readyState === 'complete'", inside=FRAME), "all of the page")
    say_hello(guest, wizard)
    messages = guest.run("() => heard")
    assert all(message["wizard"] == 1 for message in messages)
    shapes = {message["type"]: set(message) - {"wizard", "type"} for message in messages}
    assert shapes == {"page": {"view", "persona", "recommended"}, "height": {"height"}}
    assert {message["persona"] for message in messages if message["type"] == "page"} == {"enthusiast"}


def say_hello(guest: Visitor, wizard: Server) -> None:
    """Say what the element says, and wait for the answer."""
    known = guest.run("() => heard.length")
    guest.run(
        f"(hello, origin) => {FIRST}.postMessage(hello, origin)", {"wizard": 1, "type": "hello", "tags": {}}, wizard.url
    )
    kinds = "known => heard.slice(known).map(message => message.type)"
    until(lambda: {"page", "height"} <= set(guest.run(kinds, known)), "the frame answers")


def test_what_is_no_hello_is_not_answered(guest: Visitor, host: HostSite, wizard: Server) -> None:
    guest.goto(host.put(frame(wizard)))
    wait_for_question(guest, "who")
    for message in NO_HELLO:
        guest.run(f"message => {FIRST}.postMessage(message, '*')", message)
    guest.run("() => { frames[0].postMessage({wizard: 1, type: 'hello'}, 'http://elsewhere.example') }")
    guest.run("() => 0", inside=FRAME)
    assert guest.run("() => heard") == []
    say_hello(guest, wizard)
    assert len([message for message in guest.run("() => heard") if message["type"] == "page"]) == 1
