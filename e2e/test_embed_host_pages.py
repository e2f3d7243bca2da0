"""The embedded wizard on pages that hide it, copy its script, style its frame, or name elements as scripts do."""

import pytest
from embed_pages import (
    OPEN,
    answer,
    element,
    frame,
    inline,
    received,
    script,
    wait_for_event,
    wait_for_question,
    wait_for_step,
    wait_ten_frames,
)
from engines import FRAME, Visitor, until
from host import DESTINATION, Hosted, HostSite
from pixels import within_a_pixel
from playwright_visitor import PlaywrightVisitor
from server import Server
from steps import PERSONAS

from wizard.embed.options import Options
from wizard.embed.script import element_script
from wizard.embed.snippet import element_snippet

INSIDE = "deployment-wizard iframe"
DEFINED = "() => customElements.get('deployment-wizard') !== undefined"
OPENED = """() => [...document.querySelectorAll('deployment-wizard')].map(one =>
  one.shadowRoot?.querySelector('dialog')?.open ?? false)"""
DIALOG = element(mode="dialog")
FRAMES_LOADED = "() => performance.getEntriesByType('resource').filter(one => one.initiatorType === 'iframe').length"


def link(wizard: Server) -> str:
    return f'<a href="{wizard.url}/" data-deployment-wizard-open="">Find your deployment</a>'


def defined(guest: Visitor, address: str) -> None:
    guest.goto(address)
    until(lambda: guest.run(DEFINED), "the element is defined")


# --- 1. dialogs that are not rendered

HIDDEN = {
    "display none": '<div style="display:none">{}</div>',
    "hidden": "<div hidden>{}</div>",
    "until found": '<div hidden="until-found">{}</div>',
    "content-visibility": '<div style="content-visibility:hidden">{}</div>',
    "closed details": "<details><summary>More</summary>{}</details>",
    "closed dialog": "<dialog>{}</dialog>",
    "closed popover": "<div popover>{}</div>",
    "itself hidden": "{hidden}",
}


ALL_HIDDEN = "".join(way.format(DIALOG, hidden=element(mode="dialog", style="display:none")) for way in HIDDEN.values())
"""A copy of the dialog for each way of hiding it, in that order."""

NONE_OPEN = dict.fromkeys(HIDDEN, False)


def opened(guest: Visitor) -> dict[str, bool]:
    """Whether each copy is open, by the way that hides it; "shown" for the one after them, if there is one."""
    return dict(zip([*HIDDEN, "shown"], guest.run(OPENED), strict=False))


def test_the_copy_that_can_be_shown_opens(guest: Visitor, host: HostSite, wizard: Server) -> None:
    defined(guest, host.put(ALL_HIDDEN + link(wizard) + DIALOG + script(wizard)))
    guest.click(OPEN)
    wait_for_event(guest, "step")
    assert opened(guest) == {**NONE_OPEN, "shown": True}


def test_where_no_copy_can_be_shown_the_link_is_followed(guest: Visitor, host: HostSite, wizard: Server) -> None:
    defined(guest, host.put(ALL_HIDDEN + link(wizard) + script(wizard)))
    guest.run("() => document.querySelectorAll('deployment-wizard').forEach(one => one.open())")
    assert opened(guest) == NONE_OPEN
    guest.click(OPEN)
    guest.see("button[name=who]")
    assert guest.address.startswith(wizard.url)


def test_what_only_hides_the_page_hides_no_dialog(either: Visitor, host: HostSite, wizard: Server) -> None:
    style = "visibility:hidden;pointer-events:none;opacity:0;transform:scale(0);height:0;overflow:hidden"
    defined(either, host.put(f'<div style="{style}">{DIALOG}</div>' + link(wizard) + script(wizard)))
    either.click(OPEN)
    answer(either, "who", "hobby", INSIDE)
    wait_for_step(either, "hosting")
    either.click("deployment-wizard button")
    until(lambda: either.run(OPENED) == [False], "the dialog is closed")


