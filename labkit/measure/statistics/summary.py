"""A table of medians and tails by group."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from labkit.measure.frames import COUNT, MILLISECONDS, TEXT, typed_frame
from labkit.measure.statistics.intervals import (
    CONFIDENCE,
    minimum_samples,
    present,
    quantile_interval,
)

SUMMARY_COLUMNS = {
    "group": TEXT,
    "n": COUNT,
    "median": MILLISECONDS,
    "low": MILLISECONDS,
    "high": MILLISECONDS,
    "p95": MILLISECONDS,
    "p99": MILLISECONDS,
}


def summarise(
    frame: pd.DataFrame, value: str, by: str, confidence: float = CONFIDENCE
) -> pd.DataFrame:
    """Describe a column by group; what too few values cannot tell stays missing.

    Returns
    -------
    pandas.DataFrame
        One row per group, an experiment's arms as designed: ``group``, ``n``, ``median`` with
        ``low`` and ``high``, ``p95``, ``p99``, all in the unit of `value`.
    """
    rows = []
    as_designed = isinstance(frame[by].dtype, pd.CategoricalDtype)
    for group, values in frame.groupby(by, sort=as_designed, observed=True)[value]:
        found = present(values)
        row: dict[str, Any] = {"group": str(group), "n": len(found)}
        if len(found) >= minimum_samples(0.5, confidence):
            median = quantile_interval(found, 0.5, confidence)
            row |= {"median": median.estimate, "low": median.low, "high": median.high}
        for name, quantile in (("p95", 0.95), ("p99", 0.99)):
            if len(found) >= minimum_samples(quantile, confidence):
                row[name] = float(np.quantile(found, quantile))
        rows.append(row)
    return typed_frame(rows, SUMMARY_COLUMNS)
