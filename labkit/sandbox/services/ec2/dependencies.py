"""What EC2 will not delete while something else needs it.

Source: EC2 API Reference, "Error codes" (DependencyViolation) and the Delete… operations; the
wording as EC2 answers it.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.ec2.internet_gateways import gateway_of


def _check_vpc(request: Request, backend: Any) -> None:
    vpc_id = backend.get_vpc(request.form.text("VpcId")).id
    groups = [group for group in backend.groups[vpc_id].values() if group.name != "default"]
    tables = [
        table
        for table in backend.route_tables.values()
        if table.vpc_id == vpc_id and table.main_association_id is None
    ]
    endpoints = [e for e in backend.vpc_end_points.values() if e.vpc_id == vpc_id]
    subnets = backend.describe_subnets(filters={"vpc-id": vpc_id})
    acls = [a for a in backend.network_acls.values() if a.vpc_id == vpc_id and not a.default]
    if groups or tables or endpoints or subnets or acls or gateway_of(vpc_id, backend):
        _refuse("vpc", vpc_id)


def _check_subnet(request: Request, backend: Any) -> None:
    subnet = backend.get_subnet(request.form.text("SubnetId"))
    if any(interface.subnet.id == subnet.id for interface in backend.enis.values()):
        _refuse("subnet", subnet.id)


def _check_gateway(request: Request, backend: Any) -> None:
    gateway = backend.get_internet_gateway(request.form.text("InternetGatewayId"))
    if gateway.vpc:
        _refuse("internetGateway", gateway.id)


def _check_table(request: Request, backend: Any) -> None:
    table = backend.get_route_table(request.form.text("RouteTableId"))
    if table.all_associations_ids:
        _refuse("routeTable", table.id)


def _check_group(request: Request, backend: Any) -> None:
    group = backend.get_security_group_from_id(request.form.text("GroupId"))
    if group is None:
        return
    if group.name == "default":
        refuse(
            "CannotDelete",
            f'the specified group: "{group.id}" name: "default" cannot be deleted by a user',
        )
    used = any(group in interface.group_set for interface in backend.enis.values())
    if used or _is_named_by_another(group, backend):
        refuse("DependencyViolation", f"resource {group.id} has a dependent object")


def _is_named_by_another(group: Any, backend: Any) -> bool:
    """Tell whether a rule of another group names this one."""
    return any(
        rule.source_group.get("GroupId") == group.id
        for other in backend.groups[group.vpc_id].values()
        if other is not group
        for rule in (*other.ingress_rules, *other.egress_rules)
    )


def _check_interface(request: Request, backend: Any) -> None:
    interface = backend.get_network_interface(request.form.text("NetworkInterfaceId"))
    if interface.attachment_id or interface.requester_managed:
        refuse("InvalidParameterValue", f"Network interface '{interface.id}' is currently in use.")


def _check_address(request: Request, backend: Any) -> None:
    for address in backend.addresses:
        named = request.form.text("AllocationId") == address.allocation_id
        if named and address.association_id:
            refuse("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")


def _refuse(kind: str, resource_id: str) -> None:
    refuse(
        "DependencyViolation",
        f"The {kind} '{resource_id}' has dependencies and cannot be deleted.",
    )


RULES = {
    "DeleteInternetGateway": _check_gateway,
    "DeleteNetworkInterface": _check_interface,
    "DeleteRouteTable": _check_table,
    "DeleteSecurityGroup": _check_group,
    "DeleteSubnet": _check_subnet,
    "DeleteVpc": _check_vpc,
    "ReleaseAddress": _check_address,
}
