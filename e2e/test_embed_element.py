"""The element's life on a page: however it comes, moves, changes and goes."""

from collections.abc import Callable

import pytest
from embed_pages import (
    OPEN,
    answer,
    answer_all,
    dialog,
    element,
    frame,
    inline,
    received,
    script,
    wait_for_event,
    wait_for_question,
    wait_for_step,
)
from engines import FRAME, Visitor, until
from host import NONCE, HostSite
from playwright_visitor import PlaywrightVisitor
from server import Server
from server_log import trail
from steps import PERSONAS

GERMAN = "Wer soll PostHog nutzen?"
LOADS = """origin => performance.getEntriesByType('resource').filter(entry => {
  const address = new URL(entry.name)
  return address.origin === origin && address.pathname === '/'
}).length"""
FIRST = [["ready", {}], ["step", {"step": "who", "index": 0}]]
SET = "(name, value) => { document.querySelector('deployment-wizard')[name] = value }"
SECOND = ["step", {"step": "hosting", "index": 1}]


def blocking(wizard: Server) -> str:
    """The script, so that the element is defined before the page's own is parsed."""
    return f'<script src="{wizard.url}/embed.js"></script>'


def added(wizard: Server, how: str) -> str:
    """What makes a wizard on the page, as frameworks do, by the JavaScript in `how`, which has one in `made`."""
    return (
        f'<div id="app"></div>{blocking(wizard)}<script nonce="host">const app = document.getElementById("app")\n'
        f"const made = document.createElement('deployment-wizard')\n{how}</script>"
    )


WAYS: dict[str, Callable[[Server], str]] = {
    "defined before it is parsed": lambda wizard: blocking(wizard) + inline(wizard, campaign="life"),
    "twice defined": lambda wizard: inline(wizard, campaign="life") + script(wizard) + blocking(wizard),
    "without a frame": lambda wizard: element(campaign="life") + script(wizard),
    "made by a script": lambda wizard: added(wizard, "made.campaign = 'life'\napp.append(made)"),
    "given its frame before it is added": lambda wizard: added(
        wizard, f"made.innerHTML = `{frame(wizard, campaign='life')}`\napp.append(made)"
    ),
    "given its frame once it is added": lambda wizard: added(
        wizard, f"app.append(made)\nmade.innerHTML = `{frame(wizard, campaign='life')}`"
    ),
    "made of HTML by a script": lambda wizard: added(
        wizard, f"app.innerHTML = `{element(frame(wizard, campaign='life'), campaign='life')}`"
    ),
}


@pytest.mark.in_turn
@pytest.mark.parametrize("way", WAYS)
def test_however_it_comes_it_loads_once_and_tells_each_thing_once(
    either: Visitor, way: str, host: HostSite, wizard: Server
) -> None:
    either.goto(host.put(WAYS[way](wizard)))
    wait_for_event(either, "step")
    inside = "deployment-wizard iframe"
    answer(either, "who", "hobby", inside)
    wait_for_step(either, "hosting")
    assert received(either) == [*FIRST, SECOND]
    assert either.run(LOADS, wizard.url) == 1
    assert either.run("() => hostEvents.every(([,,, isForAll]) => isForAll)")


def test_two_on_a_page_keep_to_themselves(either: Visitor, host: HostSite, wizard: Server) -> None:
    both = "".join(element(frame(wizard), id=name) for name in ("one", "two"))
    either.goto(host.put(both + script(wizard)))
    names = "() => hostEvents.map(([name,, id]) => `${id} ${name}`)"
    until(lambda: len(either.run(names)) == 4, "both are ready")
    answer_all(either, PERSONAS["enthusiast"], "#two iframe")
    until(lambda: "two result" in either.run(names), "the result")
    assert [name for name in either.run(names) if name.startswith("one")] == ["one ready", "one step"]
    answer_all(either, PERSONAS["team"], "#one iframe")
    until(lambda: "one result" in either.run(names), "the other result")
    results = "() => hostEvents.filter(([name]) => name === 'result').map(([, detail, id]) => [id, detail.persona])"
    assert either.run(results) == [["two", "enthusiast"], ["one", "team"]]


def test_one_that_is_moved_goes_on_working(either: Visitor, host: HostSite, wizard: Server) -> None:
    either.goto(host.put(inline(wizard) + '<section id="there"></section>'))
    wait_for_event(either, "step")
    either.run("() => { window.hostEvents.length = 0; there.append(document.querySelector('deployment-wizard')) }")
    wait_for_question(either, "who")
    answer_all(either, PERSONAS["enthusiast"])
    wait_for_event(either, "result")
    names = [name for name, _ in received(either)]
    assert names.count("result") == 1
    assert [detail["step"] for name, detail in received(either) if name == "step"][-1] == "hosting"


