"""Cross-zone load balancing: always on and locked for ALBs, off until switched on for NLBs.

A target group of an ALB can decide for itself. moto has it off, and open, for both.
Source: Elastic Load Balancing API Reference (2015-12-01), LoadBalancerAttribute.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.upstream.moto import elbv2_models

CROSS_ZONE = "load_balancing.cross_zone.enabled"


def with_cross_zone(upstream: Any) -> Any:
    """Return moto's class of load balancers, with the default of its type."""

    class LoadBalancer(upstream):  # type: ignore[misc]
        """moto's load balancer, with the default of its type."""

        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            if self.type == "application":
                self.attrs[CROSS_ZONE] = "true"

    return LoadBalancer


def check_attributes(request: Request) -> None:
    """Refuse to change what an ALB does not let be changed.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If the request does.
    """
    balancers = elbv2_models.elbv2_backends[request.account][request.region].load_balancers
    balancer = balancers.get(request.form.text("LoadBalancerArn"))
    changed = [
        text
        for name, text in request.form.items()
        if name.startswith("Attributes.member.") and name.endswith(".Key")
    ]
    if balancer is not None and balancer.type == "application" and CROSS_ZONE in changed:
        refuse(
            "InvalidConfigurationRequest",
            f"Load balancer attribute key '{CROSS_ZONE}' is not supported on load balancers with "
            "type 'application'",
        )
