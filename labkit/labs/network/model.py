"""A VPC as the API describes it: the parts that decide which packet can go where."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from labkit.errors import LabkitError

ANY = IPv4Network("0.0.0.0/0")
RESERVED_BELOW = 4
"""AWS keeps a subnet's first four addresses and its last (Amazon VPC user guide)."""


@dataclass(frozen=True)
class Route:
    """One route: to a range, or to a service's prefix list, through a target.

    Attributes
    ----------
    destination : ipaddress.IPv4Network or str
        A range, or a prefix list's id (``pl-…``).
    target : str
        ``"local"`` or the target's id.
    active : bool
        False for a black hole: the target is gone.
    """

    destination: IPv4Network | str
    target: str
    active: bool = True


@dataclass(frozen=True)
class RouteTable:
    """A route table."""

    id: str
    name: str
    main: bool
    routes: tuple[Route, ...]


@dataclass(frozen=True)
class AclEntry:
    """A numbered rule of a network ACL; the first that matches decides.

    Attributes
    ----------
    ports : range or None
        None for all ports.
    """

    number: int
    outbound: bool
    allows: bool
    cidr: IPv4Network
    ports: range | None = None


@dataclass(frozen=True)
class GroupRule:
    """A rule of a security group; it can only allow."""

    outbound: bool
    ports: range | None = None
    cidr: IPv4Network | None = None
    group: str | None = None


@dataclass(frozen=True)
class SecurityGroup:
    """A security group."""

    id: str
    name: str
    rules: tuple[GroupRule, ...]


@dataclass(frozen=True)
class Subnet:
    """A subnet with what AWS has associated with it.

    Attributes
    ----------
    acl : tuple of AclEntry
        Its network ACL's entries, in the order in which they are tried.
    acl_name : str
        Name or id of that ACL; empty for the VPC's default one.
    """

    id: str
    name: str
    cidr: IPv4Network
    zone: str
    table: RouteTable
    acl: tuple[AclEntry, ...]
    acl_name: str = ""
    public_ip_on_launch: bool = False

    @property
    def address(self) -> IPv4Address:
        """An address that a server in it could have: the sixth that AWS does not keep."""
        return self.cidr[RESERVED_BELOW + 6]


@dataclass(frozen=True)
class NatGateway:
    """A NAT gateway that is there to be used."""

    id: str
    name: str
    subnet_id: str
    public: bool


@dataclass(frozen=True)
class Endpoint:
    """A VPC endpoint.

    Attributes
    ----------
    service : str
        The last part of its service's name: ``"s3"``.
    private_dns : bool
        Whether the service's ordinary name means the endpoint, inside the VPC.
    """

    id: str
    name: str
    service: str
    gateway: bool
    subnet_ids: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    private_dns: bool = False


@dataclass(frozen=True)
class Network:
    """A VPC at one moment."""

    vpc_id: str
    region: str
    cidrs: tuple[IPv4Network, ...]
    subnets: tuple[Subnet, ...]
    internet_gateways: tuple[str, ...] = ()
    nat_gateways: tuple[NatGateway, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    groups: tuple[SecurityGroup, ...] = field(default=(), repr=False)

    def subnet(self, which: str) -> Subnet:
        """Return a subnet by its id or its Name tag.

        Raises
        ------
        LabkitError
            If there is none, or more than one of that name.
        """
        found = [subnet for subnet in self.subnets if which in (subnet.id, subnet.name)]
        if len(found) != 1:
            names = ", ".join(subnet.name or subnet.id for subnet in self.subnets) or "none"
            raise LabkitError(
                f"{self.vpc_id} has {len(found)} subnets {which!r}; give the id or Name of one: "
                f"{names}."
            )
        return found[0]

    def group(self, which: str) -> SecurityGroup:
        """Return a security group by its id, or the VPC's default one by ``"default"``.

        Raises
        ------
        LabkitError
            If there is no such group.
        """
        for group in self.groups:
            if which in (group.id, group.name):
                return group
        raise LabkitError(f"{self.vpc_id} has no security group {which!r}.")

    def nat(self, nat_id: str) -> NatGateway | None:
        """Return a NAT gateway that is there, by its id."""
        return next((nat for nat in self.nat_gateways if nat.id == nat_id), None)

    def endpoint(self, endpoint_id: str) -> Endpoint | None:
        """Return an endpoint that is there, by its id."""
        return next((one for one in self.endpoints if one.id == endpoint_id), None)

    def is_public(self, subnet: Subnet) -> bool:
        """Say whether a subnet is public: whether a route leads straight to an internet gateway.

        That is AWS's definition (Amazon VPC user guide, "Subnet types").
        """
        return any(
            route.active and route.target in self.internet_gateways for route in subnet.table.routes
        )