def test_a_dialog_that_the_page_hides_while_it_is_open_closes(either: Visitor, host: HostSite, wizard: Server) -> None:
    defined(either, host.put(f'<div id="menu">{DIALOG}</div>' + link(wizard) + script(wizard)))
    either.click(OPEN)
    wait_for_event(either, "step")
    # What is never drawn can't be seen to go.
    either.run("() => { requestAnimationFrame(() => requestAnimationFrame(() => { window.isDrawn = true })) }")
    until(lambda: either.run("() => window.isDrawn === true"), "the dialog is drawn")
    either.run("() => { document.getElementById('menu').style.display = 'none' }")
    until(lambda: either.run(OPENED) == [False], "the dialog is closed")


def test_one_that_is_not_on_the_page_does_not_open(either: Visitor, host: HostSite, wizard: Server) -> None:
    defined(either, host.put(DIALOG + script(wizard)))
    assert (
        either.run("""() => {
        const one = document.querySelector('deployment-wizard')
        one.remove()
        one.open()
        return one.shadowRoot.querySelector('dialog').open
    }""")
        is False
    )


CLOSING = """delay => {
  const menu = document.getElementById('menu')
  const hide = () => { menu.hidden = true }
  menu.addEventListener('click', () => delay === null ? hide() : setTimeout(hide, delay))
}"""


@pytest.mark.parametrize("delay_ms", [None, 0, 300])
def test_where_the_click_closes_the_menu_that_it_is_in_the_link_is_followed(
    either: Visitor, delay_ms: int | None, host: HostSite, wizard: Server
) -> None:
    defined(either, host.put(f'<nav id="menu">{link(wizard)}{DIALOG}</nav>' + script(wizard)))
    either.run(CLOSING, delay_ms)
    either.click(OPEN)
    either.see("button[name=who]")
    assert either.address.startswith(wizard.url)


@pytest.mark.parametrize("tag", ["a", "button"])
def test_a_click_that_the_page_stops_on_its_way_opens_it(
    either: Visitor, tag: str, host: HostSite, wizard: Server
) -> None:
    opener = link(wizard).replace("<a ", f"<{tag} ").replace("</a>", f"</{tag}>")
    defined(either, host.put(f'<div id="card">{opener}</div>' + DIALOG + script(wizard)))
    either.run("() => document.getElementById('card').addEventListener('click', event => event.stopPropagation())")
    either.click(OPEN)
    wait_for_event(either, "step")
    assert either.run(OPENED) == [True]


INSIDE_ITS_OWN = {
    "link": "{link}",
    "paragraph": "<p>Not sure? {link}</p>",
    "link and frame": "{link}{frame}",
}


@pytest.mark.in_turn
@pytest.mark.parametrize("way", INSIDE_ITS_OWN)
def test_an_opener_inside_the_element_stays_in_sight(either: Visitor, way: str, host: HostSite, wizard: Server) -> None:
    inner = INSIDE_ITS_OWN[way].format(link=link(wizard), frame=frame(wizard))
    defined(either, host.put(element(inner, mode="dialog") + script(wizard)))
    either.click(OPEN)
    wait_for_event(either, "step")
    assert either.run(OPENED) == [True]
    either.run("() => document.querySelector('deployment-wizard').close()")
    either.see(OPEN)


# --- 2. copies of the script

COPIES = {
    "cached": ("/wp-content/cache/min/1/embed.js", '<script src="{}"></script>'),
    "combined": ("/assets/all.js", '<script src="{}" defer></script>'),
    "module": ("/modules/embed.js", '<script type="module" src="{}"></script>'),
    "inlined": ("", '<script nonce="host">{}</script>'),
}


def copied(way: str, host: HostSite) -> str:
    """The script as an optimiser of the host serves it."""
    path, tag = COPIES[way]
    text = element_script().decode()
    if not path:
        return tag.format(text)
    host.pages[path] = Hosted(text, {"Content-Type": "text/javascript"})
    return tag.format(path)


