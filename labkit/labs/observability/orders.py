"""Orders with a trace that is recorded for certain."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import requests

from labkit.measure.traces import new_trace, recorded


def place_watched(url: str, order: Mapping[str, Any], timeout_s: float = 30.0) -> dict[str, Any]:
    """Place one order in a trace of its own that is recorded, whatever the sampling rules say.

    Returns
    -------
    dict
        ``order_id``, ``status`` (HTTP status; None without an answer), ``trace``, ``seconds``.
    """
    trace = new_trace()
    headers = {"Content-Type": "application/json"} | recorded(trace)
    body = json.dumps(order, ensure_ascii=False).encode()
    began = time.perf_counter()
    try:
        status = requests.post(url, data=body, headers=headers, timeout=timeout_s).status_code
    except requests.RequestException:
        status = None
    seconds = round(time.perf_counter() - began, 3)
    return {"order_id": order["orderId"], "status": status, "trace": trace, "seconds": seconds}


def place_some(url: str, orders: Iterable[Mapping[str, Any]], gap_s: float = 0.2) -> pd.DataFrame:
    """Place orders one after the other; return a row for each, as `place_watched` does."""
    rows = []
    for order in orders:
        rows.append(place_watched(url, order))
        time.sleep(gap_s)
    return pd.DataFrame(rows)
