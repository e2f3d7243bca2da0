"""Lines of a journal: what is written is read back as it was, and anything else is known to be none."""

import pytest
from hypothesis import assume, given
from visits import Visitor, visits

from wizard.events.admission import Tally
from wizard.intake.journal_line import (
    MARKER_BYTES,
    Content,
    Line,
    decode_content,
    decode_line,
    encode_count,
    encode_events,
    encode_line,
)

EMPTY = encode_line(1, 0, b"")
WHOLE = encode_line(12, 2, b'{"count":[0,"bot",""]}')


@given(visits())
def test_events_are_read_back_as_they_were(visitor: Visitor) -> None:
    events = visitor.events
    assume(events)
    half = len(events) // 2
    content = decode_content(encode_events(events[half:], events[:half]))
    assert (content.asked, content.implied, content.tally) == (events[half:], events[:half], None)
    assert [event.event_id for event in content.asked] == [event.event_id for event in events[half:]]


def test_counts_are_read_back_as_they_were() -> None:
    tally = Tally(86_400_000, "rejected", "too-long")
    assert decode_content(encode_count(tally)) == Content(tally=tally)
    assert decode_content(b"") == Content()


def test_a_line_is_read_back_with_its_numbers() -> None:
    assert decode_line(WHOLE.rstrip(b"\n")) == Line(12, 2, b'{"count":[0,"bot",""]}')
    assert decode_line(EMPTY.rstrip(b"\n")) == Line(1, 0, b"")
    assert len(encode_line(10**18 - 1, 0, b"")) <= MARKER_BYTES


@pytest.mark.parametrize("cut", range(len(WHOLE) - 1))
def test_a_line_that_is_cut_short_or_spoiled_anywhere_is_none(cut: int) -> None:
    line = WHOLE.rstrip(b"\n")
    assert decode_line(line[:cut]) is None
    assert decode_line(line[:cut] + bytes([line[cut] ^ 1]) + line[cut + 1 :]) is None
