"""Limits how many requests of one kind are served at once, so that they never take all of a worker's threads."""

import threading

from flask import Flask, g


class ConcurrencyLimit:
    """`at_once` slots of an application; a request holds its slot until its end."""

    def __init__(self, app: Flask, at_once: int) -> None:
        self._slots = threading.BoundedSemaphore(at_once)
        app.teardown_request(self._leave)

    def enter(self) -> bool:
        """Take a slot for the current request. Returns False if none is free: waiting would hold a thread, too."""
        if not self._slots.acquire(blocking=False):
            return False
        g.setdefault("held_slots", set()).add(self)
        return True

    def _leave(self, _: BaseException | None) -> None:
        held = g.get("held_slots", set())
        if self in held:
            held.remove(self)
            self._slots.release()
