"""Metrics as a tidy frame, from one GetMetricData."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd


def series(cloudwatch: Any, queries: Sequence[dict[str, Any]], minutes: float = 15) -> pd.DataFrame:
    """Return the data points of some queries.

    Parameters
    ----------
    cloudwatch
        A boto3 client.
    queries : sequence of dict
        As ``MetricDataQueries`` of GetMetricData.
    minutes : float
        How far back to look.

    Returns
    -------
    pandas.DataFrame
        ``series`` (the query's label, or its id), ``at`` (UTC), ``value``; the oldest first.
    """
    now = dt.datetime.now(dt.UTC)
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=list(queries),
        StartTime=now - dt.timedelta(minutes=minutes),
        EndTime=now + dt.timedelta(minutes=1),
        ScanBy="TimestampAscending",
    )
    labels = {query["Id"]: query.get("Label") or query["Id"] for query in queries}
    rows = [
        {"series": labels[one["Id"]], "at": at, "value": value}
        for one in answer["MetricDataResults"]
        for at, value in zip(one["Timestamps"], one["Values"], strict=True)
    ]
    return pd.DataFrame(rows, columns=["series", "at", "value"])