def test_one_that_is_removed_leaves_nothing_behind(watched: PlaywrightVisitor, host: HostSite, wizard: Server) -> None:
    watched.goto(host.put(dialog(wizard)))
    until(lambda: watched.run("() => !!customElements.get('deployment-wizard')"), "the element is defined")
    session = watched.context.new_cdp_session(watched.page)

    def listeners() -> list[str]:
        found = []
        for name in ("window", "document"):
            handle = session.send("Runtime.evaluate", {"expression": name})["result"]["objectId"]
            of_it = session.send("DOMDebugger.getEventListeners", {"objectId": handle})["listeners"]
            found += [f"{name} {listener['type']}" for listener in of_it]
        return [listener for listener in found if listener in ("document click", "window message")]

    assert sorted(listeners()) == ["document click", "window message", "window message"]  # one is the page's own
    watched.click(OPEN)
    wait_for_event(watched, "step")
    watched.run("() => { const one = document.querySelector('deployment-wizard'); one.remove(); window.one = one }")
    for _ in range(3):
        watched.run("() => { document.body.append(one); one.remove() }")
    assert listeners() == ["window message"]
    watched.click(OPEN)
    watched.see("button[name=who]")
    assert watched.address.startswith(wizard.url)


def test_the_theme_changes_in_place(either: Visitor, host: HostSite, wizard: Server) -> None:
    either.goto(host.put(inline(wizard)))
    wait_for_event(either, "step")
    ground = "() => getComputedStyle(document.body).backgroundColor"
    light = either.run(ground, inside=FRAME)
    either.run(SET, "theme", "dark")
    until(lambda: either.run(ground, inside=FRAME) != light, "it is dark")
    answer(either, "who", "team")
    wait_for_question(either, "team_size")
    assert either.run(ground, inside=FRAME) != light
    either.run(SET, "theme", "light")
    until(lambda: either.run(ground, inside=FRAME) == light, "it is light")


def test_accent_and_language_change_within_the_same_visit(either: Visitor, host: HostSite, wizard: Server) -> None:
    campaign = f"look-{either.engine}"
    either.goto(host.put(inline(wizard, campaign=campaign)))
    wait_for_event(either, "step")
    either.run(SET, "locale", "de")
    until(lambda: either.run("() => document.querySelector('h1').textContent", inside=FRAME) == GERMAN, "it is German")
    answer(either, "who", "team")
    wait_for_step(either, "team_size")
    either.run(SET, "accent", "#0b7a75")
    colour = "() => getComputedStyle(document.documentElement).getPropertyValue('--wizard-accent')"
    until(lambda: either.run(colour, inside=FRAME) == "#0b7a75", "the accent")
    wait_for_question(either, "team_size")
    assert either.run("() => document.documentElement.lang", inside=FRAME) == "de"
    assert [detail["step"] for name, detail in received(either) if name == "step"] == ["who", "team_size"]
    assert trail(wizard, campaign).count("wizard_view") == 1
    assert trail(wizard, campaign).count("question_view team_size") == 1


def test_properties_and_attributes_are_one(watched: PlaywrightVisitor, host: HostSite, wizard: Server) -> None:
    watched.goto(host.put(inline(wizard)))
    wait_for_event(watched, "step")
    for name in ("theme", "accent", "locale", "campaign", "prefill", "mode", "src"):
        watched.run(f"() => {{ window.it = document.createElement('deployment-wizard'); it.{name} = 'x' }}")
        assert watched.run(f"() => [it.getAttribute('{name}'), it.{name}]") == ["x", "x"]
        watched.run(f"() => it.removeAttribute('{name}')")
        assert watched.run(f"() => it.{name} === document.createElement('deployment-wizard').{name}")


def test_a_prefill_is_answered_already(either: Visitor, host: HostSite, wizard: Server) -> None:
    either.goto(host.put(element(prefill="who=team&team_size=2_10") + script(wizard)))
    wait_for_question(either, "hosting", "deployment-wizard iframe")
    until(lambda: received(either) == [["ready", {}], ["step", {"step": "hosting", "index": 2}]], "it is received")


def test_a_strict_policy_of_the_page_needs_to_allow_the_wizard_only(
    either: Visitor, host: HostSite, wizard: Server
) -> None:
    policy = f"default-src 'none'; script-src {wizard.url} {NONCE}; frame-src {wizard.url}"
    for snippet in (inline(wizard), element() + script(wizard)):
        either.goto(host.put(snippet, headers={"Content-Security-Policy": policy}))
        wait_for_event(either, "step")
        answer_all(either, PERSONAS["team"], "deployment-wizard iframe")
        wait_for_event(either, "result")


def test_a_preview_leaves_nothing_in_the_log(either: Visitor, host: HostSite, wizard: Server) -> None:
    tags = {"utm_campaign": f"preview-{either.engine}"}
    either.goto(host.put(inline(wizard, **tags)))
    answer(either, "who", "hobby")
    wait_for_question(either, "hosting")
    assert len(trail(wizard, tags["utm_campaign"])) > 0
    before = trail(wizard, tags["utm_campaign"])
    either.goto(host.put(element(frame(wizard, preview="1", **tags)) + script(wizard)))
    answer_all(either, PERSONAS["team"])
    assert trail(wizard, tags["utm_campaign"]) == before
