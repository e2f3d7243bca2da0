"""What is said of an accent that can't be read."""

import pytest

from wizard.embed.readability import replaced
from wizard.presentation import TEXT_CONTRAST, Theme


@pytest.mark.parametrize(("accent", "theme"), [("#0961c2", "light"), ("#03a0ae", "dark")])
def test_a_contrast_that_is_nearly_enough_is_not_said_to_be_enough(accent: str, theme: Theme) -> None:
    (one,) = replaced(accent, theme)
    assert float(one.contrast) < TEXT_CONTRAST <= float(one.shown_contrast)
