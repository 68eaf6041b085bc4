"""CloudFormation waits until a function is Active and a mapping Enabled before it goes on.

MiniStack's stacks write both in their last state, all within the one thread that answers requests.
Here they pass through their states as by Lambda's own API, on a thread where waiting disturbs
nobody.
Source: CloudFormation CLI User Guide, "Resource type handler contract" (stabilization).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

SLOW = frozenset(["AWS::Lambda::Alias", "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Function"])

LOOK_EVERY_S = 0.02

LONGEST_S = 60.0
"""Bound, in seconds; the sandbox's own transitions take half a second at most."""


def runs_on_worker_thread(upstream: Any, resource_type: str) -> bool:
    """Tell whether resources of a type have a thread of their own."""
    return resource_type in SLOW or bool(upstream(resource_type))


def wait_until(ready: Callable[[], bool], name: str) -> None:
    """Return when `ready` says so.

    Raises
    ------
    ValueError
        After `LONGEST_S`, as CloudFormation words it.
    """
    pause, deadline = threading.Event(), time.monotonic() + LONGEST_S
    while not ready():
        if time.monotonic() > deadline:
            raise ValueError(f"Resource with identifier '{name}' did not stabilize.")
        pause.wait(LOOK_EVERY_S)
