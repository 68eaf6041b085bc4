"""Routes: only to what the VPC can reach, and a black hole when that is gone.

Source: VPC User Guide, "Configure route tables"; EC2 API Reference, CreateRoute; the wording as
EC2 answers it.
"""

from __future__ import annotations

from contextlib import suppress
from ipaddress import IPv4Network
from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.gateway.request import Request


def with_state(upstream: Any) -> Any:
    """Return moto's class of routes, with a state."""

    class Route(upstream):  # type: ignore[misc]
        """moto's route, which knows whether its target is still there."""

        @property
        def state(self) -> str:
            detached = (self.gateway_id or "").startswith("igw-") and not self.gateway.vpc
            closed = self.nat_gateway is not None and self.nat_gateway.state in (
                "deleted",
                "failed",
            )
            return "blackhole" if detached or closed else "active"

    return Route


def _check_route(request: Request, backend: Any) -> None:
    table = backend.get_route_table(request.form.text("RouteTableId"))
    gateway_id, nat_id = request.form.text("GatewayId"), request.form.text("NatGatewayId")
    if gateway_id.startswith("igw-"):
        gateway = backend.get_internet_gateway(gateway_id)
        if not gateway.vpc or gateway.vpc.id != table.vpc_id:
            _refuse_as_foreign(table.id, "network gateway", gateway_id)
    if nat_id:
        nat = backend.nat_gateways.get(nat_id)
        if nat is None or nat.state == "deleted":
            refuse("InvalidNatGatewayID.NotFound", f"The natGateway ID '{nat_id}' does not exist")
        if nat.vpc_id != table.vpc_id:
            _refuse_as_foreign(table.id, "NAT gateway", nat_id)
    if not request.form.text("NetworkInterfaceId") and not request.form.text("InstanceId"):
        _check_destination(request.form.text("DestinationCidrBlock"), table)


def _check_destination(destination: str, table: Any) -> None:
    with suppress(ValueError):
        block = IPv4Network(destination, strict=False)
        local = (r.destination_cidr_block for r in table.routes if r.local)
        if any(block.subnet_of(IPv4Network(own)) for own in local if own):
            refuse(
                "InvalidParameterValue",
                f"The destination CIDR block {block} is equal to or more specific than one of this "
                "VPC's CIDR blocks. This route can target only an interface or an instance.",
            )


def _check_removal(request: Request, backend: Any) -> None:
    table = backend.get_route_table(request.form.text("RouteTableId"))
    destination = request.form.text("DestinationCidrBlock")
    for route in table.routes:
        if route.local and route.destination_cidr_block == destination:
            refuse(
                "InvalidParameterValue",
                f"cannot remove local route {destination} in route table {table.id}",
            )


def _check_association(request: Request, backend: Any) -> None:
    if not request.form.text("SubnetId"):
        return
    table = backend.get_route_table(request.form.text("RouteTableId"))
    subnet = backend.get_subnet(request.form.text("SubnetId"))
    if subnet.vpc_id != table.vpc_id:
        _refuse_as_foreign(table.id, "subnet", subnet.id)
    for other in backend.route_tables.values():
        if subnet.id in other._associations.values() and other is not table:
            refuse(
                "Resource.AlreadyAssociated",
                f"the specified association for route table {table.id} conflicts with an existing "
                "association",
            )


def _refuse_as_foreign(table_id: str, kind: str, other_id: str) -> None:
    refuse(
        "InvalidParameterValue",
        f"route table {table_id} and {kind} {other_id} belong to different networks",
    )


RULES = {
    "AssociateRouteTable": _check_association,
    "CreateRoute": _check_route,
    "DeleteRoute": _check_removal,
    "ReplaceRoute": _check_route,
}
