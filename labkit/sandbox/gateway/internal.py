"""A call from one service to another, in process: below authentication, but not past permissions.

The callee's own policy has to let the calling service in, or the role that it assumes has to allow
the call; then the call comes to the same provider as a request from outside.
Source: IAM User Guide, "Policy evaluation logic" and "IAM role trust policies for services".
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.gateway import models, parse, permissions, pipeline
from labkit.sandbox.gateway.actions import action_of
from labkit.sandbox.gateway.errors import AccessDenied, AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.gateway.resources import resource_of
from labkit.sandbox.upstream.app import responses


@dataclass(frozen=True)
class OnBehalfOf:
    """Who calls.

    Attributes
    ----------
    service
        The service principal, for example ``sns.amazonaws.com``.
    source_arn
        What it acts for: a topic, a rule, an API's method.
    role_arn
        The role that it assumes for the call; empty if it comes as itself.
    session
        The name of the role's session.
    """

    service: str
    source_arn: str
    role_arn: str = ""
    session: str = "session"


async def call(
    service: str,
    operation: str,
    parameters: dict[str, Any],
    caller: OnBehalfOf,
    *,
    account: str,
    region: str,
    resource_arn: str = "",
) -> dict[str, Any]:
    """Call an operation of another service; return the members of its output.

    Parameters
    ----------
    service, operation
        boto's name of the service, botocore's of its operation.
    parameters
        By botocore's names of the input's members.
    caller
        Who calls, which decides who is asked whether they may.
    account, region
        Whose service is called.
    resource_arn
        What the call is about; by default what the parameters name.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If the call is not allowed, or refused.
    """
    request = _request(service, operation, parameters, account, region)
    with responses.request_scope(account, region):
        check(request, caller, resource_arn or resource_of(request))
        output = await pipeline.dispatch(request)
        return read(request, output) if isinstance(output, Response) else output


def check(request: Request, caller: OnBehalfOf, resource_arn: str) -> None:
    """Ask whether a service may make a call.

    Raises
    ------
    labkit.sandbox.gateway.errors.AccessDenied
        If it may not.
    """
    action = action_of(request) or ""
    allowed = (
        permissions.role_may(caller.role_arn, caller.service, action, resource_arn, caller.session)
        if caller.role_arn
        else permissions.resource_allows(caller.service, action, resource_arn, caller.source_arn)
    )
    if not allowed:
        who = caller.role_arn or caller.service
        raise AccessDenied(
            f"User: {who} is not authorized to perform: {action} on resource: {resource_arn}"
        )


def read(request: Request, response: Response) -> dict[str, Any]:
    """Read a response that is written already.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is an error.
    """
    from botocore.awsrequest import HeadersDict
    from botocore.parsers import create_parser

    answer = {
        "status_code": response.status,
        "headers": HeadersDict(response.headers),
        "body": response.body,
    }
    parser = create_parser(request.protocol)
    found: dict[str, Any] = parser.parse(answer, request.model.output_shape)
    found.pop("ResponseMetadata", None)
    if response.status >= 300:
        error = found["Error"]
        raise AwsError(error.get("Message", ""), error["Code"], status=response.status)
    return found


def _request(
    service: str, operation: str, parameters: dict[str, Any], account: str, region: str
) -> Request:
    assert models.has_operation(service, operation), f"{service} has no operation {operation}"
    return Request(
        **parse.written(service, operation, parameters),
        service=service,
        operation=operation,
        account=account,
        region=region,
        id=str(uuid.uuid4()),
    )
