"""Frames that have the same types whatever their rows hold, or lack."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from labkit.measure.frames import COUNT, FLAG, MILLISECONDS, TEXT, UTC_TIME, typed_frame

COLUMNS = {"at": UTC_TIME, "ms": MILLISECONDS, "n": COUNT, "name": TEXT, "held": FLAG}
WHOLE = {"at": datetime(2026, 1, 1, tzinfo=UTC), "ms": 1.5, "n": 2, "name": "서울", "held": True}
MISSING = (None, pd.NaT, pd.NA, float("nan"))


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{}],
        [WHOLE],
        [WHOLE, {}],
        [{"at": pd.NaT}, {"at": pd.NaT}],
        [{"at": None, "ms": None}, {"at": pd.NaT, "ms": float("nan"), "n": pd.NA}],
        [{"n": 1.0, "name": pd.NA}, {"n": float("nan"), "held": None}],
    ],
)
def test_every_frame_has_the_types_that_were_asked_for(rows: list[dict[str, Any]]) -> None:
    frame = typed_frame(rows, COLUMNS)
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == COLUMNS
    assert len(frame) == len(rows)
    for name in COLUMNS:
        lacks = [row.get(name) is None or bool(pd.isna(row[name])) for row in rows]
        assert frame[name].isna().tolist() == lacks


def test_what_a_row_holds_comes_back() -> None:
    (row,) = typed_frame([{**WHOLE, "other": 1}], COLUMNS).to_dict("records")
    assert row == WHOLE
