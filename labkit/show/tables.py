"""A small table that reads well on screen, in a terminal and to a screen reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from numbers import Integral
from typing import Any

import pandas as pd

MOST_ROWS = 20
MISSING = "–"


@dataclass(frozen=True)
class CaptionedTable:
    """A frame with a caption; as the last value of a notebook cell it shows itself."""

    caption: str
    columns: list[str] = field(repr=False)
    rows: list[list[str]] = field(repr=False)
    numeric: list[bool] = field(repr=False)
    left_out: int = 0

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th scope="col" style="{_align(number)}">{escape(name)}</th>'
            for name, number in zip(self.columns, self.numeric, strict=True)
        )
        body = "".join(f"<tr>{self._cells(row)}</tr>" for row in self.rows)
        return (
            '<table><caption style="caption-side: top; text-align: left;">'
            f"{escape(self._said())}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def _cells(self, row: list[str]) -> str:
        return "".join(
            f'<td style="{_align(number)}{_whole(cell)}">{escape(cell)}</td>'
            for cell, number in zip(row, self.numeric, strict=True)
        )

    def __repr__(self) -> str:
        frame = pd.DataFrame(self.rows, columns=self.columns)
        return f"{self._said()}\n{frame.to_string(index=False)}"

    def _said(self) -> str:
        more = f" (and {self.left_out:,} more rows)" if self.left_out else ""
        return self.caption + more


def table(frame: pd.DataFrame, caption: str, most_rows: int = MOST_ROWS) -> CaptionedTable:
    """Make a table of a frame: its columns only, not its index.

    Times are shown as HH:MM:SS.mmm in UTC, numbers with one decimal, yes and no for flags, and a
    dash for what is missing.

    Parameters
    ----------
    frame : pandas.DataFrame
    caption : str
        Says what the table shows.
    most_rows : int
        Rows to show; how many more there are stands in the caption.

    Returns
    -------
    CaptionedTable
    """
    shown = frame.head(most_rows)
    return CaptionedTable(
        caption=caption,
        columns=[str(name) for name in frame.columns],
        rows=[[_written(value) for value in row] for row in shown.itertuples(index=False)],
        numeric=[_is_number(frame.iloc[:, i]) for i in range(frame.shape[1])],
        left_out=len(frame) - len(shown),
    )


def _is_number(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _align(number: bool) -> str:
    return "text-align: right;" if number else "text-align: left;"


def _whole(cell: str) -> str:
    """Keep a name such as private-1 on one line: browsers break at hyphens."""
    return " white-space: nowrap;" if "-" in cell and " " not in cell else ""


def _written(value: Any) -> str:
    if isinstance(value, list | tuple | dict):
        return str(value)
    if pd.isna(value):
        return MISSING
    if pd.api.types.is_bool(value):
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp):
        return value.strftime("%H:%M:%S.%f")[:-3]
    if isinstance(value, float):
        return f"{value:,.1f}"
    if isinstance(value, Integral):
        return f"{int(value):,}"
    return str(value)
