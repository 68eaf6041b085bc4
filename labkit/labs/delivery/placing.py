"""Placing orders as a customer's app does: one HTTP request each."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

import pandas as pd
import requests

from labkit.measure.load import run_open_loop
from labkit.measure.traces import recorded

_local = threading.local()


def post_order(
    url: str, order: Mapping[str, Any], timeout_s: float = 30.0, trace: str | None = None
) -> dict[str, Any]:
    """Post one order and say what came of it; a failure is a row too.

    Parameters
    ----------
    url : str
        Where to, for example ``https://…/prod/order``.
    order : mapping
        Sent as JSON in UTF-8, as it is.
    timeout_s : float
        How long to wait for a connection, and then for the answer, in seconds.
    trace : str, optional
        The id of the trace in which the order is recorded.

    Returns
    -------
    dict
        ``order_id``; ``failing`` (whether the order carries ``"error": true``); ``status`` (HTTP
        status, None without an answer); ``answer`` (the body: what its JSON says, or its text);
        ``error`` (None, or why there is no answer).
    """
    row = {"order_id": order["orderId"], "failing": bool(order.get("error"))}
    body = json.dumps(order, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json"} | (recorded(trace) if trace else {})
    try:
        response = _session().post(url, data=body, headers=headers, timeout=timeout_s)
    except requests.RequestException as error:
        return row | {"status": None, "answer": None, "error": f"{type(error).__name__}: {error}"}
    return row | {"status": response.status_code, "answer": _answer(response), "error": None}


def place(
    url: str,
    orders: Sequence[Mapping[str, Any]],
    at_s: Iterable[float],
    timeout_s: float = 30.0,
    executor: Executor | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Place each order at its time, whatever became of the others (an open loop).

    Parameters
    ----------
    url, timeout_s
        As for `post_order`.
    orders : sequence of mapping
    at_s : iterable of float
        When to place them, in seconds from the start: see `labkit.measure.load`.
    executor, progress
        As for `labkit.measure.load.run_open_loop`.

    Returns
    -------
    pandas.DataFrame
        One row per order: ``order_id``, ``failing``, the columns of `run_open_loop`, ``answer``.
    """
    send = partial(post_order, url, timeout_s=timeout_s)
    frame = run_open_loop(send, orders, at_s, executor=executor, progress=progress)
    frame = frame.assign(
        order_id=[order["orderId"] for order in orders],
        failing=[bool(order.get("error")) for order in orders],
        answer=frame.get("answer"),
    )
    return frame[["order_id", "failing", *frame.columns.drop(["order_id", "failing"])]]


def _session() -> requests.Session:
    """Keep one connection per thread: a session is not made for sharing between threads."""
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
    session: requests.Session = _local.session
    return session


def _answer(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return response.text
