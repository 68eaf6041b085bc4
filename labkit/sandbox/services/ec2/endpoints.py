"""VPC endpoints: their types, and the routes, interfaces and names that they bring.

A gateway endpoint exists for the region's S3 and DynamoDB and puts a prefix list's route into the
route tables that it is given; an interface endpoint puts an interface into each of its subnets.
Source: AWS PrivateLink Guide, "Gateway endpoints", "Access an AWS service using an interface VPC
endpoint".
"""

from __future__ import annotations

import time
from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.ec2 import interfaces
from labkit.sandbox.services.ec2.endpoint_services import (
    GATEWAY_SERVICES,
    exists,
    exists_across_regions,
)

SECONDS = 1.0
"""How long an interface endpoint is pending."""


def settle(backend: Any) -> None:
    """Forget the endpoints that have been deleted."""
    for endpoint in list(backend.vpc_end_points.values()):
        if endpoint.state == "deleted":
            del backend.vpc_end_points[endpoint.id]


def with_effects(upstream: Any) -> Any:
    """Return moto's class of endpoints, with what they bring."""

    class VPCEndPoint(upstream):  # type: ignore[misc]
        """moto's endpoint, with AWS's interfaces, names and states, also when modified."""

        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self._began = time.monotonic()
            for interface_id in self.network_interface_ids:
                self._adopt(self.ec2_backend.enis[interface_id])
            if self.is_interface:
                self.dns_entries = _names(self)

        @property
        def is_interface(self) -> bool:
            return str(self.vpc_endpoint_type).lower() == "interface"

        @property
        def state(self) -> str:
            young = self.is_interface and time.monotonic() - self._began < SECONDS
            return "pending" if young and self._goal != "deleted" else str(self._goal)

        @state.setter
        def state(self, goal: str) -> None:
            self._goal = goal

        def modify(self, *args: Any) -> None:
            tables, subnets = set(self.route_table_ids), set(self.subnet_ids or [])
            super().modify(*args)
            self._change_routes(tables, set(self.route_table_ids))
            self._change_subnets(subnets, set(self.subnet_ids or []))

        def _change_routes(self, before: set[str], after: set[str]) -> None:
            prefixes = self.destination_prefix_list_id
            for table_id in before - after:
                self.ec2_backend.delete_route(table_id, prefixes)
            for table_id in after - before:
                self.ec2_backend.create_route(
                    table_id, None, gateway_id=self.id, destination_prefix_list_id=prefixes
                )

        def _change_subnets(self, before: set[str], after: set[str]) -> None:
            for interface_id in list(self.network_interface_ids):
                interface = self.ec2_backend.enis[interface_id]
                if interface.subnet.id in before - after:
                    interfaces.remove(interface, self.ec2_backend)
                    self.network_interface_ids.remove(interface_id)
            for subnet_id in after - before:
                interface = self.ec2_backend.create_network_interface(subnet_id, "")
                self._adopt(interface)
                self.network_interface_ids.append(interface.id)
            if before != after:
                self.dns_entries = _names(self)

        def _adopt(self, interface: Any) -> None:
            interfaces.hand_over(interface, "vpc_endpoint", f"VPC Endpoint Interface {self.id}")
            find = self.ec2_backend.get_security_group_from_id
            interface._group_set = [find(group_id) for group_id in self.security_group_ids]

    return VPCEndPoint


def _names(endpoint: Any) -> list[dict[str, str]]:
    """Return the DNS names of an interface endpoint: regional, one per zone, and the private one.

    The regional and zonal names look as AWS makes them; the hosted zones are invented.
    """
    *_, region, service = endpoint.service_name.split(".", 3)
    label = f"{endpoint.id}-{endpoint.id[-8:]}"
    subnets = [endpoint.ec2_backend.get_subnet(subnet_id) for subnet_id in endpoint.subnet_ids]
    zones = sorted({subnet.availability_zone for subnet in subnets})
    domain = f"{service}.{region}.vpce.amazonaws.com"
    names = [f"{label}.{domain}", *(f"{label}-{zone}.{domain}" for zone in zones)]
    entries = [{"dns_name": name, "hosted_zone_id": "Z00000000000VPCE"} for name in names]
    if endpoint.private_dns_enabled:
        private = f"{service}.{region}.amazonaws.com"
        entries.append({"dns_name": private, "hosted_zone_id": "Z0000000000PRIVATE"})
    return entries


