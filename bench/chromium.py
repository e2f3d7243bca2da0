"""A Chromium that is driven over its own pipe, each page and each frame of another site with the CPU slowed.

Frames of other sites have processes and so targets of their own; each is held at its start until it is slowed, too.
Playwright slows only those frames that are already there, which is too late here.
"""

# For scripts; it starts the machine's own Chromium.
# ruff: noqa: INP001, S603, S607

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

DEADLINE_S = 60
READ_BYTES = 1 << 20
# Headless Chromium's own name is that of a bot.
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-sync",
    f"--user-agent={BROWSER}",
    "--remote-debugging-pipe",
)

Message = dict[str, Any]


class NotMeasured(Exception):
    """Something that was to be measured could not be."""


class Chromium:
    """The browser; `heard` is called with each event that arrives while something is waited for."""

    def __init__(self, profile: Path) -> None:
        found = shutil.which("chromium")
        if not found:
            raise NotMeasured("there is no `chromium` on the PATH; `make system` installs it or says how")
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # Chromium reads its commands from file 3 and answers on file 4.
        script = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        words = (found, *SWITCHES, f"--user-data-dir={profile}", "about:blank")
        self._process = subprocess.Popen(
            ["bash", "-c", script, "bash", *words], pass_fds=(theirs_in, theirs_out), stderr=subprocess.DEVNULL
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._unread = b""
        self._number = 0
        self._replies: dict[int, Message] = {}
        self.heard: Callable[[Message], None] = lambda _: None

    def __enter__(self) -> Self:
        """The browser, which runs."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it, which it does by itself once nobody drives it."""
        os.close(self._out)
        try:
            self._process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)

    def send(self, method: str, session: str | None = None, **params: Any) -> int:
        """Send a command, and don't wait; its number."""
        self._number += 1
        message: Message = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        return self._number

    def call(self, method: str, session: str | None = None, **params: Any) -> Message:
        """Send a command; what it gave. Raises NotMeasured when it failed."""
        number = self.send(method, session, **params)
        self.wait(lambda: number in self._replies, method)
        reply = self._replies.pop(number)
        if "error" in reply:
            raise NotMeasured(f"Chromium says of {method}: {reply['error']}")
        result: Message = reply["result"]
        return result

    def evaluate(self, expression: str, session: str) -> Any:
        """The value of `expression` in the page or frame of `session`."""
        result = self.call("Runtime.evaluate", session, expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise NotMeasured(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait(self, is_so: Callable[[], bool], what: str) -> None:
        """Hear what happens until `is_so`. Raises NotMeasured when that takes too long."""
        deadline = time.monotonic() + DEADLINE_S
        while not is_so():
            message = self._next(deadline)
            if message is None:
                raise NotMeasured(f"waited {DEADLINE_S} s in vain for {what}")
            if "method" in message:
                self.heard(message)
            else:
                self._replies[message["id"]] = message

    def _next(self, deadline: float) -> Message | None:
        while b"\0" not in self._unread:
            if not select.select([self._in], [], [], max(0, deadline - time.monotonic()))[0]:
                return None
            if not (more := os.read(self._in, READ_BYTES)):
                raise NotMeasured("Chromium has ended")
            self._unread += more
        text, _, self._unread = self._unread.partition(b"\0")
        message: Message = json.loads(text)
        return message