@pytest.mark.in_turn
@pytest.mark.parametrize("mode", ["inline", "dialog"])
@pytest.mark.parametrize("way", COPIES)
def test_the_snippet_says_where_the_wizard_is_when_the_script_can_not(
    either: Visitor, way: str, mode: str, host: HostSite, wizard: Server
) -> None:
    snippet = element_snippet(wizard.url, Options(mode="dialog" if mode == "dialog" else "inline"), "Wizard")
    snippet = snippet[: snippet.index("<script")]
    defined(either, host.put(snippet + copied(way, host)))
    if mode == "dialog":
        either.click(OPEN)
    wait_for_event(either, "step")
    assert either.run("() => hostEvents.map(([name]) => name)") == ["ready", "step"]


@pytest.mark.in_turn
@pytest.mark.parametrize("way", COPIES)
def test_without_an_address_nothing_is_framed_and_the_link_is_followed(
    either: Visitor, way: str, host: HostSite, wizard: Server
) -> None:
    defined(either, host.put(link(wizard) + DIALOG + element(id="alone") + copied(way, host)))
    wait_ten_frames(either)
    assert either.run(FRAMES_LOADED) == 0
    either.click(OPEN)
    either.see("button[name=who]")


# --- 3. heights that the page overrides

FITTED = "() => document.documentElement.hasAttribute('data-fitted')"
INNER = "() => [innerHeight, Math.ceil(document.documentElement.getBoundingClientRect().height)]"
STYLES = {
    "max-height": "iframe { max-height: 400px }",
    "height": "iframe { height: 400px !important }",
    "aspect-ratio": "iframe { aspect-ratio: 3 / 1; height: auto !important }",
}


@pytest.mark.parametrize("way", STYLES)
def test_a_frame_that_is_too_low_scrolls_in_sight(either: Visitor, way: str, host: HostSite, wizard: Server) -> None:
    either.goto(host.put(inline(wizard), head=f"<style>{STYLES[way]}</style>"))
    wait_for_event(either, "step")
    until(lambda: not either.run(FITTED, inside=FRAME), "the scrollbar is shown")
    frame_px, page_px = either.run(INNER, inside=FRAME)
    assert frame_px < page_px
    either.run("() => document.querySelector('style').remove()")
    until(lambda: either.run(FITTED, inside=FRAME), "the scrollbar is hidden again")


@pytest.mark.parametrize("reset", ["removeAttribute('style')", "style.height = '300px'", "style.height = '900px'"])
def test_a_height_that_the_page_resets_is_told_again(
    either: Visitor, reset: str, host: HostSite, wizard: Server
) -> None:
    either.goto(host.put(inline(wizard)))
    wait_for_event(either, "step")

    def fits() -> bool:
        frame_px, page_px = either.run(INNER, inside=FRAME)
        return bool(frame_px == page_px)

    heights = "() => heard.filter(({type}) => type === 'height').length"
    for _ in range(2):
        until(fits, "the frame is as high as its page")
        before = either.run(heights)
        either.run(f"() => document.querySelector('iframe').{reset}")
        until(lambda: either.run(heights) > before, "the height is received again")  # noqa: B023  # called at once
    until(fits, "the frame is as high as its page again")
    until(lambda: either.run(FITTED, inside=FRAME), "without a scrollbar")


@pytest.mark.parametrize("size", ["border-box", "content-box"])
def test_a_page_that_pads_its_frames_does_not_cut_it_off(
    either: Visitor, size: str, host: HostSite, wizard: Server
) -> None:
    style = f"<style>* {{ box-sizing: {size} }} iframe {{ padding: 12px }}</style>"
    either.goto(host.put(inline(wizard), head=style))
    wait_for_event(either, "step")
    until(lambda: len(set(either.run(INNER, inside=FRAME))) == 1, "the frame is as high as its page")


# --- 4. parents as wide as their content

