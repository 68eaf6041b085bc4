"""SNS: topics."""

from __future__ import annotations

from collections.abc import Iterable

from labkit.prices import Unit
from labkit.resources.billing import Billing, Meter
from labkit.resources.kind import Create, Exists, Found, GetClient, Kind, each, pages, tag_map
from labkit.resources.rights import Right


class Topic(Kind):
    """A topic with its subscriptions."""

    name = "SNS topic"
    service = "sns"
    creates = (Create("CreateTopic", "Name", "TopicArn", "Tags", longest=256),)
    parts = each("TopicArn", "AddPermission", "Subscribe")
    harmless = each(
        "a message is delivered, or a subscription confirmed",
        "ConfirmSubscription",
        "Publish",
        "PublishBatch",
    )
    deletes = each("TopicArn", "DeleteTopic")
    missing = frozenset(["NotFound", "ResourceNotFound", "ResourceNotFoundException"])
    busy = frozenset(["ConcurrentAccess", "StaleTag"])
    exists = each(Exists("InvalidParameter", "already exists"), "AddPermission")
    billing = Billing(
        meters=(
            Meter(
                "sns-publish",
                "AWS/SNS",
                ("NumberOfMessagesPublished",),
                "TopicName",
                Unit.REQUEST,
                1,
                "deliveries other than to SQS and Lambda come on top",
            ),
        )
    )

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        tags = get_client("sns").list_tags_for_resource(ResourceArn=resource_id)["Tags"]
        return Found(resource_id, resource_id.rpartition(":")[2], tag_map(tags))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        arns = pages(get_client("sns"), "list_topics", "Topics[].TopicArn")
        return (arn for arn in arns if marker in arn)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client, topic = get_client("sns"), {"TopicArn": resource_id}
        arns = "Subscriptions[].SubscriptionArn"
        for arn in list(pages(client, "list_subscriptions_by_topic", arns, **topic)):
            if arn.startswith("arn:"):  # AWS does not let go of an unconfirmed one, for 48 hours
                client.unsubscribe(SubscriptionArn=arn)
        client.delete_topic(**topic)


RIGHTS = (
    Right("student", "Look", ("sns:List*", "sns:Unsubscribe")),
    Right("student", "WorkOnWhatIsNamedAsLabkitNames", ("sns:*",), ("arn:aws:sns:*:*:lk-*",)),
    Right("student", "WriteNothingWithoutTheRunsTag", ("sns:CreateTopic",)),
    Right("student-boundary", "WorkWithTheLessonsOwn", ("sns:Publish",), ("arn:aws:sns:*:*:lk-*",)),
    Right("sweep", "FindWhatLearnersLeft", ("sns:List*",)),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        ("sns:DeleteTopic", "sns:Unsubscribe"),
        ("arn:aws:sns:*:*:lk-*",),
    ),
)
