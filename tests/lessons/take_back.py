"""Takes back what a wrong answer did, in the kernel that gave it: what it made, and what it added.

What it only overwrote is left where the right answer overwrites it again.
"""

from __future__ import annotations

import copy
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from labkit import Lab
from labkit.aws.limits import SANDBOX
from labkit.aws.trace import TRACE
from labkit.resources.pacing import Pacer
from labkit.resources.removal import Remover

Params = dict[str, Any]
Call = dict[str, Any]

INVERSES = {
    "AddPermission": ("RemovePermission", ("FunctionName", "StatementId")),
    "AttachRolePolicy": ("DetachRolePolicy", ("RoleName", "PolicyArn")),
    "AuthorizeSecurityGroupIngress": ("RevokeSecurityGroupIngress", ("GroupId", "IpPermissions")),
    "CreateNetworkAclEntry": ("DeleteNetworkAclEntry", ("NetworkAclId", "RuleNumber", "Egress")),
    "CreateRoute": ("DeleteRoute", ("RouteTableId", "DestinationCidrBlock")),
    "PutFunctionConcurrency": ("DeleteFunctionConcurrency", ("FunctionName",)),
    "PutMethod": ("DeleteMethod", ("restApiId", "resourceId", "httpMethod")),
    "PutProvisionedConcurrencyConfig": (
        "DeleteProvisionedConcurrencyConfig",
        ("FunctionName", "Qualifier"),
    ),
    "PutRolePolicy": ("DeleteRolePolicy", ("RoleName", "PolicyName")),
    "PutWarmPool": ("DeleteWarmPool", ("AutoScalingGroupName",)),
}
"""Operation → the one that takes it back, and which of its parameters that takes."""

KEPT = {"SQS queue"}
"""Kinds that stay: for 60 s after its deletion a queue's name cannot be used again."""


class Mark:
    """How things stand before a wrong answer."""

    def __init__(self, lab: Lab, names: dict[str, Any]) -> None:
        self._lab = lab
        self._names = names
        self._values = {name: _copied(names[name]) for name in names if _is_own(name)}
        self._items = {item.op for item in lab._journal.items()}
        self._called = len(_calls())

    def take_back(self) -> None:
        """Take back what was done since, the latest first, and give names their values back."""
        before, since = _calls()[: self._called], _calls()[self._called :]
        for call in reversed(since):
            client = self._lab._unrecorded(call["service"])
            try:
                _take_back(client, call["operation"], call["params"], before)
            except ClientError:
                continue  # it was refused, or is gone with what it belonged to
        journal, target = self._lab._journal, self._lab.target
        pacer = Pacer(target.account, target.region, SANDBOX)
        remover = Remover(journal, self._lab._unrecorded, threading.Event(), lambda *_: None, pacer)
        for item in reversed(journal.open_items()):
            if item.op not in self._items and item.kind not in KEPT:
                remover.remove(item)
                if item.kind == "NAT gateway":  # it holds its address until it is deleted, not gone
                    waiter = self._lab._unrecorded("ec2").get_waiter("nat_gateway_deleted")
                    waiter.wait(NatGatewayIds=[item.id], WaiterConfig={"Delay": 1})
        for name in set(filter(_is_own, self._names)) - set(self._values):
            del self._names[name]
        self._names.update(self._values)


def _is_own(name: str) -> bool:
    """Whether a name is one that a lesson gave, and none of IPython's."""
    return not name.startswith("_") and name not in ("In", "Out")


def _copied(value: Any) -> Any:
    """Copy plain data, which an answer may change in place."""
    if not isinstance(value, dict | list):
        return value
    try:
        return copy.deepcopy(value)
    except TypeError:
        return value


def _take_back(client: Any, operation: str, params: Params, before: list[Call]) -> None:
    match operation:
        case operation if operation in INVERSES:
            name, taken = INVERSES[operation]
            _method(client, name)(**{key: params[key] for key in taken})
        case "SetQueueAttributes":
            queue, was = {"QueueUrl": params["QueueUrl"]}, {"RedrivePolicy": ""}
            for earlier in _earlier(before, operation, queue):
                was |= earlier["Attributes"]
            again = {name: was[name] for name in params["Attributes"].keys() & was.keys()}
            client.set_queue_attributes(**queue, Attributes=again)
        case "UpdateFunctionCode" | "UpdateFunctionConfiguration":  # another one would be refused
            updated = client.get_waiter("function_updated_v2")
            updated.wait(FunctionName=params["FunctionName"], WaiterConfig={"Delay": 0.1})
        case "UpdateIntegration":
            ids = {key: params[key] for key in ("restApiId", "resourceId", "httpMethod")}
            client.put_integration(**_earlier(before, "PutIntegration", ids)[-1])
        case "AssociateRouteTable":
            found = client.describe_route_tables(RouteTableIds=[params["RouteTableId"]])
            for one in found["RouteTables"][0]["Associations"]:
                if one.get("SubnetId") == params["SubnetId"]:
                    client.disassociate_route_table(AssociationId=one["RouteTableAssociationId"])
        case "AssociateVpcCidrBlock":
            found = client.describe_vpcs(VpcIds=[params["VpcId"]])
            for one in found["Vpcs"][0]["CidrBlockAssociationSet"]:
                if one["CidrBlock"] == params["CidrBlock"]:
                    client.disassociate_vpc_cidr_block(AssociationId=one["AssociationId"])


def _earlier(before: list[Call], operation: str, of: Params) -> list[Params]:
    """Return the parameters of an operation's earlier calls for one thing."""
    found = [call["params"] for call in before if call["operation"] == operation]
    return [params for params in found if params.items() >= of.items()]


def _method(client: Any, operation: str) -> Callable[..., Any]:
    names = {name: method for method, name in client.meta.method_to_api_mapping.items()}
    method: Callable[..., Any] = getattr(client, names[operation])
    return method


def _calls() -> list[Call]:
    path = Path(os.environ[TRACE])
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]
