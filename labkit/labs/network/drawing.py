"""Hands a network and its paths to the map."""

from __future__ import annotations

from collections.abc import Sequence

from labkit.labs.network.model import Network, Route, Subnet
from labkit.labs.network.network_map import NetworkMap, PathArrow, SubnetBox, network_map
from labkit.labs.network.path import NetworkPath
from labkit.show.picture import Picture


def draw(
    network: Network, paths: Sequence[NetworkPath] = (), before: Network | None = None
) -> Picture:
    """Draw a network, with paths as arrows: solid where they arrive, dashed to where they stop.

    Parameters
    ----------
    network : Network
    paths : sequence of NetworkPath
    before : Network, optional
        An earlier reading; what was not there then is framed as new.
    """
    earlier = None if before is None else _map(before)
    return network_map(_map(network), [_arrow(path) for path in paths], earlier)


def _map(network: Network) -> NetworkMap:
    ranges = ", ".join(str(cidr) for cidr in network.cidrs)
    return NetworkMap(
        vpc=f"VPC {ranges}",
        subnets=tuple(_box(network, subnet) for subnet in network.subnets),
        internet_gateways=network.internet_gateways,
        endpoints=tuple((one.id, one.service) for one in network.endpoints),
    )


def _box(network: Network, subnet: Subnet) -> SubnetBox:
    return SubnetBox(
        id=subnet.id,
        name=subnet.name,
        cidr=str(subnet.cidr),
        zone=subnet.zone,
        public=network.is_public(subnet),
        routes=tuple(
            _line(network, route) for route in subnet.table.routes if route.target != "local"
        ),
        nats=tuple(nat.id for nat in network.nat_gateways if nat.subnet_id == subnet.id),
        acl=_acl(subnet),
    )


def _acl(subnet: Subnet) -> str:
    """Say which ACL a subnet has of its own, and how many rules let something in."""
    if not subnet.acl_name:
        return ""
    opened = sum(entry.allows and not entry.outbound for entry in subnet.acl)
    return f"ACL {subnet.acl_name}: {opened} inbound {'rule' if opened == 1 else 'rules'}"


def _line(network: Network, route: Route) -> str:
    endpoint = network.endpoint(route.target)
    target = route.target.partition("-")[0] if route.active else "black hole"
    target = {"igw": "internet gateway", "nat": "NAT gateway", "vpce": "endpoint"}.get(
        target, target
    )
    if endpoint and isinstance(route.destination, str):
        return f"{endpoint.service}'s prefix list → {target}"
    return f"{route.destination} → {target}"


def _arrow(path: NetworkPath) -> PathArrow:
    end = f"arrives by {path.way}" if path.reaches else f"does not arrive: {path.refused}"
    return PathArrow(path.stops, path.reaches, f"{path.source} to {path.destination}: {end}.")
