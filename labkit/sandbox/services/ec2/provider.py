"""EC2: rules before moto, and moto's parts with AWS's states.

A rule looks at a request before moto does, with the account's EC2 backend of moto at hand, and
refuses it or completes its parameters. `DryRun` is answered once the rules have let a request pass.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.autoscaling import lifecycle
from labkit.sandbox.services.ec2 import (
    cidr_blocks,
    dependencies,
    endpoint_services,
    endpoints,
    interfaces,
    internet_gateways,
    nat_gateways,
    network_acls,
    offerings,
    quotas,
    routes,
    tags,
)
from labkit.sandbox.services.moto_provider import MotoProvider
from labkit.sandbox.services.provider import Hook, around
from labkit.sandbox.upstream import moto

Rule = Callable[[Request, Any], None]

RULES = (
    cidr_blocks.RULES,
    dependencies.RULES,
    endpoints.RULES,
    internet_gateways.RULES,
    nat_gateways.RULES,
    network_acls.RULES,
    quotas.RULES,
    routes.RULES,
)
"""Rules by operation; an operation may have several."""

SETTLING = (endpoint_services, endpoints, interfaces, nat_gateways, network_acls)
"""What changes with time, and shows it when EC2 is asked next."""


class Ec2(MotoProvider):
    """EC2."""

    hooks = (
        around(moto.utilities, "load_resource", offerings.load),
        Hook(moto.ec2_core, "TaggedEC2Resource", tags.with_own_tags),
        Hook(moto.vpcs, "VPCEndPoint", endpoints.with_effects),
        Hook(moto.nat_gateways, "NatGateway", nat_gateways.with_states),
        Hook(moto.network_acls, "NetworkAcl", network_acls.closed),
        Hook(moto.route_tables, "Route", routes.with_state),
    )

    def settle(self, request: Request) -> None:
        """Let what time has done show in the backend."""
        lifecycle.settle(request.account, request.region)
        backend = _backend(request)
        for part in SETTLING:
            part.settle(backend)

    def check(self, request: Request) -> None:
        """Apply the rules of the request's operation."""
        backend = _backend(request)
        for rule in _rules(request.operation):
            rule(request, backend)
        if request.form.is_true("DryRun"):
            message = "Request would have succeeded, but DryRun flag is set."
            refuse("DryRunOperation", message, status=412)


def _backend(request: Request) -> Any:
    return moto.ec2_models.ec2_backends[request.account][request.region]


@functools.cache
def _rules(operation: str) -> tuple[Rule, ...]:
    return tuple(rules[operation] for rules in RULES if operation in rules)


PROVIDER = Ec2()
