"""How fast a target takes calls: what differs between an AWS account and the embedded sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Limits:
    """What a target asks of those who call it.

    Attributes
    ----------
    apart_s
        Service and operation → the least time between two such calls of one account in one Region,
        in seconds.
    looks_apart_s
        Pause between two looks at something that was missing once, in seconds.
    inventories_apart_s
        Time between the two inventories that end a teardown, in seconds: long enough for what was
        still being written, or made, to show.
    inventory_everywhere
        Whether the inventories ask every service that labkit knows, or only those to which the run
        sent something.
    """

    apart_s: Mapping[tuple[str, str], float] = field(default_factory=lambda: MappingProxyType({}))
    looks_apart_s: float = 0.0
    inventories_apart_s: float = 0.0
    inventory_everywhere: bool = True


SANDBOX = Limits(inventories_apart_s=0.2, inventory_everywhere=False)
"""The sandbox takes every call at once, and what is missing there once is gone; 0.2 s is longer
than a function takes to write its last line. It would have to load a service only to say that
nothing is there, which takes seconds, and all that is in it ends with it."""

ACCOUNT = Limits(
    MappingProxyType({("apigateway", "DeleteRestApi"): 31.0}),
    looks_apart_s=0.1,
    inventories_apart_s=30.0,
)
"""AWS: one DeleteRestApi per 30 s and account (API Gateway quotas), and one second more, since a
call may take longer to arrive than the one before it. Log lines of a function's last call may come
some seconds after it, and would make its log group anew."""
