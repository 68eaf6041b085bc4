"""The ARN of what a request is about.

MiniStack reads names from where most requests have them; what it does not find is looked for here.
Such a request would be judged as being about everything, and a policy that allows what bears
certain names would never allow it.
Source: Service Authorization Reference, "Resource types".
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from labkit.sandbox.gateway import registry
from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.upstream.app import app
from labkit.sandbox.upstream.iam import actions

EVERYTHING = "*"

NAMED = {
    "dynamodb": (("ResourceArn", "{name}"),),
    "ec2": (
        ("NatGatewayId", "arn:aws:ec2:{region}:{account}:natgateway/{name}"),
        ("NetworkAclId", "arn:aws:ec2:{region}:{account}:network-acl/{name}"),
        ("LaunchTemplateId", "arn:aws:ec2:{region}:{account}:launch-template/{name}"),
    ),
    "elbv2": (
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
    "cloudwatch": (
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
    "stepfunctions": (("resourceArn", "{name}"),),
    "events": (("ResourceARN", "{name}"),),
}
"""By service: the parameters that name a resource, and the ARN that it has."""

ABOUT_EVERYTHING = {
    ("lambda", "CreateEventSourceMapping"),
    ("lambda", "ListEventSourceMappings"),
}
"""Operations that name a resource and yet take none, so that policies allow them on `*`."""


NO_ARN = (
    "You must use this format to specify the {}: "
    "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
)
MUST_BE_ARNS = {"sqs": ("SourceArn", "DestinationArn")}
"""By service: parameters that take an ARN alone; SQS looks at them before it asks IAM."""


def resource_of(request: Request) -> str:
    """Return the ARN of what a request is about; ``*`` if it names nothing, or takes nothing.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If a parameter that takes an ARN holds something else.
    """
    for parameter in MUST_BE_ARNS.get(request.service, ()):
        given = request.parameters.get(parameter)
        if isinstance(given, str) and given and not given.startswith("arn:"):
            refuse("InvalidParameterValue", NO_ARN.format(parameter))
    service = registry.by_name(request.service)
    if request.operation and (arn := service.provider.resource(request)):
        return arn
    found: str = actions.extract_resource_arn(
        service.upstream, request.method, request.path, request.headers, request.body,
        routing(request), request.region, request.account,
    )  # fmt: skip
    if found != EVERYTHING or (request.service, request.operation) in ABOUT_EVERYTHING:
        return found
    tagged = unquote(request.path).partition("/tags/")[2]
    return tagged if tagged.startswith("arn:") else _named(request) or EVERYTHING


def routing(request: Request) -> dict[str, Any]:
    """Return the fields of the query string, and those of a form, as MiniStack wants them."""
    fields: dict[str, Any] = app._routing_params(
        request.method, request.path, request.headers, request.body, request.query
    )
    return fields


def _named(request: Request) -> str | None:
    if request.service not in NAMED or not request.operation:
        return None
    for parameter, arn in NAMED[request.service]:
        value = request.parameters.get(parameter)
        name = value[0] if isinstance(value, list) and value else value
        if isinstance(name, str) and name:
            account, region = request.account, request.region
            return (
                arn.format(name=name, region=region, account=account)
                if not (name.startswith("arn:"))
                else name
            )
    return None
