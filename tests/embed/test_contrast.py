"""What is said of an accent or a background that can't be read."""

import pytest

from wizard.embed.contrast import grounds, replacements
from wizard.presentation import TEXT_CONTRAST, Presentation, Theme


@pytest.mark.parametrize(("accent", "theme"), [("#be323a", "light"), ("#41a01d", "dark")])
def test_a_contrast_that_is_nearly_enough_is_not_said_to_be_enough(accent: str, theme: Theme) -> None:
    (one,) = replacements(Presentation(theme, accent))
    assert float(one.accent_contrast) < TEXT_CONTRAST <= float(one.contrast)


@pytest.mark.parametrize(
    ("background", "theme", "readable"),
    [
        ("#ffffff", "auto", {"light": True, "dark": False}),
        ("#1d4aff", "auto", {"light": False, "dark": True}),
        ("#ffffff", "dark", {"dark": False}),
        ("transparent", "auto", {"light": True, "dark": True}),
        ("", "auto", {}),
    ],
)
def test_a_background_is_said_to_be_readable_in_the_theme_in_which_it_is_used(
    background: str, theme: Theme, readable: dict[str, bool]
) -> None:
    found = grounds(Presentation(theme, background=background))
    assert {each.theme: each.is_readable for each in found} == readable
    assert all((each.contrast == "") == (background == "transparent") for each in found)


def test_an_accent_is_replaced_by_a_shade_that_is_readable_on_the_background_too() -> None:
    (plain,) = replacements(Presentation("light", "#b06000"))
    (on_grey,) = replacements(Presentation("light", "#b06000", background="#b0b0b0"))
    assert plain.colour != on_grey.colour
    assert float(on_grey.contrast) >= TEXT_CONTRAST
