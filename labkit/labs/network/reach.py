"""Can this reach that, by which way, and what does a GB cost on it?

Follows a TCP connection through route tables, gateways, endpoints, ACLs and security groups, as AWS
documents them. Nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address

import pandas as pd

from labkit.labs.costs.cross_az import ENDS
from labkit.labs.network.model import Endpoint, NatGateway, Network, Route, Subnet
from labkit.labs.network.path import End, Internet, NetworkPath, Server, Service
from labkit.labs.network.rules import Peer, acl_refusal, group_refusal
from labkit.prices import Sheet

HTTPS = 443
SOMEWHERE = IPv4Address("203.0.113.10")
"""Stands for any public address (RFC 5737, TEST-NET-3)."""


class _Refused(Exception):
    """Something on the way stops the connection."""


class _Trace:
    """A connection on its way: where it has been and what it is charged."""

    def __init__(self, network: Network, port: int) -> None:
        self.network = network
        self.port = port
        self.stops: list[str] = []
        self.ways: list[str] = []
        self.charges: list[tuple[str, int]] = []

    def refuse_if(self, refusal: str | None) -> None:
        if refusal is not None:
            raise _Refused(refusal)

    def out_of(self, server: Server, peer: Peer) -> Subnet:
        """Leave a server: its security group, then its subnet's ACL."""
        subnet = self.network.subnet(server.subnet)
        self.stops.append(subnet.id)
        self.refuse_if(
            group_refusal(self.network, server.groups, peer, self.port, True, "the caller")
        )
        return subnet

    def between(self, here: Subnet, caller: Peer, there: Subnet, called: Peer) -> None:
        """Go from subnet to subnet, past the ACLs of both; within one there is no ACL."""
        if here.id != there.id:
            self.refuse_if(acl_refusal(here, called, self.port, calls=True))
            self.refuse_if(acl_refusal(there, caller, self.port, calls=False))

    def across_zones(self, one: Subnet, other: Subnet) -> None:
        """Charge a GB at both ends where it changes its Availability Zone."""
        if one.zone != other.zone:
            self.ways.append("across zones")
            self.charges.append(("cross-az-gb", ENDS))


def reach(network: Network, source: End, destination: End, port: int = HTTPS) -> NetworkPath:
    """Follow a TCP connection from one end to the other.

    A packet that crosses zones is charged at both ends: so says "Data Transfer within the same AWS
    Region" (Amazon EC2 pricing) of instances and network interfaces, and a NAT gateway is reached
    at one. It is not charged on its way to an interface endpoint (AWS What's New, 1 April 2022:
    "Data Transfer Price Reduction for AWS PrivateLink, ...").

    Parameters
    ----------
    network : Network
        As `read_network` gave it.
    source, destination : Server, Internet or Service
        At least one is a server.
    port : int

    Returns
    -------
    NetworkPath

    Raises
    ------
    LabkitError
        If a subnet or security group is not in the VPC.
    """
    trace = _Trace(network, port)
    refused = None
    try:
        if isinstance(source, Server) and isinstance(destination, Server):
            _within(trace, source, destination)
        elif isinstance(source, Server) and isinstance(destination, Service):
            _to_service(trace, source, destination)
        elif isinstance(source, Server):
            _by_route(trace, source, None)
        elif isinstance(source, Internet) and isinstance(destination, Server):
            _from_internet(trace, destination)
        else:
            raise _Refused("AWS services and the internet do not call each other through a VPC")
    except _Refused as refusal:
        refused = str(refusal)
    return NetworkPath(
        source,
        destination,
        tuple(trace.stops),
        ", ".join(trace.ways),
        refused,
        tuple(trace.charges),
    )


def reach_table(
    network: Network,
    sources: Iterable[End],
    destinations: Iterable[End],
    port: int = HTTPS,
    prices: Sheet | None = None,
) -> pd.DataFrame:
    """Follow a connection from each source to each destination.

    Returns
    -------
    pandas.DataFrame
        ``from``, ``to``, ``arrives`` (bool), ``way`` (or what stops it), ``usd_per_gb`` (NaN where
        nothing arrives).
    """
    targets = list(destinations)
    found = [reach(network, a, b, port) for a in sources for b in targets if a != b]
    return pd.DataFrame(
        {
            "from": [str(path.source) for path in found],
            "to": [str(path.destination) for path in found],
            "arrives": [path.reaches for path in found],
            "way": [path.way if path.reaches else path.refused for path in found],
            "usd_per_gb": pd.Series(
                [path.usd_per_gb(network.region, prices) for path in found], dtype=float
            ),
        }
    )


def _within(trace: _Trace, source: Server, destination: Server) -> None:
    network, port = trace.network, trace.port
    here, there = network.subnet(source.subnet), network.subnet(destination.subnet)
    caller, called = _peer(network, source), _peer(network, destination)
    trace.out_of(source, called)
    trace.between(here, caller, there, called)
    trace.stops.append(there.id)
    trace.refuse_if(
        group_refusal(network, destination.groups, caller, port, False, "the called server")
    )
    trace.ways.append("local route")
    trace.across_zones(here, there)


def _peer(network: Network, server: Server) -> Peer:
    address = network.subnet(server.subnet).address
    return Peer(address, tuple(network.group(group).id for group in server.groups))


def _has_public_ip(server: Server, subnet: Subnet) -> bool:
    return subnet.public_ip_on_launch if server.public_ip is None else server.public_ip


