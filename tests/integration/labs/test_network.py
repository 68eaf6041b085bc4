"""A network that is read from the sandbox, as lesson 01 builds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labkit.lab import Lab
from labkit.labs.network import Internet, Server, reach, read_network, two_zone_vpc


def test_what_is_read_is_what_was_built(lab: Lab, plain: Callable[[str], Any]) -> None:
    made = two_zone_vpc(lab.client("ec2"))
    read = read_network(plain("ec2"), made.vpc_id)
    assert {one.name: read.is_public(one) for one in read.subnets} == {
        "public-1": True,
        "public-2": True,
        "private-1": False,
        "private-2": False,
    }
    assert reach(read, Server("private-2"), Internet()).way == "NAT gateway, across zones"
