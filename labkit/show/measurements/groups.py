"""Groups of calls: in which order to draw them, and what to call them and their values."""

from __future__ import annotations

import pandas as pd

AXIS_LABELS = {
    "client_ms": "time until the answer (ms)",
    "init_ms": "Init Duration (ms)",
    "duration_ms": "Duration (ms)",
    "residual_ms": "unreported time (ms)",
    "billed_ms": "Billed Duration (ms)",
    "latency_ms": "time since it should have been sent (ms)",
}


def axis_label(value: str) -> str:
    """Say what a column holds."""
    return AXIS_LABELS.get(value, value)


def groups(calls: pd.DataFrame, by: str) -> dict[str, pd.DataFrame]:
    """Split calls by a column: an experiment's arms as designed, numbers by size.

    Returns
    -------
    dict of str to pandas.DataFrame
        Name to show → the group's rows.
    """
    present = calls.dropna(subset=[by])
    kind = present[by].dtype
    number = pd.api.types.is_numeric_dtype(kind)
    in_order = number or isinstance(kind, pd.CategoricalDtype)
    return {
        f"{by} {group}" if number else str(group): rows
        for group, rows in present.groupby(by, sort=in_order, observed=True)
    }
