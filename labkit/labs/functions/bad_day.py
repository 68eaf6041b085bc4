"""A bad day: one function takes all that is unreserved, and the others see what they had."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd

from labkit.labs.functions.deployment import deploy
from labkit.labs.lab_run import LabRun
from labkit.measure.calls import call_frame, calls_under_load, measured_call
from labkit.measure.load import steady
from labkit.polling import wait_until

LEFT = 100
"""What Lambda keeps unreserved (its Developer Guide, reserved concurrency)."""
GUESTS_PER_S, FOR_S, STAY_S = 40, 4, 6
TRIES = 5


def bad_day(lab: LabRun, caller: Any, source: str, important: str, unreserved: int) -> pd.DataFrame:
    """Fill all that is unreserved with one function's calls, then call two others.

    A function that is never called reserves what else there is, so that a hundred calls are enough.
    In an account that others use, their functions would starve, too: call it only where nobody else
    is. Afterwards that reservation is gone.

    Parameters
    ----------
    caller
        A Lambda client that repeats nothing, with a connection for each guest.
    source
        The file in `lab.folder` whose `handler` sleeps for ``event["seconds"]``.
    important
        The function that has reserved concurrency; "website" has not, and "party" fills the rest.
    unreserved
        What the account's functions without a reservation share now.

    Returns
    -------
    pandas.DataFrame
        The columns of `call_frame` and ``who``: party, website or the important one.
    """
    awslambda = lab.client("lambda")
    for logical in ("party", "website", "parked"):
        deploy(lab, logical, source, memory_mb=128, timeout_s=20)
    awslambda.put_function_concurrency(
        FunctionName=lab.name("parked"), ReservedConcurrentExecutions=unreserved - LEFT
    )

    def call(logical: str) -> dict[str, Any]:
        return measured_call(caller, lab.name(logical), {"seconds": 0.1})

    try:
        with ThreadPoolExecutor(1) as aside:
            guests = aside.submit(_party, lab, caller)
            wait_until(
                lambda: guests.done() or call("website")["status"] == "throttled",
                seconds=60,
                what="the party to be full",
            )
            others = call_frame(call(who) for who in ["website"] * TRIES + [important] * TRIES)
    finally:
        awslambda.delete_function_concurrency(FunctionName=lab.name("parked"))
    day = pd.concat([guests.result(), others])
    return day.assign(who=day["function"].str.rpartition("-")[2])


def _party(lab: LabRun, caller: Any) -> pd.DataFrame:
    """Send more guests than there are seats, who stay for a while."""
    at_s = steady(rate_per_s=GUESTS_PER_S, seconds=FOR_S)
    orders = [{"seconds": STAY_S}] * len(at_s)
    return calls_under_load(caller, lab.name("party"), orders, at_s, progress=False)
