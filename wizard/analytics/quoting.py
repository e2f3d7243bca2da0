"""Quotes values that visitors or addresses brought, so that a page or a sentence can hold them."""

OPTION_CHARACTERS = 60
ISOLATE, END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
TURNING = dict.fromkeys([0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""The characters that set a direction (Unicode Standard Annex 9, 2 "Directional Formatting Characters")."""


def in_an_option(text: str) -> str:
    """A value from outside for an `<option>`, which takes no `<bdi>`: shortened, and isolated in its direction.

    Characters that would turn what follows around are left out, so that none ends the isolation.
    """
    kept = text.translate(TURNING)
    short = kept if len(kept) <= OPTION_CHARACTERS else f"{kept[: OPTION_CHARACTERS - 1]}…"
    return short if short.isascii() else f"{ISOLATE}{short}{END}"


def quoted(text: str) -> str:
    """A value of an address for a sentence: shortened, and without characters that can't be seen."""
    seen = "".join(filter(str.isprintable, text))
    return f"“{in_an_option(seen)}”"
