"""Shows texts that others wrote on one line."""


def printable(text: str) -> str:
    """`text` with escapes for what would move a terminal's cursor, or turn the direction of what stands beside it."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
