"""Parts that are compressed beforehand, joined with what is not."""

import gzip

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.web import brotli_parts, gzip_parts
from wizard.web.parts import Parts, cut

TEXT = st.text(max_size=40) | st.sampled_from(["<li>" * 60, "é" * 5000, '">\n<input type="hidden" value="', "A1"])
VALUES = st.fixed_dictionaries({"a": st.binary(max_size=700), "b": st.binary(max_size=300)})
LONG = 70_000


@given(texts=st.lists(TEXT, min_size=1, max_size=8), values=VALUES, data=st.data())
def test_gzip_reads_the_text_with_its_gaps_filled(
    texts: list[str], values: dict[str, bytes], data: st.DataObject
) -> None:
    gaps = data.draw(st.lists(st.sampled_from("ab"), min_size=len(texts) - 1, max_size=len(texts) - 1))
    parts = Parts([text.encode() for text in texts], gaps)
    joined = gzip_parts.join(parts, gzip_parts.compress(parts), values)
    assert gzip.decompress(joined) == parts.filled(values)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 257, 258, 259, 260, 261, 262, 516, 517, 40_000, LONG])
@pytest.mark.parametrize("between", [0, 1, 500, 32_768, LONG])
def test_gzip_refers_to_what_has_stood_before_at_any_length_and_distance(length: int, between: int) -> None:
    parts = Parts([b"<", b"x" * between, b">"], ["a", "a"])
    value = bytes(n % 251 for n in range(length))
    joined = gzip_parts.join(parts, gzip_parts.compress(parts), {"a": value})
    assert gzip.decompress(joined) == parts.filled({"a": value})
    if 20 < length <= 32_000 and between == 500:
        assert len(joined) < length + 600


@given(
    texts=st.lists(TEXT.filter(lambda text: len(text.encode()) >= 2), min_size=1, max_size=5),
    values=VALUES,
    quality=st.sampled_from((5, 11)),
    data=st.data(),
)
def test_brotli_reads_the_text_with_its_gaps_filled(
    texts: list[str], values: dict[str, bytes], quality: int, data: st.DataObject
) -> None:
    gaps = data.draw(st.lists(st.sampled_from("ab"), min_size=len(texts) - 1, max_size=len(texts) - 1))
    parts = Parts([text.encode() for text in texts], gaps)
    ordered = [values[gap] for gap in gaps]
    compressed = brotli_parts.compress(parts, list(map(len, ordered)), quality)
    if compressed is not None:
        assert brotli.decompress(brotli_parts.join(parts, compressed, ordered)) == parts.filled(values)


def test_brotli_is_left_out_where_parts_would_not_fit() -> None:
    assert brotli_parts.compress(Parts([b"<a href=", b">"], ["a"]), [10], 5) is None
    assert brotli_parts.compress(Parts([b"<a href=", b"></a>"], ["a"]), [LONG], 5) is None


def test_a_text_is_cut_wherever_a_placeholder_stands() -> None:
    parts = cut("<A1>é<B2><A1>", {"a": "A1", "b": "B2"})
    assert parts == Parts((b"<", ">é<".encode(), b"><", b">"), ("a", "b", "a"))
    assert parts.filled({"a": b"x", "b": b"y"}) == "<x>é<y><x>".encode()
    assert cut("", {"a": "A1"}) == Parts((b"",), ())
