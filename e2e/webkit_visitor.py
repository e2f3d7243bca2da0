"""A visitor with WebKit: WebKitGTK's small browser, which Selenium drives, on a screen of its own."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from engines import TAKES_POINTER, WAIT_SECONDS, Told, until
from selenium.common.exceptions import TimeoutException
from selenium.webdriver import ActionChains, Keys, WebKitGTK, WebKitGTKOptions, WebKitGTKService
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

DRIVER = shutil.which("WebKitWebDriver")
SCREEN = shutil.which("Xvfb")
BUTTON_SECONDS = 0.5
KEYS = {"Tab": Keys.TAB, "Enter": Keys.ENTER, "Escape": Keys.ESCAPE, "Space": Keys.SPACE}

# Finds an element as a selector of Playwright's does: what is in an open shadow root counts as inside its host.
FIND = """selector => {
  const within = (root, part) => {
    const shadows = [root, ...root.querySelectorAll('*')].map(element => element.shadowRoot).filter(Boolean)
    return [...root.querySelectorAll(part), ...shadows.flatMap(shadow => within(shadow, part))]
  }
  return selector.split(' ').reduce((roots, part) => roots.flatMap(root => within(root, part)), [document])[0]
}"""
RUN = """const [given, done] = [arguments[0], arguments[1]]
Promise.resolve((%s)(...given)).then(value => done({value}), error => done({error: String(error)}))"""


def mini_browser() -> Path | None:
    """The browser that comes with the driver; None where this machine can't run it."""
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    return found[-1] if found and DRIVER and SCREEN else None


@contextmanager
def webkit(browser: Path) -> Iterator[WebKitGTK]:
    """`browser`, running on a screen that nobody sees; without a screen, it would hang."""
    options = WebKitGTKOptions()
    options.binary_location = str(browser)
    options.add_argument("--automation")
    with _screen() as display:
        service = WebKitGTKService(DRIVER, env={**os.environ, "DISPLAY": display})
        driver = WebKitGTK(options, service)
        driver.set_page_load_timeout(WAIT_SECONDS)
        driver.set_script_timeout(WAIT_SECONDS)
        try:
            yield driver
        finally:
            driver.quit()


@contextmanager
def _screen() -> Iterator[str]:
    """The name of a screen that is only in memory."""
    assert SCREEN
    received, tell = os.pipe()
    command = [SCREEN, "-displayfd", str(tell), "-screen", "0", "1280x1400x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[tell], stderr=subprocess.DEVNULL) as process:
        os.close(tell)
        try:
            with os.fdopen(received) as line:
                yield f":{line.readline().strip()}"
        finally:
            process.terminate()


class WebKitVisitor:
    """Somebody with a window of their own; a tab would stay hidden.

    A browser that nobody ever gave a cookie is as good as a fresh one.
    """

    engine = "webkit"

    def __init__(self, driver: WebKitGTK) -> None:
        self.driver = driver
        self.first = driver.current_window_handle
        driver.switch_to.new_window("window")
        driver.set_window_rect(0, 0, 1024, 1200)  # it would click on what is in view in a frame that itself is not

    @property
    def address(self) -> str:
        """The address of the whole page."""
        return self.driver.current_url

    def goto(self, address: str) -> None:
        """Go to `address`, and wait until it has loaded."""
        self.driver.get(address)

    def back(self) -> None:
        """Press the browser's Back."""
        self._go(self.driver.back)

    def forward(self) -> None:
        """Press the browser's Forward."""
        self._go(self.driver.forward)

    def _go(self, press: Callable[[], None]) -> None:
        # The driver waits for the whole page to change, where only a frame may; a script's history.go() would
        # here, unlike the browser's own buttons, show what the frame showed in place of the page.
        self.driver.set_page_load_timeout(BUTTON_SECONDS)
        with suppress(TimeoutException):
            press()
        self.driver.set_page_load_timeout(WAIT_SECONDS)

    def click(self, selector: str, *, inside: str | None = None) -> None:
        """Click on what is there to be seen, once it is."""

        if inside:  # the driver sees to it that what it clicks on is in view in the frame, but not that the frame is
            self.run("frame => document.querySelector(frame)?.scrollIntoView({block: 'nearest'})", inside)

        def click() -> bool:
            found = self._find(selector)
            if self.driver.execute_script(f"return ({TAKES_POINTER})(arguments[0])", found):
                found.click()
                return True
            return False

        self._until(click, f"{selector} can be clicked", inside)

    def see(self, selector: str, *, inside: str | None = None) -> None:
        """Wait until it is there to be seen."""
        self._until(lambda: self._find(selector).is_displayed(), f"{selector} is shown", inside)

    def press(self, key: str) -> None:
        """Press a key, wherever the focus is."""
        ActionChains(self.driver).send_keys(KEYS[key]).perform()

    def run(self, function: str, *given: Any, inside: str | None = None) -> Any:
        """What a JavaScript function gives, or the promise that it gives, in the page."""
        with self._in(inside):
            received = self.driver.execute_async_script(RUN % function, list(given))
        assert "error" not in received, received["error"]
        return received.get("value")

    def close(self) -> None:
        """Leave, with no cookie having been set by anybody."""
        kept = self.driver.get_cookies()
        self.driver.close()
        self.driver.switch_to.window(self.first)
        assert not kept, kept

    def _until(self, ask: Callable[[], Told], what: str, inside: str | None) -> Told:
        def look() -> Told:
            with self._in(inside):
                return ask()

        return until(look, what)

    @contextmanager
    def _in(self, inside: str | None) -> Iterator[None]:
        """The frame that `inside` finds is what the driver talks to, meanwhile."""
        if inside:
            self.driver.switch_to.frame(self._find(inside))
        try:
            yield
        finally:
            if inside:
                self.driver.switch_to.default_content()

    def _find(self, selector: str) -> WebElement:
        found = self.driver.execute_script(f"return ({FIND})(arguments[0])", selector)
        return found if isinstance(found, WebElement) else self.driver.find_element(By.CSS_SELECTOR, selector)
