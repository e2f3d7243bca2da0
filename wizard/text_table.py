"""Prints tables as aligned plain text, as the commands show them."""

from collections.abc import Iterable, Sequence

GAP = "  "


def text_table(rows: Iterable[Sequence[str]], *, numbers: bool = False, heading_rule: bool = False) -> str:
    """`rows` of cells, one line each, in columns two spaces apart, without spaces at the ends of lines.

    Columns are aligned to the left; with `numbers`, all but the first to the right. `heading_rule` draws a line of
    dashes below the first row. All rows have the same number of cells.
    """
    kept = list(rows)
    widths = [max(map(len, column)) for column in zip(*kept, strict=True)]
    if heading_rule:
        kept.insert(1, ["-" * width for width in widths])
    return "\n".join(_line(row, widths, numbers=numbers) for row in kept)


def _line(row: Sequence[str], widths: Sequence[int], *, numbers: bool) -> str:
    cells = (
        cell.rjust(width) if numbers and position else cell.ljust(width)
        for position, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return GAP.join(cells).rstrip()
