"""What Lambda's documented rules predict: duration and price by memory, concurrency, backlogs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labkit.labs.functions.memory_curve import ONE_VCPU_MB
from labkit.prices import HOURS_A_MONTH, Unit, price

SCALES_BY, SCALES_EVERY_S = 1000, 10
"""Environments that a function may add in so many seconds, refilled continuously (Lambda Developer
Guide, Lambda scaling behavior)."""

POLLERS_AT_FIRST, POLLERS_A_MINUTE, MOST_POLLERS = 5, 300, 1250
"""Concurrent invocations of an SQS event source mapping (Lambda Developer Guide, "Configuring
scaling behavior for SQS event source mappings")."""

Numbers = NDArray[np.float64]


def duration_ms(memory_mb: Numbers, computes_ms: float, waits_ms: float) -> Numbers:
    """Predict a warm call's duration: computing takes 1769/m times as long, waiting does not.

    Holds for one thread, which a second vCPU does not help.

    Parameters
    ----------
    memory_mb : array of float
    computes_ms : float
        CPU time on one whole vCPU.
    waits_ms : float
        For a network, a disk, a kitchen.

    Returns
    -------
    numpy.ndarray
        ms.
    """
    share = np.minimum(memory_mb, ONE_VCPU_MB) / ONE_VCPU_MB
    slowed: Numbers = computes_ms / share + waits_ms
    return slowed


def concurrency(rate_per_s: float, duration_s: float) -> float:
    """Mean number of calls under way: arrival rate × time in the system (Little 1961)."""
    return rate_per_s * duration_s


def busy_distribution(mean: float) -> pd.DataFrame:
    """Say how likely each number of calls under way is, if callers come independently.

    Poisson with that mean, whatever the durations' distribution (the M/G/∞ queue), while nothing
    is throttled.

    Returns
    -------
    pandas.DataFrame
        ``calls``, ``probability``, ``at_most`` (that many or fewer), as far as 0.9999.
    """
    most = math.ceil(mean + 5 * math.sqrt(mean) + 5)
    calls = np.arange(most + 1)
    logs = [n * math.log(mean) - mean - math.lgamma(n + 1) for n in calls]
    probability = np.exp(logs)
    return pd.DataFrame(
        {"calls": calls, "probability": probability, "at_most": probability.cumsum()}
    )


def enough_for(mean: float, share: float) -> int:
    """Smallest concurrency that is enough for this share of the time; see `busy_distribution`."""
    table = busy_distribution(mean)
    return int(table.loc[table["at_most"] >= share, "calls"].iloc[0])


def scale_out(rate_per_s: float, duration_s: float, limit: int, seconds: float) -> pd.DataFrame:
    """Predict what a sudden steady load meets: what it wants, and what Lambda may give it.

    Starts without a warm environment. Lambda may start 1,000 at once and 100 more each second, up
    to the limit of the function or the account; a call that finds none is turned away.

    Parameters
    ----------
    rate_per_s, duration_s : float
        Load, and how long each call runs, initialisation included.
    limit : int
        Reserved concurrency of the function, or what the account has left.
    seconds : float
        How far to look.

    Returns
    -------
    pandas.DataFrame
        ``seconds``, ``wanted``, ``allowed`` (concurrent calls).
    """
    at = np.linspace(0.0, seconds, 301)
    wanted = rate_per_s * np.minimum(at, duration_s)
    allowed = np.minimum(limit, SCALES_BY + SCALES_BY / SCALES_EVERY_S * at)
    return pd.DataFrame({"seconds": at, "wanted": wanted, "allowed": allowed})


def provisioned_month(
    memory_mb: float, environments: int, busy: Numbers, region: str = "us-east-1"
) -> pd.DataFrame:
    """Price a month of provisioned concurrency beside the same calls on demand.

    Requests cost the same either way and are left out.

    Parameters
    ----------
    memory_mb : float
    environments : int
    busy : array of float
        Share of the time in which the environments run calls, 0 to 1.
    region : str
        A Region for which `labkit.prices` has both prices of provisioned concurrency.

    Returns
    -------
    pandas.DataFrame
        ``busy``, ``on_demand_usd``, ``provisioned_usd`` (a month of 730 hours).
    """
    gb_seconds = memory_mb / 1024 * environments * HOURS_A_MONTH * 3600
    each = {
        item: price(f"lambda-{item}", region).each(Unit.GB_SECOND)
        for item in ("x86-gb-second", "provisioned-gb-second", "provisioned-duration-gb-second")
    }
    kept = gb_seconds * each["provisioned-gb-second"]
    running = gb_seconds * busy * each["provisioned-duration-gb-second"]
    return pd.DataFrame(
        {
            "busy": busy,
            "on_demand_usd": gb_seconds * busy * each["x86-gb-second"],
            "provisioned_usd": kept + running,
        }
    )


@dataclass(frozen=True)
class Backlog:
    """How a queue drains.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``seconds``, ``concurrency``, ``waiting`` (messages).
    empty_s : float
        When the last message was taken.
    """

    frame: pd.DataFrame
    empty_s: float


def drain(messages: int, seconds_each: float, maximum: int = MOST_POLLERS) -> Backlog:
    """Predict how an event source mapping works through a queue that is full at the start.

    One message per batch. Five at once, 300 more each minute, up to the maximum: AWS's documented
    rules, taken as a continuous ramp.

    Parameters
    ----------
    messages : int
    seconds_each : float
        The function's duration.
    maximum : int
        Maximum concurrency of the mapping: 2 to 1,000; 1,250 without one.
    """
    step_s = max(0.05, min(1.0, seconds_each / 4))
    limit_s = messages * seconds_each / min(POLLERS_AT_FIRST, maximum) + step_s
    seconds = np.arange(0.0, limit_s + step_s, step_s)
    ramp = POLLERS_AT_FIRST + POLLERS_A_MINUTE / 60 * seconds
    at_once = np.minimum(ramp, min(maximum, MOST_POLLERS))
    done = np.concatenate([[0.0], np.cumsum(at_once[:-1] * step_s / seconds_each)])
    waiting = np.maximum(messages - done, 0)
    empty = int(np.argmax(waiting <= 0))
    frame = pd.DataFrame({"seconds": seconds, "concurrency": at_once, "waiting": waiting})
    return Backlog(frame.iloc[: empty + 1], float(seconds[empty]))