PARENTS = {
    "flex": "display:flex;justify-content:center",
    "flex column": "display:flex;flex-direction:column;align-items:center",
    "inline-flex": "display:inline-flex",
    "grid": "display:grid;justify-items:center",
    "inline-grid": "display:inline-grid",
    "float": "float:left",
    "inline-block": "display:inline-block",
    "absolute": "position:absolute;max-width:calc(100% - 16px)",
    "table": "display:table",
    "fit-content": "width:fit-content;margin:auto",
}
ROWS = "<style>.row { display: flow-root }</style>"
FRAME_WIDTHS = """() => [...document.querySelectorAll('.row')].map(row => (row.querySelector('iframe') ??
  row.querySelector('deployment-wizard').shadowRoot.querySelector('iframe')).getBoundingClientRect().width)"""
PAGE_WIDTH = "() => document.querySelector('h1').getBoundingClientRect().width"
WIDTHS = """() => [document.querySelector('iframe') ??
  document.querySelector('deployment-wizard').shadowRoot.querySelector('iframe'), document.querySelector('h1')]
  .map(one => one.getBoundingClientRect().width)"""


def test_it_is_as_wide_as_the_page_in_any_parent(guest: Visitor, host: HostSite, wizard: Server) -> None:
    snippet = element_snippet(wizard.url, Options(), "Wizard")
    snippet = snippet[: snippet.index("<script")]
    for body, loaded in ((snippet, script(wizard)), (snippet, ""), (element(), script(wizard))):
        rows = [f'<div class="row"><div style="{style}">{body}</div></div>' for style in PARENTS.values()]
        guest.goto(host.put("".join(rows) + loaded, head=ROWS))
        if loaded:
            wait_for_event(guest, "step")
        page = within_a_pixel(guest.run(PAGE_WIDTH))
        widths = dict(zip(PARENTS, guest.run(FRAME_WIDTHS), strict=True))
        assert {parent: width for parent, width in widths.items() if width != page} == {}, (body, loaded)
        assert guest.run("() => document.documentElement.scrollWidth <= innerWidth")


NARROWING = {
    "min-content": ("width:min-content", "<p>Beside</p>"),
    "grid": ("display:grid;grid-template-columns:min-content 1fr", "<p>Beside</p>"),
    "flex": ("display:flex", '<p style="flex:0 0 100%">Beside</p>'),
}


@pytest.mark.parametrize("parent", NARROWING)
def test_it_stays_in_sight_in_a_parent_that_leaves_it_no_room(
    either: Visitor, parent: str, host: HostSite, wizard: Server
) -> None:
    style, beside = NARROWING[parent]
    for body in (inline(wizard), element() + script(wizard)):
        either.goto(host.put(f'<div style="{style}">{body}{beside}</div>'))
        wait_for_event(either, "step")
        assert either.run(WIDTHS)[0] == within_a_pixel(200)


# --- 7. an outer sandbox


@pytest.mark.parametrize("permission", ["", " allow-top-navigation-by-user-activation"])
def test_the_recommendation_opens_in_a_tab_where_the_page_may_not_be_left(
    reader: PlaywrightVisitor, permission: str, host: HostSite, wizard: Server
) -> None:
    page = host.put(inline(wizard))
    outer = f"allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox{permission}"
    reader.goto(host.put(f'<iframe id="outer" sandbox="{outer}" src="{page}" width="900" height="1000"></iframe>'))
    until(lambda: len(reader.page.frames) == 3, "both frames")
    inner = reader.page.frames[2]
    for step, choice in PERSONAS["enthusiast"].items():
        inner.locator(f".choices [name={step}][value='{choice}']").click()
    inner.locator("main[data-recommended]").wait_for()
    if permission:
        inner.locator("a.button").click()
        until(lambda: DESTINATION in reader.address, "the page is left")
        return
    with reader.context.expect_page() as opened:
        inner.locator("a.button").click()
    opened.value.wait_for_url(f"**://{DESTINATION}:*/**")
    assert DESTINATION not in reader.address


