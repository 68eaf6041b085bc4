"""How many shards there may be: the account's quota, and how far one update goes.

Source: Kinesis Data Streams Developer Guide, "Quotas and limits"; Kinesis Data Streams API
Reference, UpdateShardCount. The text of the quota is AWS's; those of an update are on no record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway.errors import AwsError, refuse
from labkit.sandbox.gateway.request import Parameters, Request
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.kinesis import kinesis

QUOTA = 1000
"""Shards of an account in a Region; AWS has 1,000, 6,000 or 20,000 by default, by the Region."""


def build(upstream: Callable[..., Any], count: int, start_index: int = 0) -> Any:
    """Make the shards of a stream, which a stack may have asked for.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If they are more than an account may have.
    """
    if count > QUOTA:
        check_room(count)
    return upstream(count, start_index)


def check_room(more: int) -> None:
    """Check that an account may have `more` shards than it has.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it may not.
    """
    present = sum(len(stream["shards"]) for stream in kinesis._streams.values())
    if present + more > QUOTA:
        account, region = responses.get_account_id(), responses.get_region()
        raise _exceeded(
            f"This request would exceed the shard limit for the account {account} in "
            f"{region}. Current shard count for the account: {present}. Limit: {QUOTA}. "
            f"Number of additional shards that would have resulted from this request: {more}."
        )


def check_update(request: Request) -> None:
    """Check that a stream may get the number of shards that a request names.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it may not.
    """
    given: Parameters = request.parameters
    _, stream = kinesis._resolve_stream(given)
    if not stream:
        return
    current, target = len(stream["shards"]), int(given["TargetShardCount"])
    if target < 1:
        refuse("InvalidArgumentException", "TargetShardCount must be at least 1.")
    if target > 2 * current or 2 * target < current:
        raise _exceeded(
            "UpdateShardCount cannot go beyond double the current open shard count, or below half "
            f"of it. Current open shard count: {current}. Target open shard count: {target}."
        )
    check_room(target - current)


def _exceeded(text: str) -> AwsError:
    return AwsError(text, "LimitExceededException")
