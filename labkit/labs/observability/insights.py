"""One question to Logs Insights, asked and waited for."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from labkit.polling import NotInTime, wait_until

OVER = ("Complete", "Failed", "Cancelled", "Timeout")


def ask(
    logs: Any,
    groups: Iterable[str],
    query: str,
    minutes: float = 30,
    until: Callable[[pd.DataFrame], bool] = lambda frame: not frame.empty,
    seconds: float = 60.0,
) -> pd.DataFrame:
    """Ask Logs Insights, again while the answer is not complete yet, and return the rows.

    Parameters
    ----------
    logs
        A boto3 client.
    groups : iterable of str
        The log groups to look into, 50 at most.
    query : str
        The query.
    minutes : float
        How far back to look.
    until : callable
        Tells of an answer whether it will do; log lines need some seconds on AWS.
    seconds : float
        How long to ask again; then the last answer is returned as it is.

    Returns
    -------
    pandas.DataFrame
        One row for each result, one column for each field; texts throughout, as AWS answers.
    """
    chosen, answers = list(groups), list[pd.DataFrame]()

    def will_do() -> bool:
        answers[:] = [_ask(logs, chosen, query, minutes)]
        return until(answers[0])

    with contextlib.suppress(NotInTime):
        wait_until(will_do, seconds, "the answer of Logs Insights")
    return answers[0]


def _ask(logs: Any, groups: list[str], query: str, minutes: float) -> pd.DataFrame:
    """Ask once; nothing is found while one of the groups is not there yet."""
    now = int(time.time())
    try:
        started = logs.start_query(
            logGroupNames=groups,
            startTime=now - int(minutes * 60),
            endTime=now + 60,
            queryString=query,
        )
    except logs.exceptions.ResourceNotFoundException:
        return pd.DataFrame()

    def over() -> dict[str, Any]:
        found: dict[str, Any] = logs.get_query_results(queryId=started["queryId"])
        return found if found["status"] in OVER else {}

    answer = wait_until(over, 60, "Logs Insights to answer")
    rows = [
        {field["field"]: field["value"] for field in row if field["field"] != "@ptr"}
        for row in answer["results"]
    ]
    return pd.DataFrame(rows)
