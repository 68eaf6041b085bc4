"""Builds what the earlier delivery lessons built by hand, so that each lesson stands on its own.

Every builder is plain boto3 and may be run again: what is already there is found and used.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labkit.labs.builders import LOGGING_POLICY, QUEUE_POLICY, function, service_role
from labkit.labs.lab_run import LabRun
from labkit.polling import wait_until

STAGE = "prod"
FORM = "'application/x-www-form-urlencoded'"
SEND_MESSAGE = "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"


@dataclass(frozen=True)
class OrderApi:
    """The service of lesson 08: `POST /order` on a REST API, answered by a function.

    Attributes
    ----------
    role_name, function_name, function_arn
        The function and the role that it runs as.
    rest_api_id, resource_id
        The REST API and its resource `/order`.
    url
        Where a customer posts an order.
    """

    role_name: str
    function_name: str
    function_arn: str
    rest_api_id: str
    resource_id: str
    url: str


@dataclass(frozen=True)
class QueuedOrderService:
    """The service of lesson 09: `POST /order` writes to a queue that feeds the function.

    Attributes
    ----------
    role_name, function_name
        The function and the role that it runs as.
    queue_url, queue_arn
        The queue of orders.
    mapping_id
        The event source mapping's UUID.
    url
        Where a customer posts an order.
    """

    role_name: str
    function_name: str
    queue_url: str
    queue_arn: str
    mapping_id: str
    url: str


def order_api(lab: LabRun, source: str, timeout_s: int, memory_mb: int = 256) -> OrderApi:
    """Build role, function, REST API, permission and deployment, as lesson 08 does by hand.

    No queue feeds the function, even if one did when it was built before.

    Parameters
    ----------
    source
        The file in `lab.folder` that holds `handler`.
    timeout_s
        The function's timeout, in seconds.
    memory_mb
        The function's memory, in MB.
    """
    function_arn = _function(lab, source, LOGGING_POLICY, timeout_s, memory_mb)
    _part_from_queues(lab)
    api_id, resource_id = api_before(lab, function_arn)
    lab.client("apigateway").create_deployment(restApiId=api_id, stageName=STAGE)
    return OrderApi(
        role_name=lab.name("order-role"),
        function_name=lab.name("order"),
        function_arn=function_arn,
        rest_api_id=api_id,
        resource_id=resource_id,
        url=f"{lab.invoke_url(api_id, STAGE)}/order",
    )


def api_before(lab: LabRun, function_arn: str) -> tuple[str, str]:
    """Let the run's REST API hand `POST /order` to a function, which it may invoke.

    Returns
    -------
    tuple of str
        The ids of the API, which is not deployed by this, and of its resource.
    """
    api_id, resource_id = _order_resource(lab)
    _integrate(
        lab,
        api_id,
        resource_id,
        type="AWS_PROXY",
        uri=f"arn:aws:apigateway:{lab.region}:lambda:path/2015-03-31/functions/{function_arn}/invocations",
    )
    _permit_api(lab, api_id, function_arn)
    return api_id, resource_id


def queued_order_service(
    lab: LabRun,
    source: str,
    timeout_s: int,
    visibility_s: int,
    memory_mb: int = 256,
    beside: Sequence[str] = (),
) -> QueuedOrderService:
    """Build the queue, the API that writes to it and the function it feeds, as lesson 09 does.

    The function gets one message at a time.

    Parameters
    ----------
    source
        The file in `lab.folder` that holds `handler`.
    timeout_s, visibility_s
        The function's timeout and the queue's visibility timeout, in seconds.
    memory_mb
        The function's memory, in MB.
    beside
        More files of `lab.folder` that go into its package.
    """
    sqs = lab.client("sqs")
    queue_url = sqs.create_queue(
        QueueName=lab.name("orders"), Attributes={"VisibilityTimeout": str(visibility_s)}
    )["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])[
        "Attributes"
    ]["QueueArn"]
    _function(lab, source, QUEUE_POLICY, timeout_s, memory_mb, beside)
    api_id, resource_id = _order_resource(lab)
    _integrate_queue(lab, api_id, resource_id, queue_arn)
    lab.client("apigateway").create_deployment(restApiId=api_id, stageName=STAGE)
    return QueuedOrderService(
        role_name=lab.name("order-role"),
        function_name=lab.name("order"),
        queue_url=queue_url,
        queue_arn=queue_arn,
        mapping_id=_mapping(lab, queue_arn),
        url=f"{lab.invoke_url(api_id, STAGE)}/order",
    )


def _function(
    lab: LabRun,
    source: str,
    policy: str,
    timeout_s: int,
    memory_mb: int,
    beside: Sequence[str] = (),
) -> str:
    return function(
        lab,
        "order",
        service_role(lab, "order-role", "lambda.amazonaws.com", policy),
        lab.zip(source, *beside),
        f"{source.removesuffix('.py')}.handler",
        memory_mb=memory_mb,
        timeout_s=timeout_s,
    )


def _order_resource(lab: LabRun) -> tuple[str, str]:
    """Return the ids of the run's REST API and of its resource `/order`, made if missing."""
    apigateway = lab.client("apigateway")
    pages = apigateway.get_paginator("get_rest_apis").paginate()
    mine = [api for page in pages for api in page["items"] if api["name"] == lab.name("delivery")]
    api_id = (
        mine[0]
        if mine
        else apigateway.create_rest_api(
            name=lab.name("delivery"), endpointConfiguration={"types": ["REGIONAL"]}
        )
    )["id"]
    paths = {r["path"]: r["id"] for r in apigateway.get_resources(restApiId=api_id)["items"]}
    if "/order" not in paths:
        paths["/order"] = apigateway.create_resource(
            restApiId=api_id, parentId=paths["/"], pathPart="order"
        )["id"]
    return api_id, paths["/order"]


