"""Which packet can go where in a VPC, by which way, and what a GB costs on it."""

from __future__ import annotations

from labkit.labs.network.drawing import draw
from labkit.labs.network.model import Network
from labkit.labs.network.path import Internet, NetworkPath, Server, Service
from labkit.labs.network.reach import reach, reach_table
from labkit.labs.network.read import read_network, read_run
from labkit.labs.network.two_zones import named, two_zone_vpc

__all__ = [
    "Internet",
    "Network",
    "NetworkPath",
    "Server",
    "Service",
    "draw",
    "named",
    "reach",
    "reach_table",
    "read_network",
    "read_run",
    "two_zone_vpc",
]
