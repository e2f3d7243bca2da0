"""What the page and the frame tell one another, read from both ends; and what others tell them, which is ignored."""

import json
from typing import Any

import pytest
from embed_pages import answer, frame, inline, received, wait_for_event, wait_for_question, wait_for_step
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


def wait_for_forger(either: Visitor) -> None:
    """Wait until what the forger sent has arrived: its last word comes after all else."""
    until(lambda: "forged" in either.run("() => heard"), "the forger has done its work")


def by_frame(either: Visitor, address: str) -> None:
    """Have the forger's page in another frame of the page."""
    either.run(
        """address => {
            const frame = document.createElement('iframe')
            frame.id = 'forger'
            frame.src = address
            document.body.append(frame)
        }""",
        address,
    )
    wait_for_forger(either)


def by_origin(either: Visitor, address: str) -> None:
    """Have the forger's page in the wizard's own frame, where it does not belong."""
    either.run(f"address => {{ {FIRST}.location = address }}", address)
    wait_for_forger(either)


@pytest.mark.parametrize("name", [MAY_EMBED, "other.localhost"])
def test_the_element_ignores_what_another_frame_tells(
    either: Visitor, name: str, host: HostSite, wizard: Server
) -> None:
    either.goto(host.put(inline(wizard)))
    wait_for_event(either, "step")
    by_frame(either, forger(host, "parent", FORGED, name))
    answer(either, "who", "hobby")
    wait_for_step(either, "hosting")
    assert [detail.get("step", "") for _, detail in received(either)] == ["", "who", "hosting"]
    assert either.run("() => document.querySelector('deployment-wizard iframe').clientHeight") < 3000


@pytest.mark.parametrize("name", [MAY_EMBED, "other.localhost"])
def test_the_element_ignores_what_another_origin_tells_in_its_own_frame(
    either: Visitor, name: str, host: HostSite, wizard: Server
) -> None:
    either.goto(host.put(inline(wizard)))
    wait_for_event(either, "step")
    before = received(either)
    by_origin(either, forger(host, "parent", FORGED, name))
    assert received(either) == before
    assert either.run("() => document.querySelector('deployment-wizard iframe').clientHeight") < 3000


def test_the_element_and_the_page_ignore_what_another_window_tells(
    either: Visitor, host: HostSite, wizard: Server
) -> None:
    either.goto(host.put(inline(wizard)))
    wait_for_event(either, "step")
    before = received(either)
    address = forger(host, "opener", FORGED, "other.localhost")
    again = forger(host, "opener.frames[0]", [HELLO], "other.localhost")
    for number, window in enumerate((address, again), 1):
        either.run("address => { document.querySelector('h1').onclick = () => { open(address) } }", window)
        either.click("h1")
        until(lambda number=number: either.run("() => heard").count("forged") == number, "the forger has done its work")  # type: ignore[misc]
    assert received(either) == before
    assert "forged" not in str(either.run(FIELDS, inside=FRAME))
    assert either.run(THEME, inside=FRAME) != "dark"


@pytest.mark.parametrize("name", [MAY_EMBED, "other.localhost"])
def test_the_page_ignores_a_hello_from_another_frame_and_does_not_answer_it(
    either: Visitor, name: str, host: HostSite, wizard: Server
) -> None:
    either.goto(host.put(frame(wizard)))
    wait_for_question(either, "who")
    by_frame(either, forger(host, "parent.frames[0]", [HELLO], name))
    say_hello(either, wizard)  # which a page that had taken another for its host would not answer
    assert either.run("() => heard", inside="#forger") == []
    assert "forged" not in str(either.run(FIELDS, inside=FRAME))
    assert either.run(THEME, inside=FRAME) != "dark"


def test_the_frame_sends_the_step_its_height_and_the_destination_and_nothing_else(
    either: Visitor, host: HostSite, wizard: Server
) -> None:
    either.goto(host.put(frame(wizard)))
    wait_for_question(either, "who")
    say_hello(either, wizard)
    answer(either, "who", "hobby")
    wait_for_question(either, "hosting")
    say_hello(either, wizard)
    either.run("() => { heard.length = 0 }")
    answer(either, "hosting", "enjoy")
    either.see("main[data-recommended]", inside=FRAME)
    until(lambda: either.run("() => document.readyState === 'complete'", inside=FRAME), "all of the page")
    say_hello(either, wizard)
    messages = either.run("() => heard")
    assert all(message["wizard"] == 1 for message in messages)
    shapes = {message["type"]: set(message) - {"wizard", "type"} for message in messages}
    assert shapes == {"page": {"view", "persona", "recommended"}, "height": {"height"}}
    assert {message["persona"] for message in messages if message["type"] == "page"} == {"enthusiast"}


def say_hello(either: Visitor, wizard: Server) -> None:
    """Say what the element says, and wait for the answer."""
    known = either.run("() => heard.length")
    either.run(
        f"(hello, origin) => {FIRST}.postMessage(hello, origin)", {"wizard": 1, "type": "hello", "tags": {}}, wizard.url
    )
    kinds = "known => heard.slice(known).map(message => message.type)"
    until(lambda: {"page", "height"} <= set(either.run(kinds, known)), "the frame answers")


def test_what_is_no_hello_is_not_answered(either: Visitor, host: HostSite, wizard: Server) -> None:
    either.goto(host.put(frame(wizard)))
    wait_for_question(either, "who")
    for message in NO_HELLO:
        either.run(f"message => {FIRST}.postMessage(message, '*')", message)
    either.run("() => { frames[0].postMessage({wizard: 1, type: 'hello'}, 'http://elsewhere.example') }")
    either.run("() => 0", inside=FRAME)
    assert either.run("() => heard") == []
    say_hello(either, wizard)
    assert len([message for message in either.run("() => heard") if message["type"] == "page"]) == 1
