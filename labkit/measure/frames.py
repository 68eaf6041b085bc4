"""Frames with the same column types whether they hold a thousand rows or none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

UTC_TIME = "datetime64[us, UTC]"
MILLISECONDS = "float64"
SECONDS = "float64"
COUNT = "Int64"
TEXT = "string"
FLAG = "boolean"


def typed_frame(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Build a frame of exactly these columns, in this order, with these types.

    Parameters
    ----------
    rows : iterable of mapping
        One mapping per row; a column that a row lacks is missing (NaN, NaT or <NA>) there.
    columns : mapping of str to str
        Column name to pandas dtype, in the order wanted.

    Returns
    -------
    pandas.DataFrame
    """
    listed = list(rows)
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name) for row in listed], dtype=kind)
            for name, kind in columns.items()
        }
    )
