"""How many groups, launch configurations and instances an account may have in a region.

Source: EC2 Auto Scaling API Reference, DescribeAccountLimits; EC2 Auto Scaling User Guide, "Quotas
for your account".
"""

from __future__ import annotations

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.request import Parameters, Request
from labkit.sandbox.services.ec2.quotas import MOST_INSTANCES
from labkit.sandbox.upstream.moto import autoscaling_models

SIZES = ("MinSize", "MaxSize", "DesiredCapacity", "MaxGroupPreparedCapacity")
"""Members that say how many instances a group, or its warm pool, has."""

GROUPS = 500
LAUNCH_CONFIGURATIONS = 200


def check(request: Request) -> None:
    """Check that a group is not larger than the instances that there may be.

    AWS takes any size, and launches as many as the account may have; here one is refused at once.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is.
    """
    for name in SIZES:
        if int(request.form.get(name) or 0) > MOST_INSTANCES:
            raise ValidationError(
                f"{name} is {request.form[name]}, but the sandbox has at most {MOST_INSTANCES} "
                "instances. Nothing was done."
            )


def describe(request: Request) -> Parameters:
    """Return what DescribeAccountLimits answers."""
    backend = autoscaling_models.autoscaling_backends[request.account][request.region]
    return {
        "MaxNumberOfAutoScalingGroups": GROUPS,
        "MaxNumberOfLaunchConfigurations": LAUNCH_CONFIGURATIONS,
        "NumberOfAutoScalingGroups": len(backend.autoscaling_groups),
        "NumberOfLaunchConfigurations": len(backend.launch_configurations),
    }