# --- 8. shadow roots

SHADOW = """(html, mode) => {
  const root = document.getElementById('app').attachShadow({mode})
  root.innerHTML = html
  window.press = () => root.querySelector('[data-deployment-wizard-open]').click()
  window.opened = () => [...root.querySelectorAll('deployment-wizard')].some(one =>
    one.shadowRoot.querySelector('dialog').open)
}"""


@pytest.mark.parametrize("mode", ["open", "closed"])
def test_an_opener_in_a_shadow_root_opens_the_dialog_beside_it(
    either: Visitor, mode: str, host: HostSite, wizard: Server
) -> None:
    defined(either, host.put('<div id="app"></div>' + DIALOG + script(wizard)))
    either.run(SHADOW, link(wizard) + DIALOG, mode)
    until(lambda: either.run("() => (window.opened() || window.press(), window.opened())"), "it opens")
    assert either.run(OPENED) == [False]


def test_an_opener_in_a_shadow_root_opens_the_dialog_of_the_page(
    either: Visitor, host: HostSite, wizard: Server
) -> None:
    defined(either, host.put('<div id="app"></div>' + DIALOG + script(wizard)))
    either.run(SHADOW, '<b data-deployment-wizard-open="">Open</b>', "open")
    either.run("() => window.press()")
    assert either.run(OPENED) == [True]


def test_an_opener_on_the_page_opens_a_dialog_in_a_shadow_root(either: Visitor, host: HostSite, wizard: Server) -> None:
    defined(either, host.put('<div id="app"></div>' + link(wizard) + script(wizard)))
    either.run(SHADOW, DIALOG, "open")
    either.click(OPEN)
    assert either.run("() => window.opened()") is True


# --- 10. placeholders

PLACEHOLDERS = ["", "about:blank", "data:text/html,wait", "http://", "javascript:void(0)", "blob:x"]


@pytest.mark.in_turn
@pytest.mark.parametrize("src", PLACEHOLDERS)
def test_a_frame_with_a_placeholder_waits_for_its_address(
    either: Visitor, src: str, host: HostSite, wizard: Server
) -> None:
    later = frame(wizard).replace("<iframe src=", f'<iframe src="{src}" data-src=')
    errors = "<script nonce=host>window.errors = []; onerror = text => errors.push(text)</script>"
    defined(either, host.put(element(later) + script(wizard), head=errors))
    wait_ten_frames(either)
    either.run("() => { const one = document.querySelector('iframe'); one.src = one.dataset.src }")
    wait_for_event(either, "step")
    assert either.run("() => errors") == []


@pytest.mark.in_turn
@pytest.mark.parametrize("src", ["javascript:parent.ran = 1", "data:text/html,x", "blob:x", "about:blank", "http://"])
def test_the_element_frames_web_pages_alone(either: Visitor, src: str, host: HostSite, wizard: Server) -> None:
    defined(either, host.put(element(src=src) + inline(wizard)))
    wait_for_event(either, "step")
    made = "() => document.querySelector('deployment-wizard').shadowRoot.querySelector('iframe')"
    assert either.run(made) is None
    either.run("src => document.querySelectorAll('deployment-wizard')[1].src = src", src)
    wait_ten_frames(either)
    assert either.run("() => window.ran ?? 0") == 0
    assert either.run("() => document.querySelector('iframe').getAttribute('src')") == f"{wizard.url}/"


# --- 11. elements that are named like what a script reads

READ = (
    *("currentScript", "createElement", "querySelector", "querySelectorAll", "addEventListener", "readyState"),
    *("referrer", "baseURI", "documentElement", "activeElement", "adoptedStyleSheets", "defaultView", "body"),
    *("forms", "host", "getRootNode", "parentNode", "URL", "location"),
)
GLOBALS = (
    *("customElements", "CSS", "URL", "location", "origin", "CSSStyleSheet", "Reflect", "pathname"),
    *("own", "make", "web", "handled", "connected"),
)


