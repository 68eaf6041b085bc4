"""Streams: tags of their creation, deletions that their consumers hold up, how many shards.

Expected values: Kinesis Data Streams API Reference, CreateStream, DeleteStream and
UpdateShardCount; Developer Guide, "Quotas and limits".
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Aws, wait_for
from tests.sandbox.delivery import error


@pytest.fixture(scope="module")
def kinesis(aws: Aws) -> Any:
    """A client."""
    return aws.client("kinesis")


@pytest.fixture
def stream(aws: Aws, kinesis: Any) -> str:
    """A stream with a tag."""
    name = aws.name("stream")
    kinesis.create_stream(StreamName=name, ShardCount=1, Tags={"team": "courier"})
    return name


def tags(kinesis: Any, stream: str) -> dict[str, str]:
    listed = kinesis.list_tags_for_stream(StreamName=stream)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in listed}


def registered(kinesis: Any, stream: str) -> str:
    """Register a consumer; return its ARN."""
    summary = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
    made = kinesis.register_stream_consumer(StreamARN=summary["StreamARN"], ConsumerName="kitchen")
    return str(made["Consumer"]["ConsumerARN"])


def test_a_stream_has_the_tags_of_its_creation(kinesis: Any, stream: str) -> None:
    assert tags(kinesis, stream) == {"team": "courier"}


def test_a_refused_creation_leaves_the_tags_of_the_stream_that_is_there(
    kinesis: Any, stream: str
) -> None:
    with pytest.raises(kinesis.exceptions.ResourceInUseException):
        kinesis.create_stream(StreamName=stream, ShardCount=1, Tags={"team": "kitchen"})
    assert tags(kinesis, stream) == {"team": "courier"}


@pytest.mark.parametrize("given", [{}, {"EnforceConsumerDeletion": False}])
def test_a_stream_with_a_consumer_stays_unless_its_consumers_may_go(
    kinesis: Any, stream: str, given: dict[str, bool]
) -> None:
    registered(kinesis, stream)
    with pytest.raises(kinesis.exceptions.ResourceInUseException):
        kinesis.delete_stream(StreamName=stream, **given)
    kinesis.delete_stream(StreamName=stream, EnforceConsumerDeletion=True)
    with pytest.raises(kinesis.exceptions.ResourceNotFoundException):
        kinesis.describe_stream_summary(StreamName=stream)


def test_a_stream_without_consumers_goes(kinesis: Any, stream: str) -> None:
    consumer = registered(kinesis, stream)
    kinesis.deregister_stream_consumer(ConsumerARN=consumer)
    kinesis.delete_stream(StreamName=stream)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        kinesis.list_tags_for_stream(StreamName=stream)


class TestShards:
    QUOTA = 1000
    MANY = 2**31 - 1

    @pytest.fixture
    def account(self, aws: Aws) -> Aws:
        """An account that has no stream."""
        return aws.of_own_account()

    def open(self, account: Aws, stream: str) -> int:
        """How many shards of a stream are open."""
        summary = account.client("kinesis").describe_stream_summary(StreamName=stream)
        return int(summary["StreamDescriptionSummary"]["OpenShardCount"])

    @pytest.mark.parametrize("more", [QUOTA - 2, MANY])
    def test_of_all_streams_keep_to_the_quota(self, account: Aws, more: int) -> None:
        kinesis = account.client("kinesis")
        kinesis.create_stream(StreamName="first", ShardCount=3)
        assert error(kinesis.create_stream, StreamName="more", ShardCount=more) == (
            "LimitExceededException",
            f"This request would exceed the shard limit for the account {account.account} in "
            f"{account.region}. Current shard count for the account: 3. Limit: {self.QUOTA}. "
            f"Number of additional shards that would have resulted from this request: {more}.",
        )
        kinesis.create_stream(StreamName="rest", ShardCount=self.QUOTA - 3)
        split = {"ShardToSplit": "shardId-000000000000", "NewStartingHashKey": "1"}
        assert error(kinesis.split_shard, StreamName="first", **split)[0] == (
            "LimitExceededException"
        )
        assert self.open(account, "first") == 3

    @pytest.mark.parametrize("target", [4, 9, MANY])
    def test_go_to_half_or_double_in_one_update(self, account: Aws, target: int) -> None:
        kinesis, kind = account.client("kinesis"), {"ScalingType": "UNIFORM_SCALING"}
        kinesis.create_stream(StreamName="one", ShardCount=4 if target > 8 else 9)
        code, text = error(
            kinesis.update_shard_count, StreamName="one", TargetShardCount=target, **kind
        )
        assert code == "LimitExceededException"
        assert text.endswith(f"Target open shard count: {target}.")
        allowed = 8 if target > 8 else 5
        kinesis.update_shard_count(StreamName="one", TargetShardCount=allowed, **kind)
        assert self.open(account, "one") == allowed

    def test_of_a_stack_keep_to_the_quota_too(self, account: Aws) -> None:
        stream = {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": self.MANY}}
        cloudformation = account.client("cloudformation")
        cloudformation.create_stack(
            StackName="streams", TemplateBody=json.dumps({"Resources": {"Stream": stream}})
        )

        def reason() -> str:
            events = cloudformation.describe_stack_events(StackName="streams")["StackEvents"]
            failed = (one for one in events if one["ResourceStatus"] == "CREATE_FAILED")
            return next((one["ResourceStatusReason"] for one in failed), "")

        assert "would exceed the shard limit" in str(wait_for(reason))
