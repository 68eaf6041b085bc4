"""Kinesis Data Streams: streams."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from labkit.resources.billing import Billing
from labkit.resources.kind import Create, Found, GetClient, Kind, each, pages, tag_map
from labkit.resources.rights import Right

BY = "StreamName"
ALSO_BY_NAME = (
    "DecreaseStreamRetentionPeriod",
    "IncreaseStreamRetentionPeriod",
    "MergeShards",
    "SplitShard",
    "StartStreamEncryption",
)


class KinesisStream(Kind):
    """A stream with its shards, records and registered consumers."""

    name = "Kinesis stream"
    service = "kinesis"
    creates = (Create("CreateStream", BY, id=None, tags="Tags", longest=128),)
    parts = MappingProxyType(
        {
            "RegisterStreamConsumer": "StreamARN",
            "PutResourcePolicy": "ResourceARN",
            **dict.fromkeys(ALSO_BY_NAME, BY),
        }
    )
    harmless = each(
        "records go with their stream",
        "PutRecord",
        "PutRecords",
        "SubscribeToShard",
    )
    deletes = each(BY, "DeleteStream")
    after = ("Lambda event source mapping",)
    missing = frozenset(["ResourceNotFoundException"])
    busy = frozenset(["LimitExceededException", "ResourceInUseException"])
    billing = Billing(hourly_unpriced=True, unmetered="records that are put and read")

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client = get_client("kinesis")
        tags = client.list_tags_for_stream(StreamName=resource_id)["Tags"]
        return Found(resource_id, resource_id, tag_map(tags))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names = pages(get_client("kinesis"), "list_streams", "StreamNames[]")
        return (name for name in names if marker in name)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("kinesis").delete_stream(StreamName=resource_id, EnforceConsumerDeletion=True)

    def identify(self, given: str) -> str:
        return given.partition("/consumer/")[0].rpartition("/")[2]


RIGHTS = (
    Right("student", "Look", ("kinesis:DescribeLimits", "kinesis:ListStreams")),
    Right(
        "student",
        "WorkOnWhatIsNamedAsLabkitNames",
        ("kinesis:*",),
        ("arn:aws:kinesis:*:*:stream/lk-*",),
    ),
    Right("student", "WriteNothingWithoutTheRunsTag", ("kinesis:CreateStream",)),
    Right(
        "student-boundary",
        "WorkWithTheLessonsOwn",
        (
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
            "kinesis:PutRecord",
            "kinesis:PutRecords",
        ),
        ("arn:aws:kinesis:*:*:stream/lk-*",),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("kinesis:ListStreams", "kinesis:ListTagsForStream")),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        ("kinesis:DeleteStream",),
        ("arn:aws:kinesis:*:*:stream/lk-*",),
    ),
)
