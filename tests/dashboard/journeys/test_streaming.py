"""A streamed response waits for a slow client, up to a limit."""

import threading

import pytest

from wizard.dashboard.journeys.encoders import MARK, Plain
from wizard.dashboard.journeys.streaming import PIECE_BYTES, PIECES, Channel, Gone, Stream

WAIT_SECONDS = 10
DATA = b"x" * PIECE_BYTES


def test_a_writer_is_held_back_until_pieces_are_taken() -> None:
    written = []
    held, done = threading.Event(), threading.Event()

    def write(channel: Channel) -> None:
        for number in range(3 * PIECES):
            written.append(number)
            if number == PIECES + 1:  # one piece has been taken when the stream was made
                held.set()
            channel.write(DATA)
        done.set()

    stream = Stream(Plain(), write, on_close=lambda: None)
    assert held.wait(WAIT_SECONDS)
    assert not done.wait(0.2)
    assert len(written) == PIECES + 2
    assert sum(len(piece) for piece in stream) == 3 * PIECES * PIECE_BYTES
    assert done.is_set()


def test_who_takes_nothing_for_too_long_is_given_up_and_finds_that_it_broke_off() -> None:
    channel = Channel(Plain(), stalled_seconds=0.01)
    for _ in range(PIECES):
        channel.write(DATA)
    with pytest.raises(Gone) as raised:
        channel.write(DATA)
    channel.broken(raised.value)
    taken = [channel.take() for _ in range(PIECES + 1)]
    assert (taken[-1] or b"").endswith(MARK)
    with pytest.raises(Gone):
        channel.take()


def test_what_fails_before_it_has_written_anything_fails_where_it_is_begun() -> None:
    closed = []

    def write(_: Channel) -> None:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        Stream(Plain(), write, on_close=lambda: closed.append(1))
    assert closed == [1]


def test_where_no_thread_can_be_started_its_room_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="new thread"):
        Stream(Plain(), lambda _: None, on_close=lambda: closed.append(1))
    assert closed == [1]


def test_closing_twice_gives_its_room_back_once() -> None:
    closed = []

    def write(channel: Channel) -> None:
        channel.write(DATA)

    stream = Stream(Plain(), write, on_close=lambda: closed.append(1))
    assert b"".join(stream) == DATA
    stream.close()
    assert closed == [1]
