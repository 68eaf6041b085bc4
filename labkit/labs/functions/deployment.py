"""Builds the functions and the API that the Lambda lessons measure."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.labs import builders
from labkit.labs.builders import LOGGING_POLICY, NETWORK_POLICY, PYTHON, QUEUE_POLICY
from labkit.labs.lab_run import LabRun
from labkit.measure import probes

LAMBDA = "lambda.amazonaws.com"
STAGE = "prod"


def add_probe(lab: LabRun) -> None:
    """Put the probe, with which a function says which environment ran it, into `lab.folder`."""
    for name in (probes.PYTHON, probes.NODE):
        (lab.folder / name).write_text(probes.source(name), encoding="utf-8")


def deploy(
    lab: LabRun,
    logical: str,
    *names: str,
    runtime: str = PYTHON,
    memory_mb: int = 512,
    timeout_s: int = 10,
    reads_queues: bool = False,
) -> str:
    """Create a function of files in `lab.folder` and the probe, and wait until it is ready.

    Parameters
    ----------
    logical
        What the lesson calls it.
    *names
        Its files; the first one holds `handler`.
    runtime
        Lambda's identifier, such as "nodejs22.x".
    memory_mb, timeout_s
        Memory in MB, timeout in seconds.
    reads_queues
        Give its role what an SQS event source needs, instead of logging alone.

    Returns
    -------
    str
        The function's full name.
    """
    add_probe(lab)
    policy = QUEUE_POLICY if reads_queues else LOGGING_POLICY
    role = builders.service_role(lab, "worker-role" if reads_queues else "role", LAMBDA, policy)
    probe = probes.NODE if runtime.startswith("nodejs") else probes.PYTHON
    module = names[0].rpartition(".")[0]
    builders.function(
        lab,
        logical,
        role,
        lab.zip(*names, probe),
        f"{module}.handler",
        runtime=runtime,
        memory_mb=memory_mb,
        timeout_s=timeout_s,
    )
    return lab.name(logical)


def network_role(lab: LabRun) -> str:
    """Create a role that lets Lambda make network interfaces in a VPC; return its ARN."""
    return builders.service_role(lab, "network-role", LAMBDA, NETWORK_POLICY)


def rest_api(lab: LabRun, function_name: str, wait_ms: int) -> tuple[str, str, str]:
    """Put a REST API before a function: `POST /`, open to everybody.

    Parameters
    ----------
    function_name
        As Lambda knows it.
    wait_ms
        How long API Gateway waits for the function, in ms: 50 to 29,000.

    Returns
    -------
    tuple of str
        The API's id, its resource's id, and its URL.
    """
    apigateway, awslambda = lab.client("apigateway"), lab.client("lambda")
    api = apigateway.create_rest_api(
        name=lab.name("api"), endpointConfiguration={"types": ["REGIONAL"]}
    )
    root = apigateway.get_resources(restApiId=api["id"])["items"][0]["id"]
    method = {"restApiId": api["id"], "resourceId": root, "httpMethod": "POST"}
    apigateway.put_method(**method, authorizationType="NONE")
    arn = awslambda.get_function_configuration(FunctionName=function_name)["FunctionArn"]
    apigateway.put_integration(
        **method,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{lab.region}:lambda:path/2015-03-31/functions/{arn}/invocations",
        timeoutInMillis=wait_ms,
    )
    awslambda.add_permission(
        FunctionName=function_name,
        StatementId="api-gateway-post",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{lab.region}:{lab.account}:{api['id']}/*/POST/",
    )
    apigateway.create_deployment(restApiId=api["id"], stageName=STAGE)
    return api["id"], root, f"{lab.invoke_url(api['id'], STAGE)}/"


def point_alias(lab: LabRun, logical: str, alias: str, version: str) -> None:
    """Create a function's alias for a version, or let the one that is there point to it.

    Parameters
    ----------
    logical
        What the lesson calls the function.
    """
    awslambda = lab.client("lambda")
    to = {"FunctionName": lab.name(logical), "Name": alias, "FunctionVersion": version}
    try:
        awslambda.create_alias(**to)
    except awslambda.exceptions.ResourceConflictException:
        awslambda.update_alias(**to)


def unreserve(lab: LabRun, *logical: str) -> None:
    """Take reserved concurrency off functions; one that is not there has none."""
    awslambda = lab.client("lambda")
    for name in map(lab.name, logical):
        with contextlib.suppress(awslambda.exceptions.ResourceNotFoundException):
            awslambda.delete_function_concurrency(FunctionName=name)


def submit(sqs: Any, queue_url: str, bodies: Sequence[str]) -> None:
    """Send messages to a queue, ten in each request, the most that SQS takes."""
    for tens in _tens([{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]):
        sqs.send_message_batch(QueueUrl=queue_url, Entries=tens)


def _tens(entries: Sequence[Mapping[str, str]]) -> list[list[Mapping[str, str]]]:
    return [list(entries[start : start + 10]) for start in range(0, len(entries), 10)]
