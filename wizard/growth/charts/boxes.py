"""The small boxes that tell exact figures while something in the funnel is pointed at or has focus."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from wizard.growth.charts.svg import put, text_width

SIZE = 12.5
LINE = 18
EDGE = 10
AWAY = 12
LONGEST = 46


def draw_box(parent: Element, lines: Sequence[str], at: tuple[float, float], inside: tuple[float, float]) -> None:
    """A box with these lines above the point `at`, or below it where there is no room; all of it `inside` a picture."""
    lines = [part for line in lines for part in _broken(line)]
    width = max(text_width(line, SIZE) for line in lines) + 2 * EDGE
    height = LINE * len(lines) + EDGE
    x = min(max(at[0] - width / 2, 1), inside[0] - width - 1)
    y = at[1] - AWAY - height if at[1] - AWAY - height >= 1 else min(at[1] + AWAY, inside[1] - height - 1)
    box = put(parent, "g", "tip", aria_hidden="true")
    put(box, "rect", x=x, y=y, width=width, height=height, rx=7)
    for place, line in enumerate(lines):
        put(box, "text", "" if place else "when", line, x=x + EDGE, y=y + EDGE / 2 + LINE * place + 13)


def _broken(line: str) -> list[str]:
    """A line that is too long for a phone, as several; a word that is, cut."""
    found = [""]
    for word in line.split():
        short = word if len(word) <= LONGEST else f"{word[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
        if found[-1] and len(found[-1]) + 1 + len(short) > LONGEST:
            found.append("")
        found[-1] = f"{found[-1]} {short}".strip()
    return found
