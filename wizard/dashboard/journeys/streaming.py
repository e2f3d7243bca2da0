"""Streams what a writer writes to a file, piece by piece, with a few pieces in memory at most.

The writer runs in a thread of its own. It waits while the client is slow, and is ended when the client goes away.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from wizard.errors import WizardError

PIECE_BYTES = 64 * 1024
PIECES = 4
STALLED_SECONDS = 120


class Gone(WizardError):
    """Nobody takes what is written any more: raised into the writer, by the file that it writes to."""


class Sink(Protocol):
    """What becomes of the writer's bytes on their way: see `wizard.dashboard.journeys.encoders`."""

    def through(self, data: bytes) -> bytes:
        """What is sent for `data`, as far as that is known yet."""

    def whole(self) -> bytes:
        """What is sent at the end of a whole file."""

    def broken(self) -> bytes:
        """What is sent where a file breaks off."""


class Channel:
    """A file on one side, for the thread that writes; pieces of it on the other, until it is `whole` or `broken`.

    What is written waits until there is a whole piece of it, but for the first, which goes out at once.
    """

    def __init__(self, sink: Sink, stalled_seconds: float = STALLED_SECONDS) -> None:
        self._sink = sink
        self._stalled_seconds = stalled_seconds
        self._changed = threading.Condition()
        self._pieces: deque[bytes] = deque()
        self._waiting = bytearray()
        self._has_begun = self._has_ended = self._is_left = False
        self._error: BaseException | None = None

    @property
    def is_left(self) -> bool:
        """Whether nobody takes pieces any more."""
        return self._is_left

    def write(self, data: bytes) -> int:
        """Take what the writer writes, and wait while there is no room for it. Raises Gone."""
        self._waiting += self._sink.through(data)
        if len(self._waiting) >= PIECE_BYTES or (self._waiting and not self._has_begun):
            with self._changed:
                has_room = self._changed.wait_for(
                    lambda: self._is_left or len(self._pieces) < PIECES, self._stalled_seconds
                )
                if self._is_left or not has_room:
                    raise Gone("what is sent is no longer taken")
                self._send()
        return len(data)

    def whole(self) -> None:
        """Send what is left, and the end."""
        self._end(self._sink.whole(), None)

    def broken(self, error: BaseException) -> None:
        """Send what is left, and that it breaks off there; nothing at all where nothing has been sent yet."""
        self._end(self._sink.broken() if self._has_begun else b"", error)

    def take(self) -> bytes | None:
        """The next piece, once it is there; None at the end of a whole file. Raises what the writer raised."""
        with self._changed:
            self._changed.wait_for(lambda: self._pieces or self._has_ended)
            if self._pieces:
                piece = self._pieces.popleft()
                self._changed.notify_all()
                return piece
            if self._error:
                raise self._error
            return None

    def leave(self) -> None:
        """Take nothing more."""
        with self._changed:
            self._is_left = True
            self._pieces.clear()
            self._changed.notify_all()

    def _end(self, last: bytes, error: BaseException | None) -> None:
        with self._changed:
            self._waiting += last
            if not self._is_left and (self._has_begun or error is None):
                self._send()
            self._has_ended, self._error = True, error
            self._changed.notify_all()

    def _send(self) -> None:
        if self._waiting:
            self._has_begun = True
            self._pieces.append(bytes(self._waiting))
            self._waiting.clear()
            self._changed.notify_all()


class Stream(Iterator[bytes]):
    """What `write` writes to the channel that it is given, in pieces. The caller must close it.

    To make one begins it, and waits for the first piece. Raises what `write` raises before that.
    """

    def __init__(self, sink: Sink, write: Callable[[Channel], None], on_close: Callable[[], None]) -> None:
        self._channel = Channel(sink)
        self._write = write
        self._on_close = on_close
        self._is_closed = False
        try:
            threading.Thread(target=self._run, name="export", daemon=True).start()
            self._first = self._channel.take()
        except BaseException:
            self.close()
            raise

    def __next__(self) -> bytes:
        try:
            piece = self._first or self._channel.take()
        except BaseException:
            self.close()
            raise
        self._first = None
        if piece is None:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        """End the writer, wherever it is."""
        self._channel.leave()
        if not self._is_closed:
            self._is_closed = True
            self._on_close()

    def _run(self) -> None:
        try:
            self._write(self._channel)
        except BaseException as error:  # noqa: BLE001  # raised again in the thread that reads the pieces
            self._channel.broken(error)
        else:
            self._channel.whole()