def _integrate(lab: LabRun, api_id: str, resource_id: str, **integration: Any) -> None:
    apigateway = lab.client("apigateway")
    method = {"restApiId": api_id, "resourceId": resource_id, "httpMethod": "POST"}
    with contextlib.suppress(apigateway.exceptions.ConflictException):
        apigateway.put_method(**method, authorizationType="NONE")
    apigateway.put_integration(**method, integrationHttpMethod="POST", **integration)


def _integrate_queue(lab: LabRun, api_id: str, resource_id: str, queue_arn: str) -> None:
    iam, apigateway = lab.client("iam"), lab.client("apigateway")
    role_arn = service_role(lab, "api-role", "apigateway.amazonaws.com")
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue_arn}
    iam.put_role_policy(
        RoleName=lab.name("api-role"),
        PolicyName="send-orders",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [send]}),
    )
    _integrate(
        lab,
        api_id,
        resource_id,
        type="AWS",
        uri=f"arn:aws:apigateway:{lab.region}:sqs:path/{lab.account}/{lab.name('orders')}",
        credentials=role_arn,
        passthroughBehavior="NEVER",
        requestParameters={"integration.request.header.Content-Type": FORM},
        requestTemplates={"application/json": SEND_MESSAGE},
    )
    method = {"restApiId": api_id, "resourceId": resource_id, "httpMethod": "POST"}
    for status, pattern in (("202", None), ("500", r"[345]\d{2}")):
        with contextlib.suppress(apigateway.exceptions.ConflictException):
            apigateway.put_method_response(**method, statusCode=status)
        matched = {"selectionPattern": pattern} if pattern else {}
        apigateway.put_integration_response(**method, statusCode=status, **matched)


def _permit_api(lab: LabRun, api_id: str, function_arn: str) -> None:
    awslambda = lab.client("lambda")
    with contextlib.suppress(awslambda.exceptions.ResourceConflictException):
        awslambda.add_permission(
            FunctionName=function_arn,
            StatementId="api-gateway-post-order",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{lab.region}:{lab.account}:{api_id}/*/POST/order",
        )


def _part_from_queues(lab: LabRun) -> None:
    awslambda = lab.client("lambda")
    of = {"FunctionName": lab.name("order")}
    for mapping in awslambda.list_event_source_mappings(**of)["EventSourceMappings"]:
        awslambda.delete_event_source_mapping(UUID=mapping["UUID"])
    wait_until(
        lambda: not awslambda.list_event_source_mappings(**of)["EventSourceMappings"],
        seconds=180,
        what="the event source mapping to be gone",
    )


def _mapping(lab: LabRun, queue_arn: str) -> str:
    awslambda = lab.client("lambda")
    name = lab.name("order")
    found = awslambda.list_event_source_mappings(FunctionName=name, EventSourceArn=queue_arn)
    if found["EventSourceMappings"]:
        uuid = found["EventSourceMappings"][0]["UUID"]
    else:
        uuid = awslambda.create_event_source_mapping(
            EventSourceArn=queue_arn, FunctionName=name, BatchSize=1
        )["UUID"]
    wait_until(
        lambda: awslambda.get_event_source_mapping(UUID=uuid)["State"] == "Enabled",
        seconds=120,
        what="the event source mapping to be Enabled",
    )
    return str(uuid)
