"""What is said of an accent that can't be read."""

import pytest

from wizard.embed.contrast import replacements
from wizard.presentation import TEXT_CONTRAST, Theme


@pytest.mark.parametrize(("accent", "theme"), [("#be323a", "light"), ("#41a01d", "dark")])
def test_a_contrast_that_is_nearly_enough_is_not_said_to_be_enough(accent: str, theme: Theme) -> None:
    (one,) = replacements(accent, theme)
    assert float(one.accent_contrast) < TEXT_CONTRAST <= float(one.contrast)
