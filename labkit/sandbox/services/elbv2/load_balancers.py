"""Cross-zone load balancing: always on and locked for ALBs, off until switched on for NLBs.

A target group of an ALB can decide for itself. moto has it off, and open, for both; the seam is its
class of load balancers.
Source: Elastic Load Balancing API Reference (2015-12-01), LoadBalancerAttribute.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.upstream import seams
from labkit.sandbox.upstream.moto_services import (
    Call,
    RefusedError,
    Response,
    query_refusal,
    refuse,
)

CROSS_ZONE = "load_balancing.cross_zone.enabled"


def prepare() -> None:
    """Take moto's class of load balancers."""
    module = "moto.elbv2.models"
    upstream = seams.use(module, "FakeLoadBalancer", like="InstanceTrackerMeta")
    seams.replace(
        module, "FakeLoadBalancer", _with_cross_zone(upstream), like="InstanceTrackerMeta"
    )


def answer(call: Call) -> Response:
    """Answer a call of Elastic Load Balancing: by a refusal, by moto otherwise."""
    try:
        if call.action == "ModifyLoadBalancerAttributes":
            _check(call)
    except RefusedError as error:
        return query_refusal(error)
    return call.ask()


def _with_cross_zone(upstream: Any) -> Any:
    class LoadBalancer(upstream):  # type: ignore[misc]
        """moto's load balancer, with the default of its type."""

        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            if self.type == "application":
                self.attrs[CROSS_ZONE] = "true"

    return LoadBalancer


def _check(call: Call) -> None:
    """Refuse to change what an ALB does not let be changed."""
    from moto.elbv2.models import elbv2_backends

    balancers = elbv2_backends[call.account][call.region].load_balancers
    balancer = balancers.get(call.get("LoadBalancerArn"))
    changed = [
        text
        for name, text in call.parameters.items()
        if name.startswith("Attributes.member.") and name.endswith(".Key")
    ]
    if balancer is not None and balancer.type == "application" and CROSS_ZONE in changed:
        refuse(
            "InvalidConfigurationRequest",
            f"Load balancer attribute key '{CROSS_ZONE}' is not supported on load balancers with "
            "type 'application'",
        )
