"""Where lessons run: the target, its account and Region, and whether the sandbox is there."""

from __future__ import annotations

import json
import os
from typing import Any

from labkit.aws.embedded import SHARED, Sandbox
from labkit.aws.opening import TARGET
from labkit.errors import LabkitError


def environment(looked: dict[str, Any] | None) -> dict[str, Any]:
    """Return target, account, Region and, for the target local, whether its sandbox has ended.

    Parameters
    ----------
    looked
        What `labkit.course.server.looking` found last: only AWS can say whose an account is.
    """
    target = os.environ.get(TARGET) or "local"
    if target != "local":
        known = looked or {}
        return {
            "target": target,
            "account": known.get("account", ""),
            "region": known.get("region", ""),
            "ended": False,
        }
    sandbox = _sandbox()
    return {
        "target": target,
        "account": sandbox.account if sandbox else "",
        "region": sandbox.region if sandbox else "",
        "ended": bool(sandbox and sandbox.ended()),
    }


def _sandbox() -> Sandbox | None:
    """Return the sandbox that this server's kernels share; None where each has its own."""
    try:
        return Sandbox.from_json(json.loads(os.environ.get(SHARED, "")))
    except (ValueError, LabkitError):
        return None
