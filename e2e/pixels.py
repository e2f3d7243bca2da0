"""How exactly places and sizes on a page can be compared."""

from typing import Any

import pytest

PIXEL = 1
"""By how much a measured place or size may differ: fractions are rounded, and a page may be laid out anew meanwhile."""


def within_a_pixel(expected: Any) -> Any:
    """What equals `expected`, a number or a list that holds some, to the pixel; anything else in a list exactly."""
    return pytest.approx(expected, abs=PIXEL)