@pytest.mark.parametrize("value", ["() => {}", "'text'", "1", "{}"])
@pytest.mark.parametrize("name", ["extend", "value", "writable", "get", "set", "slot"])
def test_what_a_page_adds_to_all_objects_changes_nothing(
    watched: PlaywrightVisitor, name: str, value: str, host: HostSite, wizard: Server
) -> None:
    added = f"<script nonce=host>Object.prototype.{name} = {value}</script>"
    watched.goto(host.put(inline(wizard) + element(mode="dialog"), head=added))
    wait_for_event(watched, "step")
    watched.run("() => { document.querySelector('deployment-wizard').theme = 'dark' }")
    assert watched.run("() => document.querySelector('deployment-wizard').getAttribute('theme')") == "dark"


@pytest.mark.parametrize("mode", ["inline", "dialog", "alone"])
def test_named_elements_change_nothing(either: Visitor, mode: str, host: HostSite, wizard: Server) -> None:
    elsewhere = host.origin("other.localhost")
    named = "".join(f'<img name="{name}" src="{elsewhere}/embed.js" alt="">' for name in READ)
    named += "".join(f'<a id="{name}" href="{elsewhere}/embed.js"></a>' for name in GLOBALS)
    fields = "".join(f'<input type="hidden" name="{name}">' for name in [*READ, "dataset", "matches", "closest"])
    go = link(wizard).replace("<a", '<a id="go"')
    opener = f'<form id="form">{fields}{go}</form>'
    body = {"inline": inline(wizard), "dialog": DIALOG + script(wizard), "alone": element() + script(wizard)}[mode]
    errors = "<script nonce=host>window.errors = []; onerror = text => errors.push(text)</script>"
    defined(either, host.put(named + opener + body, head=errors))
    # Not by the drivers' own scripts, which read what is named here.
    either.run("() => form.dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    if mode == "dialog":
        either.run("() => go.click()")
    wait_for_event(either, "step")
    assert either.run("() => errors") == []
    assert either.run(FRAMES_LOADED) == 1


# --- smaller ones


# Playwright's wheel in Firefox takes another way than a person's, on which `overscroll-behavior` means nothing.
def test_the_page_behind_a_dialog_does_not_scroll(watched: PlaywrightVisitor, host: HostSite, wizard: Server) -> None:
    defined(watched, host.put(link(wizard) + DIALOG + script(wizard)))
    watched.click(OPEN)
    wait_for_event(watched, "step")
    wait_for_question(watched, "who", INSIDE)
    width = 1024
    for x, y in ((5, 600), (width // 2, 600), (width // 2, 1190), (width - 5, 5)):
        watched.page.mouse.move(x, y)
        for _ in range(3):
            watched.page.mouse.wheel(0, 300)
            wait_ten_frames(watched)
    assert watched.run("() => scrollY") == 0
    watched.click("deployment-wizard button")
    until(lambda: watched.run(OPENED) == [False], "the dialog is closed")
    watched.page.mouse.move(5, 600)
    watched.page.mouse.wheel(0, 300)
    until(lambda: watched.run("() => scrollY") > 0, "the page scrolls again")


PADDED = {
    "scroll-padding": "html { scroll-padding-top: 80px }",
    "scroll-margin": "deployment-wizard { scroll-margin-top: 80px }",
}


@pytest.mark.parametrize("way", PADDED)
def test_after_an_answer_a_sticky_header_does_not_cover_the_top(
    reader: PlaywrightVisitor, way: str, host: HostSite, wizard: Server
) -> None:
    reader.goto(host.put(inline(wizard), head=f"<style>{PADDED[way]}</style>"))
    wait_for_event(reader, "step")
    top = "() => document.querySelector('deployment-wizard').getBoundingClientRect().top"
    reader.run(f"() => scrollBy(0, ({top})() - 40)")
    reader.run("() => document.querySelector('[value=team]').click()", inside=FRAME)
    wait_for_step(reader, "team_size")
    until(lambda: reader.run(top) == within_a_pixel(80), "the top is below the header")


@pytest.mark.in_turn
@pytest.mark.parametrize("snippet", ["element around a frame", "element alone"])
@pytest.mark.parametrize("library", ["turbo", "turbolinks"])
def test_a_preview_of_a_cached_page_begins_no_journey(
    either: Visitor, library: str, snippet: str, host: HostSite, wizard: Server
) -> None:
    inner = frame(wizard) if snippet == "element around a frame" else ""
    defined(either, host.put('<div id="app"></div>' + script(wizard)))
    render = "html => { document.getElementById('app').innerHTML = html }"
    either.run(f"() => document.documentElement.setAttribute('data-{library}-preview', '')")
    either.run(render, element(inner))
    wait_ten_frames(either)
    assert either.run(FRAMES_LOADED) == 0
    either.run(f"() => document.documentElement.removeAttribute('data-{library}-preview')")
    either.run(render, element(inner))
    wait_for_event(either, "step")
    assert received(either) == [["ready", {}], ["step", {"step": "who", "index": 0}]]


@pytest.mark.parametrize("key", ["Control", "Meta", "Shift", "Alt"])
def test_a_click_with_a_key_is_the_browsers(
    watched: PlaywrightVisitor, key: str, host: HostSite, wizard: Server
) -> None:
    defined(watched, host.put(link(wizard) + DIALOG + script(wizard)))
    watched.run("""() => addEventListener('click', event => {
        window.prevented = event.defaultPrevented
        event.preventDefault()
    })""")
    watched.page.locator(OPEN).click(modifiers=[key])  # type: ignore[list-item]
    assert watched.run("() => prevented") is False
    assert watched.run(OPENED) == [False]


def test_properties_that_are_set_before_the_script_is_there_count(
    either: Visitor, host: HostSite, wizard: Server
) -> None:
    either.goto(host.put("<deployment-wizard></deployment-wizard>"))
    either.run(
        """address => {
            const one = document.querySelector('deployment-wizard')
            Object.assign(one, {src: address, prefill: 'who=team', theme: 'dark'})
            const script = document.createElement('script')
            script.src = `${address}embed.js`
            document.head.append(script)
        }""",
        f"{wizard.url}/",
    )
    wait_for_event(either, "step")
    assert received(either)[-1] == ["step", {"step": "team_size", "index": 1}]
    assert either.run("() => document.querySelector('deployment-wizard').getAttributeNames().sort()") == [
        "prefill",
        "src",
        "theme",
    ]
    either.run("() => { document.querySelector('deployment-wizard').theme = 'light' }")
    assert either.run("() => document.querySelector('deployment-wizard').getAttribute('theme')") == "light"


def test_a_dark_page_is_printed_as_a_light_one(watched: PlaywrightVisitor, wizard: Server) -> None:
    watched.goto(f"{wizard.url}/?theme=dark")
    muted = "() => getComputedStyle(document.querySelector('.hint')).color"
    assert watched.run(muted) == "rgb(166, 174, 189)"
    watched.page.emulate_media(media="print")
    assert watched.run(muted) == "rgb(83, 91, 107)"


# --- 6. cross-origin isolation


@pytest.mark.parametrize("policy", ["require-corp", "credentialless"])
def test_a_page_that_is_isolated_shows_it(
    reader: PlaywrightVisitor, policy: str, host: HostSite, wizard: Server
) -> None:
    headers = {"Cross-Origin-Embedder-Policy": policy, "Cross-Origin-Opener-Policy": "same-origin"}
    for body in (inline(wizard), element() + script(wizard)):
        reader.goto(host.put(body, headers=headers))
        assert reader.run("() => crossOriginIsolated") is True
        wait_for_event(reader, "step")
        for step, choice in PERSONAS["enthusiast"].items():
            answer(reader, step, choice, INSIDE)
        wait_for_event(reader, "result")
