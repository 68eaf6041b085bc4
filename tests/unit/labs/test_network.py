"""Paths through networks that are written down by hand, priced by hand."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from labkit.errors import LabkitError
from labkit.labs.network import Internet, Server, Service, draw, reach
from labkit.labs.network.model import (
    ANY,
    AclEntry,
    Endpoint,
    GroupRule,
    NatGateway,
    Network,
    Route,
    RouteTable,
    SecurityGroup,
    Subnet,
)

OPEN = (
    AclEntry(100, outbound=True, allows=True, cidr=ANY),
    AclEntry(100, outbound=False, allows=True, cidr=ANY),
)
SEOUL = "ap-northeast-2"


def table(name: str, *targets: Route) -> RouteTable:
    return RouteTable(f"rtb-{name}", name, False, targets)


def subnet(name: str, third: int, zone: str, routes: RouteTable) -> Subnet:
    cidr = IPv4Network(f"10.0.{third}.0/24")
    return Subnet(f"subnet-{name}", name, cidr, zone, routes, OPEN)


def network(**changes: Any) -> Network:
    public = table("public", Route(ANY, "igw-1"))
    private = table("private", Route(ANY, "nat-1"), Route("pl-s3", "vpce-s3"))
    made = Network(
        vpc_id="vpc-1",
        region=SEOUL,
        cidrs=(IPv4Network("10.0.0.0/16"),),
        subnets=(
            subnet("public", 0, "a", public),
            subnet("near", 1, "a", private),
            subnet("far", 2, "c", private),
        ),
        internet_gateways=("igw-1",),
        nat_gateways=(NatGateway("nat-1", "nat", "subnet-public", public=True),),
        groups=(
            SecurityGroup(
                "sg-default",
                "default",
                (GroupRule(True, cidr=ANY), GroupRule(False, group="sg-default")),
            ),
            SecurityGroup("sg-web", "web", (GroupRule(False, range(443, 444), cidr=ANY),)),
        ),
    )
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("source", "usd"),
    [
        (Server("public", public_ip=True), 0.126),
        (Server("near"), 0.059 + 0.126),
        (Server("far"), 0.059 + 0.126 + 2 * 0.01),
    ],
)
def test_a_gb_to_the_internet_from_seoul(source: Server, usd: float) -> None:
    path = reach(network(), source, Internet())
    assert path.usd_per_gb(SEOUL) == pytest.approx(usd)


def test_a_gateway_endpoint_takes_its_service_off_the_nat_gateway() -> None:
    s3 = Endpoint("vpce-s3", "s3", "s3", gateway=True)
    assert reach(network(), Server("near"), Service("s3")).way == "NAT gateway"
    with_it = reach(network(endpoints=(s3,)), Server("near"), Service("s3"))
    assert (with_it.way, with_it.usd_per_gb(SEOUL)) == ("gateway endpoint", 0)
    other = reach(network(endpoints=(s3,)), Server("near"), Service("logs"))
    assert other.way == "NAT gateway"


def test_an_interface_endpoint_needs_its_name_and_an_open_group() -> None:
    logs = Endpoint("vpce-l", "", "logs", False, ("subnet-near",), ("sg-web",), private_dns=True)
    path = reach(network(endpoints=(logs,)), Server("far"), Service("logs"))
    assert (path.way, path.usd_per_gb(SEOUL)) == ("interface endpoint", pytest.approx(0.01))
    unnamed = replace(logs, private_dns=False)
    assert reach(network(endpoints=(unnamed,)), Server("far"), Service("logs")).way == (
        "NAT gateway, across zones"
    )
    shut = replace(logs, security_groups=("sg-default",))
    outsider = Server("far", ("sg-web",))
    assert not reach(network(endpoints=(shut,)), outsider, Service("logs")).reaches


def test_nobody_gets_in_without_a_public_address_a_route_and_a_rule() -> None:
    web = ("sg-web",)
    into = {
        server: reach(network(), Internet(), server).refused
        for server in (
            Server("public", web, public_ip=True),
            Server("public", web, public_ip=False),
            Server("public", public_ip=True),
            Server("near", web, public_ip=True),
        )
    }
    assert [bool(refused) for refused in into.values()] == [False, True, True, True]


def test_an_acl_has_to_let_the_answers_back_in() -> None:
    entries = (
        AclEntry(90, outbound=False, allows=True, cidr=ANY, ports=range(443, 444)),
        AclEntry(100, outbound=True, allows=True, cidr=ANY),
    )
    made = network()
    careful = replace(made.subnets[1], acl=entries)
    made = replace(made, subnets=(made.subnets[0], careful, made.subnets[2]))
    assert "its answers into" in (reach(made, Server("near"), Internet()).refused or "")
    answers = AclEntry(95, outbound=False, allows=True, cidr=ANY, ports=range(1024, 65536))
    made = replace(
        made, subnets=(made.subnets[0], replace(careful, acl=(answers, *entries)), made.subnets[2])
    )
    assert reach(made, Server("near"), Internet()).reaches


def test_a_nat_gateway_in_a_private_subnet_leads_nowhere() -> None:
    lost = NatGateway("nat-1", "nat", "subnet-far", public=True)
    path = reach(network(nat_gateways=(lost,)), Server("near"), Internet())
    assert "no route to an internet gateway" in (path.refused or "")


def test_a_black_hole_swallows_what_it_matches() -> None:
    made = network()
    holed = replace(made.subnets[1], table=table("holed", Route(ANY, "nat-1", active=False)))
    path = reach(replace(made, subnets=(holed,)), Server("near"), Internet())
    assert "black hole" in (path.refused or "")


def test_within_the_vpc_only_crossing_costs() -> None:
    near = reach(network(), Server("near"), Server("public"))
    far = reach(network(), Server("near"), Server("far"))
    assert near.usd_per_gb(SEOUL) == 0
    assert far.usd_per_gb(SEOUL) == pytest.approx(0.02)


def test_an_unknown_subnet_is_named() -> None:
    with pytest.raises(LabkitError, match="0 subnets 'nowhere'"):
        reach(network(), Server("nowhere"), Internet())


def test_a_map_says_what_it_shows() -> None:
    made = network()
    blocked = reach(network(), Internet(), Server("near"))
    alt = draw(made, [reach(made, Server("near"), Internet()), blocked], before=made).alt
    assert "near in a, 10.0.1.0/24, private: 0.0.0.0/0 → NAT gateway" in alt
    assert "near to internet: arrives by NAT gateway" in alt
    assert "internet to near: does not arrive" in alt
