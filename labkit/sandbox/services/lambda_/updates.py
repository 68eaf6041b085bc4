"""A function that is being updated: until the update is done, calls meet what was there before.

Source: Lambda Developer Guide, "Lambda function states": while `LastUpdateStatus` is `InProgress`,
invocations use the function's earlier code and configuration.
"""

from __future__ import annotations

import copy
from typing import Any

from labkit.sandbox.services.lambda_.versions import FunctionVersion

_before: dict[tuple[str, str, str, str], FunctionVersion] = {}


def remember(record: dict[str, Any]) -> None:
    """Keep what MiniStack's function `record` is now, just before it is updated."""
    version = FunctionVersion.from_record({**record, "config": copy.deepcopy(record["config"])})
    _before[version.key] = version


def forget(account: str, region: str, name: str) -> None:
    """Drop what is kept of a function that is deleted: another may get its name."""
    _before.pop((account, region, name, "$LATEST"), None)


def settle(record: dict[str, Any]) -> None:
    """Keep the function `Active` while an update runs, as AWS does; MiniStack says `Pending`."""
    record["config"].update({"State": "Active", "StateReason": "", "StateReasonCode": ""})


def effective(record: dict[str, Any]) -> FunctionVersion:
    """Return the version that a call of `record` meets now."""
    version = FunctionVersion.from_record(record)
    before = _before.get(version.key)
    if before is None:
        return version
    if version.config.get("LastUpdateStatus") == "InProgress":
        return before
    _before.pop(version.key, None)
    return version
