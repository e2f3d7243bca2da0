"""A visitor with Chromium or Firefox, which Playwright drives."""

import shutil
from pathlib import Path
from typing import Any

from engines import TAKES_POINTER, WAIT_SECONDS, until
from playwright.sync_api import Browser, BrowserContext, Frame, Page, Playwright, ViewportSize
from support import BROWSER

WINDOW = ViewportSize(width=1024, height=1200)

CHROMIUM = Path(__file__).with_name("chromium")
CHROMIUM_ARGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-sync"]
# Else a form that is sent inside a frame of another site loses Playwright that frame.
FIREFOX_PREFS: dict[str, str | float | bool] = {"fission.autostart": False, "fission.webContentIsolationStrategy": 0}


def chromium_settings() -> dict[str, Any]:
    """How to start the machine's own Chromium, which keeps no cookie of a third party."""
    assert shutil.which("chromium"), "no Chromium; `make system` installs it or says how"
    return {"executable_path": str(CHROMIUM), "args": CHROMIUM_ARGS}


def firefox(playwright: Playwright) -> Browser | None:
    """The machine's own Firefox ESR, started; None where it has none."""
    found = shutil.which("firefox-esr")
    if not found:
        return None
    return playwright.firefox.launch(channel="moz-firefox", executable_path=found, firefox_user_prefs=FIREFOX_PREFS)


class PlaywrightVisitor:
    """Somebody with a fresh profile of `browser`."""

    def __init__(self, engine: str, browser: Browser, **settings: Any) -> None:
        self.engine = engine
        # A headless Chromium calls itself one, and so would not count as a person.
        agent = {"user_agent": BROWSER} if engine == "chromium" else {}
        self.context: BrowserContext = browser.new_context(
            **{**agent, "reduced_motion": "reduce", "viewport": WINDOW, **settings}
        )
        self.context.set_default_timeout(WAIT_SECONDS * 1000)
        self.page: Page = self.context.new_page()
        self._frames: dict[str, Frame] = {}
        self.errors: list[str] = []
        if engine == "chromium":  # Firefox counts among them what a policy blocks, as it should
            self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    @property
    def address(self) -> str:
        """The address of the whole page."""
        return str(self.page.evaluate("() => location.href"))  # what Playwright knows may be of before

    def goto(self, address: str) -> None:
        """Go to `address`, and wait until it has loaded."""
        self.page.goto(address)

    def back(self) -> None:
        """Press the browser's Back."""
        self._go(-1)

    def forward(self) -> None:
        """Press the browser's Forward."""
        self._go(1)

    def _go(self, steps: int) -> None:
        # Playwright's own way would wait for the whole page to change, and here a frame does.
        self.page.evaluate("steps => { setTimeout(() => history.go(steps)) }", steps)

    def click(self, selector: str, *, inside: str | None = None) -> None:
        """Click on what is there to be seen, once it is."""
        self.see(selector, inside=inside)
        target = self._where(inside).locator(selector).first
        # In Firefox's frames, looking whether something still moves takes longer than all the rest of a visit.
        if self.engine == "firefox":
            until(lambda: target.evaluate(TAKES_POINTER), f"{selector} takes a click")
        target.click(force=self.engine == "firefox")

    def see(self, selector: str, *, inside: str | None = None) -> None:
        """Wait until it is there to be seen."""
        self._where(inside).locator(selector).first.wait_for()

    def press(self, key: str) -> None:
        """Press a key, wherever the focus is."""
        self.page.keyboard.press(key)

    def run(self, function: str, *given: Any, inside: str | None = None) -> Any:
        """What a JavaScript function gives, or the promise that it gives, in the page."""
        return self._where(inside).evaluate(f"given => ({function})(...given)", list(given))

    def frame(self, inside: str) -> Frame:
        """What the frame that `inside` finds shows; looked for once, which takes long, as long as it is there."""
        known = self._frames.get(inside)
        if known is None or known.is_detached():
            known = self.page.locator(inside).first.element_handle().content_frame()
            assert known
            self._frames[inside] = known
        return known

    def close(self) -> None:
        """Leave, with no cookie having been set by anybody, and no script having failed."""
        kept = self.context.cookies()
        self.context.close()
        assert not kept, kept
        assert not self.errors, self.errors

    def _where(self, inside: str | None) -> Page | Frame:
        return self.frame(inside) if inside else self.page
