"""Finds what a learner has built of the delivery service: its parts and how they are connected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labkit.labs.lab_run import LabRun


@dataclass(frozen=True)
class Api:
    """A REST API.

    Attributes
    ----------
    name
        What the lesson calls it.
    url
        Where an order is posted; None as long as it is not deployed.
    calls
        Name of the function or queue behind its POST method, or None.
    """

    name: str
    url: str | None
    calls: str | None


@dataclass(frozen=True)
class Queue:
    """A queue; `letters_to` is the name of its dead-letter queue, after `receives` attempts."""

    name: str
    url: str
    letters_to: str | None = None
    receives: int = 0


@dataclass(frozen=True)
class Function:
    """A function; `queues` feed it, `tables` are those that its variables name.

    `since` is its last change.
    """

    name: str
    log_group: str
    since: datetime
    queues: tuple[str, ...] = ()
    batch: int = 0
    tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Architecture:
    """Everything of one run that the map shows; names are full names."""

    apis: list[Api] = field(default_factory=list)
    queues: list[Queue] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is nothing."""
        return not (self.apis or self.queues or self.functions or self.tables)

    @property
    def dead_letter_queues(self) -> set[str]:
        """Names of the queues that another one's redrive policy names."""
        return {queue.letters_to for queue in self.queues if queue.letters_to}

    @property
    def without_letters(self) -> set[str]:
        """Names of the queues that an API fills and that no dead-letter queue stands behind."""
        filled = {api.calls for api in self.apis}
        return {one.name for one in self.queues if one.name in filled and not one.letters_to}


def discover(lab: LabRun) -> Architecture:
    """Ask AWS what there is under this run's names.

    Raises
    ------
    botocore.exceptions.ClientError
        AWS refused to tell.
    """
    prefix = prefix_of(lab)
    tables = list(_tables(lab, prefix))
    return Architecture(
        apis=list(_apis(lab, prefix)),
        queues=list(_queues(lab, prefix)),
        functions=list(_functions(lab, prefix, tables)),
        tables=tables,
    )


def prefix_of(lab: LabRun) -> str:
    """Return what every name of this run begins with."""
    return lab.name("x")[:-1]


def _apis(lab: LabRun, prefix: str) -> Iterator[Api]:
    apigateway = lab.client("apigateway")
    for page in apigateway.get_paginator("get_rest_apis").paginate():
        for api in page["items"]:
            if api["name"].startswith(prefix):
                path, uri = _post(apigateway, api["id"])
                stages = apigateway.get_stages(restApiId=api["id"])["item"]
                base = lab.invoke_url(api["id"], stages[0]["stageName"]) if stages else None
                url = f"{base}{path}" if base and path else None
                yield Api(api["name"], url, _behind(uri))


def _post(apigateway: Any, api_id: str) -> tuple[str | None, str]:
    """Return path and integration URI of an API's POST method."""
    resources = apigateway.get_resources(restApiId=api_id, embed=["methods"])["items"]
    for resource in resources:
        method = resource.get("resourceMethods", {}).get("POST")
        if method is not None:
            return resource["path"], method.get("methodIntegration", {}).get("uri", "")
    return None, ""


def _behind(uri: str) -> str | None:
    """Return the name of the function or queue that an integration's URI names."""
    if ":function:" in uri:
        return uri.partition(":function:")[2].partition("/")[0].partition(":")[0]
    return uri.rpartition("/")[2] or None


def _queues(lab: LabRun, prefix: str) -> Iterator[Queue]:
    sqs = lab.client("sqs")
    for page in sqs.get_paginator("list_queues").paginate(QueueNamePrefix=prefix):
        for url in page.get("QueueUrls", []):
            answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
            policy = json.loads(answer.get("Attributes", {}).get("RedrivePolicy") or "{}")
            target = policy.get("deadLetterTargetArn", "").rpartition(":")[2]
            receives = int(policy.get("maxReceiveCount", 0))
            yield Queue(url.rpartition("/")[2], url, target or None, receives)


def _tables(lab: LabRun, prefix: str) -> Iterator[str]:
    for page in lab.client("dynamodb").get_paginator("list_tables").paginate():
        yield from (name for name in page["TableNames"] if name.startswith(prefix))


def _functions(lab: LabRun, prefix: str, tables: list[str]) -> Iterator[Function]:
    awslambda = lab.client("lambda")
    for page in awslambda.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            name = function["FunctionName"]
            if not name.startswith(prefix):
                continue
            mappings = awslambda.list_event_source_mappings(FunctionName=name)
            feeds = mappings["EventSourceMappings"]
            variables = function.get("Environment", {}).get("Variables", {}).values()
            yield Function(
                name,
                function.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{name}",
                datetime.fromisoformat(function["LastModified"].replace("+0000", "+00:00")),
                tuple(feed["EventSourceArn"].rpartition(":")[2] for feed in feeds),
                max((feed.get("BatchSize", 0) for feed in feeds), default=0),
                tuple(table for table in tables if table in variables),
            )