def _to_service(trace: _Trace, source: Server, service: Service) -> None:
    """Reach a service by the address that its name has in this VPC."""
    for endpoint in trace.network.endpoints:
        if endpoint.service == service.name and endpoint.private_dns and not endpoint.gateway:
            return _to_interface(trace, source, endpoint)
    return _by_route(trace, source, service)


def _to_interface(trace: _Trace, source: Server, endpoint: Endpoint) -> None:
    network, port = trace.network, trace.port
    here = network.subnet(source.subnet)
    homes = [network.subnet(subnet_id) for subnet_id in endpoint.subnet_ids]
    home = next((subnet for subnet in homes if subnet.zone == here.zone), homes[0])
    caller, called = _peer(network, source), Peer(home.address, endpoint.security_groups)
    trace.out_of(source, called)
    trace.between(here, caller, home, called)
    trace.stops.append(endpoint.id)
    trace.refuse_if(
        group_refusal(network, endpoint.security_groups, caller, port, False, "the endpoint")
    )
    trace.stops.append(endpoint.service)
    trace.ways.append("interface endpoint")
    trace.charges.append(("interface-endpoint-gb", 1))


def _by_route(trace: _Trace, source: Server, service: Service | None) -> None:
    """Reach a public address, of a service or of anybody, as the subnet's route table says."""
    somewhere = Peer(SOMEWHERE)
    here = trace.out_of(source, somewhere)
    trace.refuse_if(acl_refusal(here, somewhere, trace.port, calls=True))
    route = _route(trace.network, here, service)
    if route.target in trace.network.internet_gateways:
        _internet_gateway(trace, source, here, route.target, service)
    elif nat := trace.network.nat(route.target):
        _nat_gateway(trace, here, nat, service)
    elif endpoint := trace.network.endpoint(route.target):
        trace.stops += [endpoint.id, endpoint.service]
        trace.ways.append("gateway endpoint")
        trace.charges.append(("gateway-endpoint-gb", 1))
    else:
        raise _Refused(f"the route leads to {route.target}, which leads nowhere from here")


def _route(network: Network, subnet: Subnet, service: Service | None) -> Route:
    """Return the most specific route; a prefix list is more specific than a default route."""
    table = subnet.table
    named = table.name or table.id
    for route in table.routes:
        endpoint = network.endpoint(route.target)
        if service and endpoint and endpoint.gateway and endpoint.service == service.name:
            return route
    ranges = [
        (route.destination.prefixlen, route)
        for route in table.routes
        if not isinstance(route.destination, str) and SOMEWHERE in route.destination
    ]
    if not ranges:
        raise _Refused(f"route table {named} has no route to a public address")
    route = max(ranges, key=lambda pair: pair[0])[1]
    if not route.active:
        raise _Refused(f"the route {route.destination} of {named} is a black hole")
    return route


def _internet_gateway(
    trace: _Trace, source: Server, here: Subnet, gateway: str, service: Service | None
) -> None:
    trace.stops.append(gateway)
    if not _has_public_ip(source, here):
        raise _Refused("it has no public address, and an internet gateway lends none")
    trace.ways.append("internet gateway")
    _leave(trace, service)


def _nat_gateway(trace: _Trace, here: Subnet, nat: NatGateway, service: Service | None) -> None:
    network = trace.network
    home, caller, somewhere = network.subnet(nat.subnet_id), Peer(here.address), Peer(SOMEWHERE)
    trace.stops.append(nat.id)
    if here.id != home.id:
        trace.refuse_if(acl_refusal(home, caller, trace.port, calls=False))
    trace.refuse_if(acl_refusal(home, somewhere, trace.port, calls=True))
    if not nat.public:
        raise _Refused("a private NAT gateway does not lead to public addresses")
    onward = _route(network, home, None)
    if onward.target not in network.internet_gateways:
        raise _Refused(
            f"the NAT gateway's own subnet {home.name or home.id} has no route to an internet "
            f"gateway"
        )
    trace.stops.append(onward.target)
    trace.ways.append("NAT gateway")
    trace.charges.append(("nat-gateway-gb", 1))
    trace.across_zones(here, home)
    _leave(trace, service)


def _leave(trace: _Trace, service: Service | None) -> None:
    """Go on to the internet, or to a service of the Region, which costs no transfer."""
    trace.stops.append(str(service or Internet()))
    if service is None:
        trace.charges.append(("internet-out-gb", 1))


def _from_internet(trace: _Trace, destination: Server) -> None:
    network, somewhere = trace.network, Peer(SOMEWHERE)
    there = network.subnet(destination.subnet)
    trace.stops.append("internet")
    if not network.internet_gateways:
        raise _Refused("the VPC has no internet gateway")
    trace.stops.append(network.internet_gateways[0])
    if not _has_public_ip(destination, there):
        raise _Refused("it has no public address, so nobody out there can name it")
    if _route(network, there, None).target not in network.internet_gateways:
        raise _Refused("its subnet's route table does not send the answers to an internet gateway")
    trace.refuse_if(acl_refusal(there, somewhere, trace.port, calls=False))
    trace.stops.append(there.id)
    trace.refuse_if(
        group_refusal(
            network, destination.groups, somewhere, trace.port, False, "the called server"
        )
    )
    trace.ways.append("internet gateway")
    trace.charges.append(("internet-in-gb", 1))
