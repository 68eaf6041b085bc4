"""What network ACLs and security groups let pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from labkit.labs.network.model import GroupRule, Network, SecurityGroup, Subnet

ANSWER_PORT = 40_000
"""Stands for the caller's port, to which answers go: Linux takes 32768 to 60999."""


@dataclass(frozen=True)
class Peer:
    """The other end of a connection, as rules see it."""

    address: IPv4Address
    groups: tuple[str, ...] = ()


def acl_refusal(subnet: Subnet, peer: Peer, port: int, calls: bool) -> str | None:
    """Say which rule of a subnet's ACL stops a connection or its answers.

    An ACL keeps no state, so both directions need a rule.

    Parameters
    ----------
    subnet : Subnet
    peer : Peer
        The other end.
    port : int
        The port that is called.
    calls : bool
        Whether the subnet's side is the one that calls.

    Returns
    -------
    str or None
        What stops it, in words; None if nothing does.
    """
    there, back = (True, False) if calls else (False, True)
    for outbound, of_port, what in ((there, port, "the call"), (back, ANSWER_PORT, "its answers")):
        number = _acl_stops(subnet, peer.address, of_port, outbound)
        if number:
            way = "out of" if outbound else "into"
            return (
                f"the network ACL of {subnet.name or subnet.id} does not let {what} {way} the "
                f"subnet (port {of_port}, {number})"
            )
    return None


def _acl_stops(subnet: Subnet, address: IPv4Address, port: int, outbound: bool) -> str | None:
    for entry in subnet.acl:
        fits = entry.outbound == outbound and address in entry.cidr
        if fits and (entry.ports is None or port in entry.ports):
            return None if entry.allows else f"rule {entry.number}"
    return "no rule"


def group_refusal(
    network: Network, groups: Sequence[str], peer: Peer, port: int, outbound: bool, whose: str
) -> str | None:
    """Say whether security groups stop a connection; answers to what they let pass always pass.

    Parameters
    ----------
    network : Network
    groups : sequence of str
        Ids, or ``"default"``.
    peer : Peer
    port : int
        The port that is called.
    outbound : bool
        Whether these are the caller's groups.
    whose : str
        For the words: ``"the caller"``.
    """
    own = [network.group(group) for group in groups]
    if any(_allows(rule, peer, port) for rule in _rules(own, outbound)):
        return None
    way = "out to" if outbound else "in from"
    named = ", ".join(group.name for group in own)
    return (
        f"no rule of the security group of {whose} ({named}) lets port {port} {way} {peer.address}"
    )


def _rules(groups: Iterable[SecurityGroup], outbound: bool) -> Iterable[GroupRule]:
    return (rule for group in groups for rule in group.rules if rule.outbound == outbound)


def _allows(rule: GroupRule, peer: Peer, port: int) -> bool:
    if rule.ports is not None and port not in rule.ports:
        return False
    in_range = rule.cidr is not None and peer.address in rule.cidr
    return in_range or (rule.group is not None and rule.group in peer.groups)
