"""How the pages look to one visitor: what an address may ask for, and colours that can be read."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wizard.files.bundled import bundled
from wizard.presentation import (
    INKS,
    MAX_RADIUS_PX,
    SURFACES,
    TEXT_CONTRAST,
    THEMES,
    TINTS,
    PageColours,
    Presentation,
    colours,
    contrast,
    least_contrast,
    page_colours,
    read_colour,
    read_presentation,
)

COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ({}, Presentation()),
        ({"theme": "dark"}, Presentation(theme="dark")),
        ({"theme": "auto"}, Presentation()),
        ({"theme": "Dark"}, Presentation()),
        ({"accent": "0b7a75"}, Presentation(accent="#0b7a75")),
        ({"accent": "#0B7A75"}, Presentation(accent="#0b7a75")),
        ({"accent": " 0b7 "}, Presentation(accent="#00bb77")),
        ({"accent": "red"}, Presentation()),
        ({"accent": "#0b7a7"}, Presentation()),
        ({"accent": "0b7a75}body{display:none"}, Presentation()),
        ({"background": "FFF"}, Presentation(background="#ffffff")),
        ({"background": " Transparent"}, Presentation(background="transparent")),
        ({"background": "white"}, Presentation()),
        ({"background": "url(//x)"}, Presentation()),
        ({"radius": "8"}, Presentation(radius="8")),
        ({"radius": "08px "}, Presentation(radius="8")),
        ({"radius": "0"}, Presentation(radius="0")),
        ({"radius": "33"}, Presentation()),
        ({"radius": "-1"}, Presentation()),
        ({"radius": "\N{ARABIC-INDIC DIGIT EIGHT}"}, Presentation()),
        ({"locale": "pt-BR"}, Presentation(locale="pt-BR")),
        ({"locale": "../../etc"}, Presentation()),
        ({"locale": "x" * 5000}, Presentation()),
    ],
)
def test_what_can_be_read_is_taken_and_the_rest_left_out(query: dict[str, str], asked: Presentation) -> None:
    assert read_presentation(query) == asked


@given(
    st.sampled_from(THEMES),
    COLOURS,
    st.one_of(COLOURS, st.just("transparent")),
    st.integers(0, MAX_RADIUS_PX),
    st.sampled_from(["", "en", "de-AT"]),
)
def test_it_reads_the_same_again_from_its_own_address(
    theme: str, accent: str, background: str, radius: int, locale: str
) -> None:
    asked = read_presentation(
        {"theme": theme, "accent": accent, "background": background, "radius": str(radius), "locale": locale}
    )
    assert asked.radius == str(radius)
    assert read_presentation(asked.parameters()) == asked
    assert "auto" not in asked.parameters().values()


def test_contrast_is_what_the_guidelines_say() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#ffffff", "#ffffff") == 1


@given(COLOURS)
@example("#000000")
@example("#ffffff")
@example("#ffff00")
def test_every_accent_can_be_read_on_light_and_dark_and_under_the_words_on_it(accent: str) -> None:
    found = colours(accent)
    assert found.fill == accent
    assert contrast(found.fill, found.on_fill) >= TEXT_CONTRAST
    for theme, text in (("light", found.light), ("dark", found.dark)):
        assert read_colour(text) == text
        assert least_contrast(text, theme, accent) >= TEXT_CONTRAST


@given(COLOURS, st.sampled_from(["light", "dark"]))
def test_an_accent_is_changed_no_more_than_it_takes(accent: str, theme: str) -> None:
    towards = {"light": 0, "dark": 255}[theme]
    channels = bytes.fromhex(accent[1:])
    shades = (
        "#" + "".join(f"{round(channel + (towards - channel) * percent / 100):02x}" for channel in channels)
        for percent in range(101)
    )
    least = next(shade for shade in shades if least_contrast(shade, theme, accent) >= TEXT_CONTRAST)
    assert getattr(colours(accent), theme) == least


@given(COLOURS, st.one_of(COLOURS, st.just("")))
@example("#ffffff", "")
@example("#808080", "#ffffff")
@example("#1d4aff", "#1d4aff")
def test_all_text_on_a_background_is_readable_or_the_background_is_refused(background: str, accent: str) -> None:
    themes = {theme: page_colours(background, accent, theme) for theme in ("light", "dark")}
    assert None in themes.values()
    for theme, found in themes.items():
        inks = INKS[theme]
        if found is None:
            assert contrast(inks.ink, background) < TEXT_CONTRAST
            continue
        for text in (inks.ink, found.accent, found.muted, found.wrong):
            assert contrast(text, background) >= TEXT_CONTRAST
            assert contrast(text, SURFACES[theme][0]) >= TEXT_CONTRAST


def test_colours_that_are_readable_on_a_background_stay_as_they_are() -> None:
    inks = INKS["light"]
    assert page_colours("#ffffff", "", "light") == PageColours("#ffffff", inks.accent, inks.muted, inks.wrong)
    assert page_colours("#ffffff", "", "dark") is None
    assert page_colours("#000000", "", "light") is None


@pytest.mark.parametrize("accent", ["#0a5c58", "#1a3fd0"])
def test_an_accent_that_can_be_read_is_left_as_it_is(accent: str) -> None:
    assert colours(accent).light == accent


@pytest.mark.parametrize(("accent", "words"), [("#767676", "#ffffff"), ("#777777", "#000000"), ("#f9bd2b", "#000000")])
def test_words_on_an_accent_are_white_wherever_that_can_be_read(accent: str, words: str) -> None:
    assert colours(accent).on_fill == words


@pytest.mark.parametrize("accent", ["#767676", "#0b7a75", "#ff8800"])
def test_words_can_be_read_on_what_the_accent_tints_as_well(accent: str) -> None:
    text = colours(accent).light
    for surface in SURFACES["light"]:
        mixed = [
            round(under + (over - under) * max(TINTS))
            for under, over in zip(bytes.fromhex(surface[1:]), bytes.fromhex(accent[1:]), strict=True)
        ]
        assert contrast(text, "#" + bytes(mixed).hex()) >= TEXT_CONTRAST


def test_the_surfaces_are_those_of_the_stylesheet() -> None:
    style = "".join((bundled("static") / name).read_text() for name in ("tokens.css", "wizard.css"))
    for variable, (light, dark) in zip(("surface", "page"), zip(*SURFACES.values(), strict=True), strict=True):
        found = re.findall(rf"--{variable}: var\(--wizard-{variable}, (#\w+)\)", style)
        assert [read_colour(colour) for colour in found] == [light, dark, dark]
    for tint in TINTS:
        assert re.search(rf"color-mix\(in srgb, var\(--fill\) {tint:.0%},", style)


def test_the_colours_of_text_are_those_of_the_stylesheet() -> None:
    style = (bundled("static") / "tokens.css").read_text()
    for name in ("ink", "muted", "wrong", "fill"):
        found = re.findall(rf"--{name}: (?:var\(--wizard-\w+, )?(#\w+)", style)
        light, dark = (getattr(INKS[theme], "accent" if name == "fill" else name) for theme in ("light", "dark"))
        assert found == [light, dark, dark], name


def test_dark_is_the_same_by_setting_and_by_system() -> None:
    style = (bundled("static") / "tokens.css").read_text()
    wished, given_by_host = re.findall(r"\{\s*(color-scheme: dark;.*?)\}", style, re.DOTALL)
    assert wished.split() == given_by_host.split()
