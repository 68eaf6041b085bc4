"""Streams: tags of their creation, and deletions that their consumers hold up.

Expected values: Kinesis Data Streams API Reference, CreateStream and DeleteStream.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Aws


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
