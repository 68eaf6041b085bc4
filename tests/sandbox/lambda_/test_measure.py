"""Measuring at a real endpoint: queue depth while it changes, logs while they arrive, peeking."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from labkit.labs.delivery import receive_all
from labkit.measure.platform_logs import LogsNotThere, read_log_events
from labkit.measure.queue_depth import QueueSampler, seconds_until_depth


@pytest.fixture
def queue(aws: Any) -> Callable[[], str]:
    """Make queues."""
    sqs = aws.client("sqs")
    return lambda: str(sqs.create_queue(QueueName=aws.name("queue"))["QueueUrl"])


@pytest.fixture
def sqs(aws: Any) -> Any:
    return aws.client("sqs")


def send(sqs: Any, url: str, *bodies: str) -> None:
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)


def take(sqs: Any, url: str) -> str:
    return str(sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"])


def test_a_sampler_sees_messages_come_be_taken_and_go(sqs: Any, queue: Callable[[], str]) -> None:
    url, idle = queue(), queue()
    with QueueSampler(sqs, {"orders": url, "idle": idle}, every_s=0.02) as sampler:
        send(sqs, url, "a", "b", "c")
        wait_for_row(sampler, visible=3, in_flight=0)
        handle = take(sqs, url)
        wait_for_row(sampler, visible=2, in_flight=1)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
        wait_for_row(sampler, visible=2, in_flight=0)
    frame = sampler.frame
    assert list(frame) == ["at", "elapsed_s", "queue", "visible", "in_flight", "delayed"]
    assert frame["at"].dtype == "datetime64[us, UTC]"
    idle_rows = frame[frame["queue"] == "idle"]
    assert len(idle_rows) == (frame["queue"] == "orders").sum()
    assert not idle_rows[["visible", "in_flight", "delayed"]].to_numpy().any()
    assert frame["elapsed_s"].min() >= 0
    assert frame["elapsed_s"].is_monotonic_increasing
    assert sampler.errors == []
    first_three = frame[(frame["queue"] == "orders") & (frame["visible"] == 3)].iloc[0]
    assert seconds_until_depth(frame, "orders", 3) == first_three["elapsed_s"]
    assert str(seconds_until_depth(frame, "orders", 4)) == "nan"


def wait_for_row(sampler: QueueSampler, visible: int, in_flight: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        latest = sampler.frame[lambda f: f["queue"] == "orders"].tail(1)
        if len(latest) and latest[["visible", "in_flight"]].iloc[0].tolist() == [
            visible,
            in_flight,
        ]:
            return
        time.sleep(0.01)
    pytest.fail(f"never saw {visible} visible and {in_flight} in flight:\n{sampler.frame}")


def test_a_sampler_samples_once_more_on_leaving(sqs: Any, queue: Callable[[], str]) -> None:
    url = queue()
    with QueueSampler(sqs, {"orders": url}, every_s=3600) as sampler:
        wait_for_row(sampler, visible=0, in_flight=0)
        send(sqs, url, "late")
    assert sampler.frame["visible"].tolist() == [0, 1]


def test_delayed_messages_are_counted_apart(sqs: Any, queue: Callable[[], str]) -> None:
    url = queue()
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=60)
    with QueueSampler(sqs, {"orders": url}) as sampler:
        assert not sampler.wait_until_empty(timeout_s=0.3)
    assert sampler.frame["delayed"].unique().tolist() == [1]


def test_waiting_ends_when_the_queue_is_empty(sqs: Any, queue: Callable[[], str]) -> None:
    url, full = queue(), queue()
    send(sqs, url, "a")
    send(sqs, full, "stays")
    handle = take(sqs, url)
    with QueueSampler(sqs, {"orders": url, "full": full}, every_s=0.02) as sampler:
        assert not sampler.wait_until_empty("orders", timeout_s=0.3)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
        assert sampler.wait_until_empty("orders", timeout_s=10)
        assert not sampler.wait_until_empty(timeout_s=0.3)


def test_a_sample_that_fails_is_said_and_sampling_goes_on(
    sqs: Any, queue: Callable[[], str]
) -> None:
    url = queue()
    with QueueSampler(sqs, {"gone": url + "-gone", "orders": url}) as sampler:
        wait_for_row(sampler, visible=0, in_flight=0)
    assert set(sampler.frame["queue"]) == {"orders"}
    assert sampler.errors[0].startswith("gone: QueueDoesNotExist")


def test_peeking_finds_every_message_once_and_leaves_them_all(
    sqs: Any, queue: Callable[[], str]
) -> None:
    url = queue()
    bodies = [json.dumps({"orderId": f"ord-{n}"}) for n in range(23)]
    send(sqs, url, *bodies)
    for _ in range(2):
        found = receive_all(sqs, url, expected=23)
        assert sorted(message["Body"] for message in found) == sorted(bodies)
    assert all(message["ReceivedAt"].tzinfo is UTC for message in found)
    assert found[0]["Attributes"]["ApproximateReceiveCount"] == "2"
    names = ["ApproximateNumberOfMessages"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    assert counts == {"ApproximateNumberOfMessages": "23"}


def test_peeking_ends_where_there_is_nothing_more(sqs: Any, queue: Callable[[], str]) -> None:
    url = queue()
    assert receive_all(sqs, url) == []
    send(sqs, url, "only")
    assert [message["Body"] for message in receive_all(sqs, url)] == ["only"]
    assert len(receive_all(sqs, url, expected=2, timeout_s=0.5)) == 1


@pytest.fixture
def log(aws: Any) -> Callable[..., None]:
    """Write to a log group and stream that exist from the first line on."""
    logs = aws.client("logs")

    def write(group: str, *messages: str) -> None:
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            logs.create_log_group(logGroupName=group)
            logs.create_log_stream(logGroupName=group, logStreamName="s")
        now = round(time.time() * 1000)
        events = [{"timestamp": now + i, "message": m} for i, m in enumerate(messages)]
        logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)

    return write


def test_reading_a_log_waits_until_it_holds_what_is_waited_for(
    aws: Any, log: Callable[..., None]
) -> None:
    group = aws.name("/test/log")
    log(group, "line 0")

    def until(seen: list[dict[str, Any]]) -> bool:
        log(group, f"line {len(seen)}")
        return len(seen) >= 3

    events = read_log_events(aws.client("logs"), group, until=until, timeout_s=10)
    assert [event["message"] for event in events] == ["line 0", "line 1", "line 2"]
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)


def test_reading_a_log_waits_for_the_log_group_too(aws: Any, log: Callable[..., None]) -> None:
    group = aws.name("/test/log")
    logs = aws.client("logs")
    with pytest.raises(LogsNotThere, match=f"There is no log group {group}"):
        read_log_events(logs, group, until=bool, timeout_s=0.2)
    log(group, "first")
    assert len(read_log_events(logs, group, until=bool, timeout_s=10)) == 1


def test_reading_from_a_time_leaves_out_what_is_older(aws: Any, log: Callable[..., None]) -> None:
    group = aws.name("/test/log")
    log(group, "now")
    logs = aws.client("logs")
    (event,) = read_log_events(logs, group)
    at = event["timestamp"]
    exactly, after = (datetime.fromtimestamp((at + ms) / 1000, UTC) for ms in (0, 1))
    assert len(read_log_events(logs, group, start=exactly)) == 1
    assert read_log_events(logs, group, start=after) == []


def test_what_does_not_come_ends_in_a_sentence_with_the_events_so_far(
    aws: Any, log: Callable[..., None]
) -> None:
    group = aws.name("/test/log")
    log(group, "only")
    with pytest.raises(LogsNotThere, match=r"holds 1 event, but not yet") as caught:
        read_log_events(aws.client("logs"), group, until=lambda seen: len(seen) > 1, timeout_s=0.2)
    assert [event["message"] for event in caught.value.events] == ["only"]
