"""A text in parts, with gaps between them that are filled for each request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parts:
    """`texts` are what is between the gaps, one more than there are names in `gaps`; a name may come several times."""

    texts: Sequence[bytes]
    gaps: Sequence[str]

    @property
    def size_bytes(self) -> int:
        """The length of the text, its gaps empty."""
        return sum(map(len, self.texts))

    def filled(self, values: Mapping[str, bytes]) -> bytes:
        """The text with its gaps filled from `values`."""
        pieces = [self.texts[0]]
        for gap, text in zip(self.gaps, self.texts[1:], strict=True):
            pieces += (values[gap], text)
        return b"".join(pieces)


def cut(text: str, placeholders: Mapping[str, str]) -> Parts:
    """`text` with a gap wherever one of the `placeholders` stands, which are by the gap's name."""
    names = {placeholder: name for name, placeholder in placeholders.items()}
    texts, gaps = [], []
    position = 0
    while found := min(((at, mark) for mark in names if (at := text.find(mark, position)) >= 0), default=None):
        at, mark = found
        texts.append(text[position:at].encode())
        gaps.append(names[mark])
        position = at + len(mark)
    return Parts((*texts, text[position:].encode()), tuple(gaps))
