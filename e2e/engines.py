"""What a visitor does in any browser engine, so that one scenario runs in each that the machine has."""

import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from playwright.sync_api import Error as PlaywrightError
from selenium.common.exceptions import WebDriverException

WAIT_SECONDS = 15
LOOK_SECONDS = 0.02
ENGINES = ("chromium", "firefox", "webkit")
EITHER = ("chromium", "webkit")
"""The two that are fast to drive."""

FRAME = "iframe"
"""Finds the wizard's frame on a page that has one."""

TAKES_POINTER = "element => getComputedStyle(element).pointerEvents !== 'none'"
"""Whether an element can be clicked; a choice can't as its page comes in."""

Told = TypeVar("Told")


class Visitor(Protocol):
    """A person with a browser. `inside` finds the frame that something is done in; without, it is done on the page."""

    engine: str

    @property
    def address(self) -> str:
        """The address of the whole page."""

    def goto(self, address: str) -> None:
        """Go to `address`, and wait until it has loaded."""

    def back(self) -> None:
        """Press the browser's Back."""

    def forward(self) -> None:
        """Press the browser's Forward."""

    def click(self, selector: str, *, inside: str | None = None) -> None:
        """Click on what is there to be seen, once it is."""

    def see(self, selector: str, *, inside: str | None = None) -> None:
        """Wait until it is there to be seen."""

    def press(self, key: str) -> None:
        """Press `Tab`, `Enter`, `Escape` or `Space`, wherever the focus is."""

    def run(self, function: str, *given: Any, inside: str | None = None) -> Any:
        """What a JavaScript function gives, or the promise that it gives, in the page."""

    def close(self) -> None:
        """Leave."""


def until(ask: Callable[[], Told], what: str) -> Told:
    """The result of `ask` as soon as it is truthy. Raises AssertionError with the last result if it never is."""
    deadline = time.monotonic() + WAIT_SECONDS
    last: object = None
    while time.monotonic() < deadline:
        try:
            if last := ask():
                return last
        except (PlaywrightError, WebDriverException) as error:  # the page went on meanwhile
            last = error
        time.sleep(LOOK_SECONDS)
    raise AssertionError(f"not within {WAIT_SECONDS} s: {what}; last: {last!r}")