def _check_creation(request: Request, backend: Any) -> None:
    vpc = backend.get_vpc(request.form.text("VpcId"))
    kind = request.form.setdefault("VpcEndpointType", "Gateway")
    if kind == "Gateway":
        _check_gateway_service(request, backend)
        _check_route_tables(request, vpc, backend)
    elif kind == "Interface":
        _check_interface_service(request, backend)
        _check_subnets(request, vpc, backend)
        _check_private_dns(request, vpc, backend)


def _check_gateway_service(request: Request, backend: Any) -> None:
    """Refuse what has no gateway endpoint here: other services, and other regions' S3."""
    name = request.form.text("ServiceName")
    if name in (f"com.amazonaws.{request.region}.{service}" for service in GATEWAY_SERVICES):
        return
    if not (exists(name, backend) or exists_across_regions(name)):
        _refuse_unknown(name)
    refuse(
        "InvalidParameter",
        "Endpoint type (Gateway) does not match available service types ([Interface]).",
    )


def _check_interface_service(request: Request, backend: Any) -> None:
    name = request.form.text("ServiceName")
    region = request.form.text("ServiceRegion") or request.region
    if region == request.region:
        known = exists(name, backend)
    else:
        known = exists_across_regions(name) and name.split(".")[2] == region
    if not known:
        _refuse_unknown(name)


def _refuse_unknown(name: str) -> None:
    refuse("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")


def _check_route_tables(request: Request, vpc: Any, backend: Any) -> None:
    for table_id in request.form.texts("RouteTableId"):
        table = backend.get_route_table(table_id)
        if table.vpc_id != vpc.id:
            refuse(
                "InvalidParameter",
                f"route table {table_id} and network {vpc.id} belong to different networks",
            )
        for endpoint in backend.vpc_end_points.values():
            same = endpoint.service_name == request.form.text("ServiceName")
            if same and table_id in endpoint.route_table_ids:
                refuse(
                    "RouteAlreadyExists",
                    f"route table {table_id} already has a route with destination-prefix-list-id "
                    f"{endpoint.destination_prefix_list_id}",
                )


def _check_subnets(request: Request, vpc: Any, backend: Any) -> None:
    zones: set[str] = set()
    for subnet_id in request.form.texts("SubnetId"):
        subnet = backend.get_subnet(subnet_id)
        if subnet.vpc_id != vpc.id:
            refuse("InvalidParameter", f"Subnet {subnet_id} does not belong to VPC {vpc.id}.")
        if subnet.availability_zone in zones:
            refuse(
                "DuplicateSubnetsInSameZone",
                f"Found another VPC endpoint subnet in the availability zone of {subnet_id}.",
            )
        zones.add(subnet.availability_zone)
    if not request.form.texts("SecurityGroupId"):
        request.form["SecurityGroupId.1"] = backend.get_default_security_group(vpc.id).id


def _check_private_dns(request: Request, vpc: Any, backend: Any) -> None:
    """Refuse private names that the VPC cannot resolve, or that another endpoint has."""
    foreign = request.form.text("ServiceRegion") not in ("", request.region)
    request.form.setdefault("PrivateDnsEnabled", "false" if foreign else "true")
    if not request.form.is_true("PrivateDnsEnabled"):
        return
    if not (_is_on(vpc.enable_dns_support) and _is_on(vpc.enable_dns_hostnames)):
        refuse(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC "
            f"attributes set to true for {vpc.id}",
        )
    name = request.form.text("ServiceName")
    for endpoint in backend.vpc_end_points.values():
        same = (endpoint.vpc_id, endpoint.service_name) == (vpc.id, name)
        if same and endpoint.is_interface and _is_on(endpoint.private_dns_enabled):
            refuse(
                "InvalidParameter",
                "private-dns-enabled cannot be set because there is already a conflicting DNS "
                f"domain for {'.'.join(reversed(name.split('.')))} in the VPC {vpc.id}",
            )


def _is_on(value: Any) -> bool:
    return str(value).lower() == "true"


RULES = {"CreateVpcEndpoint": _check_creation}
