"""Network ACLs: a new one lets nothing through, and each subnet has exactly one of its own VPC.

A network ACL ends in a rule that denies what no other rule decides, in both directions; moto gives
it to the default ones only, and keeps the associations of subnets that are gone.
Source: VPC User Guide, "Custom network ACLs"; EC2 API Reference, "Error codes".
"""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_network
from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.upstream.moto import network_acls

LAST_RULE = 32767
"""The number of the rule that cannot be changed; rules of one's own come before it."""


def settle(backend: Any) -> None:
    """Forget what went with a VPC, and the associations of subnets that have been deleted."""
    there = {identity for zone in backend.subnets.values() for identity in zone}
    for acl in list(backend.network_acls.values()):
        if acl.vpc_id not in backend.vpcs:
            del backend.network_acls[acl.id]
        for association in acl.associations:
            if association.subnet_id not in there:
                del acl._associations[association.id]


def closed(upstream: Any) -> Any:
    """Return moto's class of network ACLs, which then let nothing through."""

    class NetworkAcl(upstream):  # type: ignore[misc]
        """moto's network ACL, which denies what it does not allow."""

        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            if not self.default:
                self.network_acl_entries = [self._last(egress) for egress in (True, False)]

        def _last(self, egress: bool) -> Any:
            ports = dict.fromkeys(
                ("icmp_code", "icmp_type", "port_range_from", "port_range_to", "ipv6_cidr_block")
            )
            return network_acls.NetworkAclEntry(
                self.ec2_backend,
                self.id,
                rule_number=LAST_RULE,
                protocol="-1",
                rule_action="deny",
                egress=egress,
                cidr_block="0.0.0.0/0",
                **ports,
            )

    return NetworkAcl


def _check_entry(request: Request, backend: Any) -> None:
    number = int(request.form.text("RuleNumber"))
    if not 1 <= number < LAST_RULE:
        refuse("InvalidParameterValue", f"Invalid value '{number}' for rule number")
    if block := request.form.text("CidrBlock"):
        with suppress(ValueError):
            ip_network(block, strict=False)
            return
        refuse("InvalidParameterValue", f"CIDR block {block} is malformed")


def _check_known_entry(request: Request, backend: Any) -> None:
    _check_entry(request, backend)
    acl = backend.get_network_acl(request.form.text("NetworkAclId"))
    number = int(request.form.text("RuleNumber"))
    egress = request.form.is_true("Egress")
    if not any((e.rule_number, e.egress) == (number, egress) for e in acl.entries):
        refuse(
            "InvalidNetworkAclEntry.NotFound",
            f"The network acl entry identified by {number} does not exist",
        )


def _check_deletion(request: Request, backend: Any) -> None:
    acl = backend.get_network_acl(request.form.text("NetworkAclId"))
    if acl.default:
        refuse("InvalidParameterValue", f"Cannot delete default network ACL {acl.id}")


def _check_association(request: Request, backend: Any) -> None:
    acl = backend.get_network_acl(request.form.text("NetworkAclId"))
    wanted = request.form.text("AssociationId")
    for other in backend.network_acls.values():
        for association in other.associations:
            if association.id != wanted:
                continue
            if other.vpc_id != acl.vpc_id:
                refuse(
                    "InvalidParameterValue",
                    f"networkAcl {acl.id} and subnet {association.subnet_id} belong to different "
                    "networks",
                )
            return
    refuse("InvalidAssociationID.NotFound", f"The association ID '{wanted}' does not exist")


RULES = {
    "CreateNetworkAclEntry": _check_entry,
    "DeleteNetworkAcl": _check_deletion,
    "DeleteNetworkAclEntry": _check_known_entry,
    "ReplaceNetworkAclAssociation": _check_association,
    "ReplaceNetworkAclEntry": _check_known_entry,
}
