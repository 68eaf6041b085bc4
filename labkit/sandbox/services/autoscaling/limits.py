"""How many groups and launch configurations an account may have in a region, and has.

Source: EC2 Auto Scaling API Reference, DescribeAccountLimits; EC2 Auto Scaling User Guide, "Quotas
for your account".
"""

from __future__ import annotations

from labkit.sandbox.gateway.request import Parameters, Request
from labkit.sandbox.upstream.moto import autoscaling_models

GROUPS = 500
LAUNCH_CONFIGURATIONS = 200


def describe(request: Request) -> Parameters:
    """Return what DescribeAccountLimits answers."""
    backend = autoscaling_models.autoscaling_backends[request.account][request.region]
    return {
        "MaxNumberOfAutoScalingGroups": GROUPS,
        "MaxNumberOfLaunchConfigurations": LAUNCH_CONFIGURATIONS,
        "NumberOfAutoScalingGroups": len(backend.autoscaling_groups),
        "NumberOfLaunchConfigurations": len(backend.launch_configurations),
    }
