"""Internet gateways: one for each VPC, one VPC for each, and the public addresses that hold them.

Source: VPC User Guide, "Enable internet access for a VPC using an internet gateway"; the wording
as EC2 answers it.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.gateway.request import Request


def gateway_of(vpc_id: str, backend: Any) -> Any:
    """Return the internet gateway that is attached to a VPC, or None."""
    for gateway in backend.internet_gateways.values():
        if gateway.vpc and gateway.vpc.id == vpc_id:
            return gateway
    return None


def _check_attachment(request: Request, backend: Any) -> None:
    gateway = backend.get_internet_gateway(request.form.text("InternetGatewayId"))
    vpc = backend.get_vpc(request.form.text("VpcId"))
    if gateway.vpc:
        refuse(
            "Resource.AlreadyAssociated",
            f"resource {gateway.id} is already attached to network {gateway.vpc.id}",
        )
    if gateway_of(vpc.id, backend):
        refuse(
            "InvalidParameterValue",
            f"Network {vpc.id} already has an internet gateway attached",
        )


def _check_detachment(request: Request, backend: Any) -> None:
    gateway = backend.get_internet_gateway(request.form.text("InternetGatewayId"))
    if not gateway.vpc or gateway.vpc.id != request.form.text("VpcId"):
        return
    if any(eni.public_ip for eni in backend.enis.values() if eni.vpc_id == gateway.vpc.id):
        refuse(
            "DependencyViolation",
            f"Network {gateway.vpc.id} has some mapped public address(es). "
            "Please unmap those public address(es) before detaching the gateway.",
        )


def _check_address(request: Request, backend: Any) -> None:
    """Refuse a public address for an interface whose VPC has no internet gateway."""
    if interface := backend.enis.get(request.form.text("NetworkInterfaceId")):
        network = interface.vpc_id
    elif request.form.text("InstanceId"):
        network = backend.get_instance(request.form.text("InstanceId")).vpc_id
    else:
        return
    if not gateway_of(network, backend):
        refuse("Gateway.NotAttached", f"Network {network} is not attached to any internet gateway")


RULES = {
    "AssociateAddress": _check_address,
    "AttachInternetGateway": _check_attachment,
    "DetachInternetGateway": _check_detachment,
}
