"""SQS: queues."""

from __future__ import annotations

from collections.abc import Iterable

from labkit.resources.kind import Create, Found, GetClient, Kind, each, pages


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
