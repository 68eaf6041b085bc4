"""How many instances an account may have: the sandbox keeps each of them in memory.

A request is given as many as it asks for at most, if there is room, and what it asks for at least
or nothing if there is not.
Source: EC2 API Reference, RunInstances; "Error codes for the Amazon EC2 API"
(InstanceLimitExceeded). AWS's own quota counts vCPUs, and is another one for each account.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.gateway.request import Request

MOST_INSTANCES = 256
"""How many may be there at once; a number of the sandbox's own."""


def _limit(request: Request, backend: Any) -> None:
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


def _spot(request: Request, backend: Any) -> None:
    _limit_spot(int(request.form.get("InstanceCount") or 1), backend)


def _spot_fleet(request: Request, backend: Any) -> None:
    _limit_spot(int(request.form.get("SpotFleetRequestConfig.TargetCapacity") or 0), backend)


def _fleet(request: Request, backend: Any) -> None:
    given = "TargetCapacitySpecification.TotalTargetCapacity"
    _limit_spot(int(request.form.get(given) or 0), backend)


def _limit_spot(wanted: int, backend: Any) -> None:
    if wanted > MOST_INSTANCES - _present(backend):
        refuse("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")


def _present(backend: Any) -> int:
    """Count the instances that are not terminated."""
    return sum(one.state != "terminated" for one in backend.all_instances())


RULES = {
    "CreateFleet": _fleet,
    "RequestSpotFleet": _spot_fleet,
    "RequestSpotInstances": _spot,
    "RunInstances": _limit,
}
