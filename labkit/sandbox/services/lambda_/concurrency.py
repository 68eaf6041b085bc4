"""Who may run now: the account's limit, reserved concurrency, and the answer to one too many.

Source: Lambda Developer Guide, "Understanding Lambda function scaling"; texts of the Lambda API.
"""

from __future__ import annotations

import functools
import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.upstream.lambda_ import lambda_svc

ACCOUNT_LIMIT = 1000
"""Concurrent executions of one account in one Region, by default."""

UNRESERVED_MINIMUM = 100
"""What has to stay unreserved (Lambda Developer Guide, "Configuring reserved concurrency")."""

SCALING = 1000
"""How many environments a function gets in 10 seconds; what is not used is not saved up."""

SCALING_SECONDS = 10.0

SMALL_MINIMUM = 10
"""The same in a new account, whose limit may be 10, so that any reservation fails."""


class ThrottledError(Exception):
    """There is no concurrency left for a call; the message is AWS's `Reason`."""


class Concurrency:
    """Counts the calls in flight of every account, Region and function."""

    def __init__(self) -> None:
        self._in_flight: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._by_provisioned: Counter[tuple[str, str, str, str]] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def slot(
        self, account: str, region: str, name: str, version: str, provisioned: int
    ) -> Iterator[int]:
        """Hold one unit of concurrency; give the function's calls in flight, this one included.

        What is provisioned for a version serves its calls first. It is a part of the function's
        reserved concurrency, so that other calls have the rest of that.

        Parameters
        ----------
        account, region, name, version
            What is called.
        provisioned
            How many calls of that version have provisioned environments.

        Raises
        ------
        ThrottledError
            If the function's reserved or the account's unreserved concurrency is used up.
        """
        with self._lock:
            calls = self._in_flight[account, region]
            function, served = (account, region, name, version), self._by_provisioned
            has_own = served[function] < provisioned
            if not has_own:
                elsewhere = sum(n for key, n in served.items() if key[:3] == function[:3])
                reason = _refusal(calls, name, elsewhere)
                if reason is not None:
                    raise ThrottledError(reason)
            if has_own:
                served[function] += 1
            calls[name] += 1
            running = calls[name]
        try:
            yield running
        finally:
            with self._lock:
                if has_own:
                    served[function] -= 1
                calls[name] -= 1

    def total(self, account: str, region: str) -> int:
        """Return the calls in flight of an account in a Region."""
        with self._lock:
            return self._in_flight[account, region].total()


class ScalingRate:
    """Limits how fast each function gets new environments; the allowance is refilled continuously.

    Parameters
    ----------
    most
        How many a function may get within `SCALING_SECONDS`.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._left: dict[tuple[str, str, str], tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, account: str, region: str, name: str) -> None:
        """Take one environment from a function's allowance.

        Raises
        ------
        ThrottledError
            If there is none left for now.
        """
        function, now = (account, region, name), time.monotonic()
        with self._lock:
            left, then = self._left.get(function, (float(self._most), now))
            left = min(self._most, left + (now - then) * self._most / SCALING_SECONDS)
            if left < 1:
                raise ThrottledError("ConcurrentInvocationLimitExceeded")
            self._left[function] = left - 1, now


def _refusal(calls: Counter[str], name: str, by_provisioned: int) -> str | None:
    """Say why a call gets no environment on demand; None if it does."""
    record = lambda_svc._functions.get(name) or {}
    if (own := record.get("concurrency")) is not None:
        if calls[name] - by_provisioned < int(own) - provisioned(record):
            return None
        return "ReservedFunctionConcurrentInvocationLimitExceeded"
    if calls.total() < min(account_limit(), unreserved_minimum()):
        return None  # no reservation can take that much
    reserved = reservations()
    unreserved = sum(count for other, count in calls.items() if other not in reserved)
    if unreserved < account_limit() - sum(reserved.values()):
        return None
    return "ConcurrentInvocationLimitExceeded"


@functools.cache
def account_limit() -> int:
    """Return the account's limit; `LABKIT_SANDBOX_ACCOUNT_CONCURRENCY` sets another one."""
    return int(os.environ.get("LABKIT_SANDBOX_ACCOUNT_CONCURRENCY") or ACCOUNT_LIMIT)


@functools.cache
def scaling() -> int:
    """Return a function's scaling rate; `LABKIT_SANDBOX_SCALING` sets another one."""
    return int(os.environ.get("LABKIT_SANDBOX_SCALING") or SCALING)


def unreserved_minimum() -> int:
    """Return what must stay unreserved: 100, or 10 in an account whose limit is below that."""
    return UNRESERVED_MINIMUM if account_limit() > UNRESERVED_MINIMUM else SMALL_MINIMUM


def reservations() -> dict[str, int]:
    """Return the reserved concurrency of the functions of the request's account and Region."""
    return {
        record["config"]["FunctionName"]: int(record["concurrency"])
        for record in lambda_svc._functions.values()
        if record.get("concurrency") is not None
    }


def provisioned(record: dict[str, Any]) -> int:
    """Return the provisioned concurrency of all of a function's versions."""
    states = (record.get("provisioned_concurrency") or {}).values()
    return sum(int(state["RequestedProvisionedConcurrentExecutions"]) for state in states)


def unreserved() -> int:
    """Return what the account's functions share: its limit less every reservation."""
    return account_limit() - sum(reservations().values())


def over_reservation(name: str, requested: int) -> str | None:
    """Say why `requested` cannot be reserved for function `name`; None if it can."""
    others = sum(value for other, value in reservations().items() if other != name)
    if account_limit() - others - requested >= unreserved_minimum():
        return None
    return (
        "Specified ReservedConcurrentExecutions for function decreases account's "
        f"UnreservedConcurrentExecution below its minimum value of [{unreserved_minimum()}]."
    )


def throttling(reason: str) -> AwsError:
    """Return the error of an invocation that is refused for `reason`."""
    members = {"Reason": reason, "Type": "User"}
    return AwsError("Rate Exceeded.", "TooManyRequestsException", status=429, members=members)


def throttled(reason: str) -> dict[str, Any]:
    """Return what MiniStack knows such an invocation by."""
    error = throttling(reason)
    body = {"__type": error.code("rest-json"), "message": error.message} | error.members
    return {"throttle": True, "error": True, "body": body, "log": ""}
