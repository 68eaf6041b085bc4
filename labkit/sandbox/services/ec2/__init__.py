"""What EC2 refuses and moto does not, rule by rule, and what moto builds and EC2 builds otherwise.

A rule looks at a call before moto does, with the account's EC2 backend of moto at hand, and
refuses it or completes its parameters. `DryRun` is answered once the rules have let a call pass.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from labkit.sandbox.services import autoscaling as fleet
from labkit.sandbox.upstream.moto_services import Call, RefusedError, Response, refuse

Rule = Callable[[Call, Any], None]


def prepare() -> None:
    """Take moto's seams."""
    from labkit.sandbox.services.ec2 import endpoints, nat_gateways, network_acls, routes

    for module in (endpoints, nat_gateways, network_acls, routes):
        module.prepare()


def answer(call: Call) -> Response:
    """Answer a call of EC2: by a refusal, by moto otherwise."""
    from moto.ec2.exceptions import EC2ClientError
    from moto.ec2.models import ec2_backends

    fleet.settle(call.account, call.region)
    backend = ec2_backends[call.account][call.region]
    _settle(backend)
    try:
        for rule in _rules().get(call.action, ()):
            rule(call, backend)
        if call.is_true("DryRun"):
            refuse(
                "DryRunOperation",
                "Request would have succeeded, but DryRun flag is set.",
                status=412,
            )
    except RefusedError as error:
        return _refusal(error.code, error.message, error.status)
    except EC2ClientError as error:
        return _refusal(error.code, error.message, 400)
    return call.ask()


def _settle(backend: Any) -> None:
    """Let what time has done to gateways and endpoints show in the backend."""
    from labkit.sandbox.services.ec2 import (
        endpoint_services,
        endpoints,
        interfaces,
        nat_gateways,
        network_acls,
    )

    endpoint_services.settle(backend)
    endpoints.settle(backend)
    interfaces.settle(backend)
    nat_gateways.settle(backend)
    network_acls.settle(backend)


@functools.cache
def _rules() -> dict[str, tuple[Rule, ...]]:
    from labkit.sandbox.services.ec2 import (
        cidr_blocks,
        dependencies,
        endpoints,
        internet_gateways,
        nat_gateways,
        network_acls,
        routes,
    )

    rules: dict[str, tuple[Rule, ...]] = {}
    for module in (
        cidr_blocks,
        dependencies,
        endpoints,
        internet_gateways,
        nat_gateways,
        network_acls,
        routes,
    ):
        for action, rule in module.RULES.items():
            rules[action] = (*rules.get(action, ()), rule)
    return rules


def _refusal(code: str, message: str, status: int) -> Response:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>'
        f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        "</Error></Errors><RequestID>00000000-0000-0000-0000-000000000000</RequestID></Response>"
    )
    return status, {"Content-Type": "text/xml;charset=UTF-8"}, body.encode()
