"""The ARN of what a request is about, where MiniStack does not find it.

It reads names from where most requests have them; the rest would be judged as being about
everything, and a policy that allows what bears certain names would never allow them.
Source: Service Authorization Reference, "Resource types".
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from ministack.core import iam_actions

from labkit.sandbox.upstream import seams

SIGNATURE = "(service, method, path, headers, body, query_params, region, account_id)"

EVERYTHING = "*"

NAMED = {
    "dynamodb": (("ResourceArn", "{name}"),),
    "ec2": (
        ("NatGatewayId", "arn:aws:ec2:{region}:{account}:natgateway/{name}"),
        ("NetworkAclId", "arn:aws:ec2:{region}:{account}:network-acl/{name}"),
        ("LaunchTemplateId", "arn:aws:ec2:{region}:{account}:launch-template/{name}"),
    ),
    "elasticloadbalancing": (
        ("LoadBalancerArn", "{name}"),
        ("TargetGroupArn", "{name}"),
        ("Name", "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}"),
    ),
    "iam": (
        ("PolicyName", "arn:aws:iam::{account}:policy/{name}"),
        ("PolicySourceArn", "{name}"),
    ),
    "lambda": (("FunctionName", "arn:aws:lambda:{region}:{account}:function:{name}"),),
    "logs": (
        ("logGroupIdentifier", "arn:aws:logs:{region}:{account}:log-group:{name}"),
        ("logGroupNames", "arn:aws:logs:{region}:{account}:log-group:{name}"),
        ("logGroupIdentifiers", "arn:aws:logs:{region}:{account}:log-group:{name}"),
    ),
    "monitoring": (
        ("AlarmName", "arn:aws:cloudwatch:{region}:{account}:alarm:{name}"),
        ("AlarmNames", "arn:aws:cloudwatch:{region}:{account}:alarm:{name}"),
        ("ResourceARN", "{name}"),
        ("DashboardName", "arn:aws:cloudwatch::{account}:dashboard/{name}"),
        ("DashboardNames", "arn:aws:cloudwatch::{account}:dashboard/{name}"),
    ),
    "rds": (
        ("DBInstanceIdentifier", "arn:aws:rds:{region}:{account}:db:{name}"),
        ("DBClusterIdentifier", "arn:aws:rds:{region}:{account}:cluster:{name}"),
        ("DBProxyName", "arn:aws:rds:{region}:{account}:db-proxy:{name}"),
        ("DBSubnetGroupName", "arn:aws:rds:{region}:{account}:subgrp:{name}"),
    ),
    "sqs": (("SourceArn", "{name}"),),
    "sns": (("ResourceArn", "{name}"),),
    "states": (("resourceArn", "{name}"),),
    "events": (("ResourceARN", "{name}"),),
}
"""By service: the parameters that name a resource, and the ARN that it has."""

ABOUT_EVERYTHING = {
    "lambda:CreateEventSourceMapping",
    "lambda:ListEventSourceMappings",
}
"""Actions that name a resource and yet take none, so that policies allow them on `*`."""


def install() -> None:
    """Look for a name where MiniStack found none."""

    def resource_arn(
        service: str, method: str, path: str, headers: dict[str, str], body: bytes,
        query: dict[str, Any], region: str, account: str,
    ) -> str:  # fmt: skip
        found: str = upstream(service, method, path, headers, body, query, region, account)
        tagged = unquote(path).partition("/tags/")[2]
        if found == EVERYTHING and tagged.startswith("arn:"):
            return tagged
        if found != EVERYTHING or service not in NAMED:
            return found
        action = iam_actions.extract_iam_action(service, method, path, headers, body, query)
        if action in ABOUT_EVERYTHING:
            return found
        return _named(service, _parameters(body, query), region, account) or found

    upstream = seams.replace(
        iam_actions.__name__, "extract_resource_arn", resource_arn, like=SIGNATURE
    )


def _named(service: str, parameters: dict[str, Any], region: str, account: str) -> str | None:
    for parameter, arn in NAMED[service]:
        value = parameters.get(parameter)
        name = value[0] if isinstance(value, list) and value else value
        if isinstance(name, str) and name:
            return (
                name
                if name.startswith("arn:")
                else arn.format(name=name, region=region, account=account)
            )
    return None


def _parameters(body: bytes, query: dict[str, Any]) -> dict[str, Any]:
    """Return a request's parameters, from JSON or from a form."""
    if body[:1] == b"{":
        try:
            return dict(json.loads(body))
        except ValueError:
            return {}
    members = {
        name.removesuffix(".member.1"): value
        for name, value in query.items()
        if name.endswith(".member.1")
    }
    return query | members
