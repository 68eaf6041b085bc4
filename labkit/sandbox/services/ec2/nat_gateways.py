"""NAT gateways: pending before available, failed without a way out, and gone with their address.

A public one needs an Elastic IP address and a VPC with an internet gateway. The states that take
AWS minutes take `SECONDS` here.
Source: VPC User Guide, "NAT gateways" and "Troubleshoot NAT gateways".
"""

from __future__ import annotations

import time
from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.ec2 import interfaces
from labkit.sandbox.services.ec2.internet_gateways import gateway_of

SECONDS = 1.0
"""How long a NAT gateway is pending, and deleting."""


def settle(backend: Any) -> None:
    """Release what gateways held that have been deleted meanwhile, or have failed."""
    for gateway in backend.nat_gateways.values():
        if gateway.state in ("deleted", "failed") and gateway._eni.id in backend.enis:
            for address in backend.addresses:
                if address.eni is gateway._eni:
                    backend.disassociate_address(address=address.public_ip)
            interfaces.remove(gateway._eni, backend)


def with_states(upstream: Any) -> Any:
    """Return moto's class of NAT gateways, with states."""

    class NatGateway(upstream):  # type: ignore[misc]
        """moto's NAT gateway, with AWS's states and an address of its subnet."""

        def __init__(self, backend: Any, *args: Any, **more: Any) -> None:
            super().__init__(backend, *args, **more)
            interfaces.hand_over(self._eni, "nat_gateway", f"Interface for NAT Gateway {self.id}")
            self.private_ip = self._eni.private_ip_address
            self.failure_code = self.failure_message = None
            if self.connectivity_type == "public" and not gateway_of(self.vpc_id, backend):
                self.failure_code = "Gateway.NotAttached"
                self.failure_message = f"Network {self.vpc_id} has no Internet gateway attached"

        @property
        def state(self) -> str:
            waiting = time.monotonic() - self._changed < SECONDS
            if self._goal == "deleted":
                return "deleting" if waiting else "deleted"
            if waiting:
                return "pending"
            return "failed" if self.failure_code else "available"

        @state.setter
        def state(self, goal: str) -> None:
            self._goal, self._changed = goal, time.monotonic()

    return NatGateway


def _check_creation(request: Request, backend: Any) -> None:
    if request.form.text("AvailabilityMode") == "regional":
        refuse(
            "UnsupportedOperation",
            "The sandbox has no regional NAT gateways; create a zonal one in a subnet.",
        )
    backend.get_subnet(request.form.text("SubnetId"))
    request.form.setdefault("ConnectivityType", "public")
    if request.form.text("ConnectivityType") == "private":
        return
    if not request.form.text("AllocationId"):
        refuse("MissingParameter", "The request must include the AllocationId parameter.")
    (address,) = backend.address_by_allocation([request.form.text("AllocationId")])
    if address.association_id:
        refuse(
            "Resource.AlreadyAssociated",
            f"Elastic IP address [{address.allocation_id}] is already associated",
        )


def _check_deletion(request: Request, backend: Any) -> None:
    gateway_id = request.form.text("NatGatewayId")
    gateway = backend.nat_gateways.get(gateway_id)
    if gateway is None or gateway.state == "deleted":
        refuse(
            "NatGatewayNotFound",
            f"The Nat Gateway {request.form.text('NatGatewayId')} was not found",
        )


def _check_release(request: Request, backend: Any) -> None:
    """Keep hands off an address that a NAT gateway holds."""
    for address in backend.addresses:
        named = address.association_id == request.form.text("AssociationId") or (
            request.form.text("PublicIp") == address.public_ip
        )
        if named and address.eni is not None and address.eni.interface_type == "nat_gateway":
            refuse("AuthFailure", "You do not have permission to access the specified resource.")


RULES = {
    "CreateNatGateway": _check_creation,
    "DeleteNatGateway": _check_deletion,
    "DisassociateAddress": _check_release,
}
