"""Writes rows under the names of their columns, for terminals and for notebooks."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence


def as_text(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return one line for the columns' names and one for each row; none where there is no row."""
    if not rows:
        return []
    table = [columns, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def as_html(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; nothing where there is no row."""
    if not rows:
        return ""
    body = "".join(_line(row, "td") for row in rows)
    return f"<table><thead>{_line(columns, 'th')}</thead><tbody>{body}</tbody></table>"


def _line(cells: Iterable[str], tag: str) -> str:
    written = (f'<{tag} style="text-align: left">{html.escape(cell)}</{tag}>' for cell in cells)
    return f"<tr>{''.join(written)}</tr>"
