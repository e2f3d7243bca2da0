"""The colours of the charts: each can be told from its ground, on light and dark pages and on paper."""

import re

import pytest

from wizard.files.bundled import bundled
from wizard.presentation import contrast

GRAPHIC, TEXT = 3.0, 4.5
"""WCAG 2.2: success criteria 1.4.11 and 1.4.3."""

BLOCK = re.compile(r"(?P<media>@media [^{]*\{\s*)?:root(?::not\([^)]*\))? \{(?P<body>[^}]*)\}")
TOKEN = re.compile(r"--([\w-]+):\s*(?:var\(--[\w-]+, )?(#[0-9a-f]{3,6})\b")
DATA = ("now", "before", "path", "lost", "followed", "alternative", "left", "release")


def tokens(look: str) -> dict[str, str]:
    """The colours on a light or a dark page: those of the dark blocks come after the others."""
    found: dict[str, str] = {}
    for sheet in ("tokens.css", "dashboard.css", "dashboard-charts.css"):
        for block in BLOCK.finditer((bundled("static") / sheet).read_text()):
            media = block["media"] or ""
            if not media or (look == "dark" and "prefers-color-scheme: dark" in media):
                found |= {name: _long(colour) for name, colour in TOKEN.findall(block["body"])}
    return found


def _long(colour: str) -> str:
    return colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("name", DATA)
def test_data_has_a_contrast_of_3_with_the_card(look: str, name: str) -> None:
    found = tokens(look)
    assert contrast(found[name], found["surface"]) >= GRAPHIC


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("name", ["lost", "good", "bad", "muted", "ink"])
def test_text_in_a_chart_has_a_contrast_of_4_5_with_the_card(look: str, name: str) -> None:
    found = tokens(look)
    assert contrast(found[name], found["surface"]) >= TEXT


@pytest.mark.parametrize("look", ["light", "dark"])
def test_those_who_left_are_never_louder_than_those_who_went_on(look: str) -> None:
    found = tokens(look)
    for quiet, loud in (("lost", "path"), ("left", "followed"), ("before", "ink")):
        assert contrast(found[quiet], found["surface"]) < contrast(found[loud], found["surface"])


def test_every_colour_is_there_for_both_looks_and_paper_is_never_dark() -> None:
    light, dark = tokens("light"), tokens("dark")
    assert all(light[name] != dark[name] for name in DATA)
    sheet = (bundled("static") / "dashboard-charts.css").read_text()
    assert "@media screen and (prefers-color-scheme: dark)" in sheet
    assert "@media (prefers-color-scheme: dark)" not in sheet
