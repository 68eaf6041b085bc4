"""How many instances an account may have: the sandbox keeps each of them in memory.

A request is given as many as it asks for at most, if there is room, and what it asks for at least
or nothing if there is not.
Source: EC2 API Reference, RunInstances; "Error codes for the Amazon EC2 API"
(InstanceLimitExceeded). AWS's own quota counts vCPUs, and is another one for each account.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.gateway.request import Request

MOST_INSTANCES = 256
"""How many may be there at once; a number of the sandbox's own."""


def _limit_instances(request: Request, backend: Any) -> None:
    least = int(request.form.get("MinCount") or 1)
    wanted = int(request.form.get("MaxCount") or least)
    free = MOST_INSTANCES - _present(backend)
    if least > free:
        refuse(
            "InstanceLimitExceeded",
            f"You have requested more instances ({least}) than your current instance limit of "
            f"{MOST_INSTANCES} allows for the specified instance type. Please visit "
            "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.",
        )
    request.form["MinCount"] = str(max(least, min(wanted, free)))


def _check_spot(member: str, request: Request, backend: Any) -> None:
    if int(request.form.get(member) or 1) > MOST_INSTANCES - _present(backend):
        refuse("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")


def _present(backend: Any) -> int:
    """Count the instances that are not terminated."""
    return sum(one.state != "terminated" for one in backend.all_instances())


SPOT = {
    "CreateFleet": "TargetCapacitySpecification.TotalTargetCapacity",
    "RequestSpotFleet": "SpotFleetRequestConfig.TargetCapacity",
    "RequestSpotInstances": "InstanceCount",
}
"""The member that says how many, by the operation."""

RULES: dict[str, Callable[[Request, Any], None]] = {
    "RunInstances": _limit_instances,
    **{operation: functools.partial(_check_spot, member) for operation, member in SPOT.items()},
}
