"""SQS: queues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from labkit.prices import Unit
from labkit.resources.billing import Billing, Meter
from labkit.resources.kind import Create, Exists, Found, GetClient, Kind, Send, each, pages
from labkit.resources.rights import Right
from labkit.resources.settings import differing, given

REQUESTS = (
    "NumberOfMessagesSent",
    "NumberOfMessagesReceived",
    "NumberOfMessagesDeleted",
    "NumberOfEmptyReceives",
)
ATTRIBUTES = MappingProxyType(
    {
        "DelaySeconds": "0",
        "MessageRetentionPeriod": "345600",
        "Policy": "",
        "ReceiveMessageWaitTimeSeconds": "0",
        "RedriveAllowPolicy": "",
        "RedrivePolicy": "",
        "VisibilityTimeout": "30",
    }
)
"""What a queue has that is created without them (Amazon SQS API reference, CreateQueue); set to
nothing, a policy goes."""


class Queue(Kind):
    """A queue with its messages."""

    name = "SQS queue"
    service = "sqs"
    creates = (Create("CreateQueue", "QueueName", "QueueUrl", "tags", longest=80),)
    parts = each("QueueUrl", "AddPermission")
    harmless = each(
        "messages go with their queue",
        "ReceiveMessage",
        "SendMessage",
        "SendMessageBatch",
        "StartMessageMoveTask",
    )
    deletes = each("QueueUrl", "DeleteQueue")
    after = ("Lambda event source mapping",)
    missing = frozenset(["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"])
    misses = 5
    """A deleted queue may show once more (terraform-provider-aws asks for 15 misses)."""
    exists = each(Exists("InvalidParameterValue", "already exists"), "AddPermission")
    billing = Billing(
        meters=(
            Meter(
                "sqs-standard-request",
                "AWS/SQS",
                REQUESTS,
                "QueueName",
                Unit.REQUEST,
                1,
                "each message counts as a request; batches cost less",
            ),
        )
    )

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client = get_client("sqs")
        name = self.identify(resource_id)
        client.get_queue_url(QueueName=name)
        return Found(
            resource_id, name, client.list_queue_tags(QueueUrl=resource_id).get("Tags", {})
        )

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        urls = pages(get_client("sqs"), "list_queues", "QueueUrls[]")
        return (url for url in urls if marker in url)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("sqs").delete_queue(QueueUrl=resource_id)

    def identify(self, given: str) -> str:
        return given.rpartition("/")[2]

    def restore(self, send: Send, params: Mapping[str, Any], answer: Any) -> None:
        which = {"QueueUrl": answer["QueueUrl"]}
        now = send("GetQueueAttributes", which | {"AttributeNames": list(ATTRIBUTES)})
        wanted = ATTRIBUTES | given(params.get("Attributes", {}), ATTRIBUTES)
        if changes := differing(now.get("Attributes", {}), wanted):
            send("SetQueueAttributes", which | {"Attributes": changes})


RIGHTS = (
    Right("student", "Look", ("sqs:ListQueues",)),
    Right("student", "WorkOnWhatIsNamedAsLabkitNames", ("sqs:*",), ("arn:aws:sqs:*:*:lk-*",)),
    Right("student", "WriteNothingWithoutTheRunsTag", ("sqs:CreateQueue",)),
    Right(
        "student-boundary",
        "WorkWithTheLessonsOwn",
        (
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ReceiveMessage",
            "sqs:SendMessage",
        ),
        ("arn:aws:sqs:*:*:lk-*",),
    ),
    Right(
        "sweep", "FindWhatLearnersLeft", ("sqs:GetQueueUrl", "sqs:ListQueueTags", "sqs:ListQueues")
    ),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        ("sqs:DeleteQueue", "sqs:PurgeQueue"),
        ("arn:aws:sqs:*:*:lk-*",),
    ),
)
