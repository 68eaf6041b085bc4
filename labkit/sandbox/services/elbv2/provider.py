"""Elastic Load Balancing: application, network and gateway load balancers."""

from __future__ import annotations

from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.elbv2 import load_balancers
from labkit.sandbox.services.moto_provider import MotoProvider
from labkit.sandbox.services.provider import Hook
from labkit.sandbox.upstream.moto import elbv2_models


class Elbv2(MotoProvider):
    """Elastic Load Balancing, the newer API."""

    hooks = (Hook(elbv2_models, "FakeLoadBalancer", load_balancers.with_cross_zone),)

    def check(self, request: Request) -> None:
        """Apply the rules of the request's operation."""
        if request.operation == "ModifyLoadBalancerAttributes":
            load_balancers.check_attributes(request)


PROVIDER = Elbv2()
