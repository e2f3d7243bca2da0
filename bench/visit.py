"""One visit to a page by a browser that has never been there, measured up to the first question."""

# For scripts.
# ruff: noqa: INP001

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chromium import Chromium, Message, NotMeasured

USABLE = (Path(__file__).parent / "first-question" / "usable.js").read_text("utf-8")
WORLD = "first-question"
WIDTH, HEIGHT = 412, 915
# How long a fixed piece of work takes the page's own thread, in ms.
WORK = """
(() => {
  const began = performance.now();
  let x = 0;
  for (let n = 0; n < 2e7; n++) x += n % 7;
  return x && performance.now() - began;
})()
"""
ARRIVED = "(n => n.responseStart - n.fetchStart)(performance.getEntriesByType('navigation')[0])"
FRAME_AT = "(b => [b.x, b.y])(document.querySelector('iframe').getBoundingClientRect())"


@dataclass(frozen=True)
class Measured:
    """What a visit came to; `received` has, for each request, its address and the bytes that came, headers and all."""

    usable_ms: float
    first_byte_ms: float
    received: Sequence[tuple[str, int]]
    slowed: float


@dataclass
class Visit:
    """A visit as it happens, by the browser's events."""

    browser: Chromium
    slowdown: float
    messages: dict[str, Message] = field(default_factory=dict)
    address_of: dict[str, str] = field(default_factory=dict)
    bytes_of: dict[str, int] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)

    def measure(self, address: str, *, framed: bool, with_slowdown: bool = False) -> Measured:
        """Visit `address`, wait for the question, click its first choice, and wait until nothing more is loaded."""
        browser = self.browser
        context = browser.call("Target.createBrowserContext")["browserContextId"]
        browser.heard = self._heard
        try:
            target = browser.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
            page = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            self._prepare(page)
            size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
            browser.call("Emulation.setDeviceMetricsOverride", page, **size)
            browser.send("Page.navigate", page, url=address)
            browser.wait(lambda: "usable" in self.messages, f"the first question of {address}")
            return self._finish(page, address, framed=framed, with_slowdown=with_slowdown)
        finally:
            browser.heard = lambda _: None
            browser.call("Target.disposeBrowserContext", browserContextId=context)

    def _finish(self, page: str, address: str, *, framed: bool, with_slowdown: bool) -> Measured:
        browser, usable = self.browser, self.messages["usable"]
        inside = usable["session"]
        if (inside != page) is not framed:
            raise NotMeasured(f"the question of {address} is {'not ' if framed else ''}in a process of its own")
        left, top = browser.evaluate(FRAME_AT, page) if framed else (0, 0)
        for kind in ("mousePressed", "mouseReleased"):
            where = {"x": left + usable["x"], "y": top + usable["y"]}
            browser.send("Input.dispatchMouseEvent", page, type=kind, button="left", clickCount=1, **where)
        browser.wait(lambda: "chosen" in self.messages, f"a click to choose on {address}")
        browser.wait(lambda: not self.open, f"the end of loading {address}: {self.open}")
        return Measured(
            usable_ms=usable["at"] - browser.evaluate("performance.timeOrigin", page),
            first_byte_ms=browser.evaluate(ARRIVED, inside),
            received=[(self.address_of[request], size) for request, size in self.bytes_of.items()],
            slowed=self._slowed(inside) if with_slowdown else 0,
        )

    def _slowed(self, session: str) -> float:
        """How much longer the thread of the question's page takes than when it is not slowed."""
        slow_ms = min(self.browser.evaluate(WORK, session) for _ in range(5))
        self.browser.call("Emulation.setCPUThrottlingRate", session, rate=1)
        return float(slow_ms / min(self.browser.evaluate(WORK, session) for _ in range(5)))

    def _prepare(self, session: str) -> None:
        """Slow a page or frame that is about to begin, and have it watched."""
        send = self.browser.send
        send("Page.enable", session)
        send("Network.enable", session)
        send("Runtime.enable", session)
        send("Emulation.setCPUThrottlingRate", session, rate=self.slowdown)
        send("Runtime.addBinding", session, name="firstQuestion", executionContextName=WORLD)
        send("Page.addScriptToEvaluateOnNewDocument", session, source=USABLE, worldName=WORLD)
        send("Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=True, flatten=True)
        send("Runtime.runIfWaitingForDebugger", session)

    def _heard(self, message: Message) -> None:
        params: Any = message["params"]
        match message["method"]:
            case "Target.attachedToTarget" if params["targetInfo"]["type"] == "iframe":
                self._prepare(params["sessionId"])
            case "Runtime.bindingCalled":
                sent = json.loads(params["payload"])
                self.messages.setdefault(sent["what"], {**sent, "session": message["sessionId"]})
            case "Network.requestWillBeSent" if not params["request"]["url"].startswith("data:"):
                self.address_of[params["requestId"]] = params["request"]["url"]
                self.open.add(params["requestId"])
            case "Network.loadingFinished" if params["requestId"] in self.address_of:
                self.bytes_of[params["requestId"]] = params["encodedDataLength"]
                self.open.discard(params["requestId"])
            case "Network.loadingFailed" if params["requestId"] in self.address_of:
                raise NotMeasured(f"{self.address_of[params['requestId']]} failed: {params['errorText']}")
