"""Event source mappings of SQS queues, through boto3 alone."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.conftest import wait_for
from tests.sandbox.delivery import Account, error, statement

LAMBDA = "lambda.amazonaws.com"
POLLING = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")

REPORTING = """
import boto3, json, os, time
sqs = boto3.client("sqs")
def handler(event, context):
    bodies = [record["body"] for record in event["Records"]]
    report = {"bodies": bodies, "records": event["Records"]}
    sqs.send_message(QueueUrl=os.environ["REPORT"], MessageBody=json.dumps(report))
    time.sleep(float(os.environ.get("SECONDS", "0")))
    if "poison" in bodies and "BATCH" not in os.environ:
        raise ValueError("poison")
    failed = [r["messageId"] for r in event["Records"] if r["body"] == "poison"]
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}
"""


class Worker:
    """A function that reports each batch it gets to a queue of its own, and a queue for it."""

    def __init__(
        self,
        account: Account,
        environment: dict[str, str] | None = None,
        seconds: int = 30,
        **queue: str,
    ) -> None:
        self.account = account
        self.lambda_, self.sqs = account.client("lambda"), account.client("sqs")
        self.report_url, report_arn = account.queue()
        self.url, self.arn = account.queue(**{"VisibilityTimeout": str(seconds)} | queue)
        self.role = account.service_role(LAMBDA)
        self.polling = statement([f"sqs:{action}" for action in POLLING], self.arn)
        self.reporting = statement("sqs:SendMessage", report_arn)
        account.allow(self.role, self.polling, self.reporting)
        variables = {"REPORT": self.report_url} | (environment or {})
        self.function = account.function_arn(
            REPORTING,
            role=self.role,
            Timeout=seconds,
            MemorySize=1769,
            Environment={"Variables": variables},
        )

    def map(self, **settings: Any) -> dict[str, Any]:
        """Create the mapping."""
        answer = self.lambda_.create_event_source_mapping(
            FunctionName=self.function, EventSourceArn=self.arn, **settings
        )
        return dict(answer)

    def mapped(self, **settings: Any) -> str:
        """Create the mapping, wait until it is enabled, return its UUID."""
        identifier = str(self.map(**settings)["UUID"])
        wait_for(lambda: self.state(identifier) == "Enabled")
        return identifier

    def state(self, identifier: str) -> str:
        """Return the mapping's state, `gone` if there is none."""
        try:
            return str(self.lambda_.get_event_source_mapping(UUID=identifier)["State"])
        except self.lambda_.exceptions.ResourceNotFoundException:
            return "gone"

    def send(self, *bodies: str) -> None:
        """Send messages in one batch."""
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
        self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)

    def batches(self, count: int, seconds: float = 15) -> list[list[str]]:
        """Wait for reports of `count` batches; return the bodies of each."""
        return [json.loads(report)["bodies"] for report in self.reports(count, seconds)]

    def reports(self, count: int, seconds: float = 15) -> list[str]:
        """Wait for `count` reports and return what came."""
        reports: list[str] = []

        def enough() -> bool:
            answer = self.sqs.receive_message(
                QueueUrl=self.report_url, MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
            reports.extend(message["Body"] for message in answer.get("Messages", []))
            return len(reports) >= count

        with contextlib.suppress(pytest.fail.Exception):
            wait_for(enough, seconds)
        return reports

    def is_empty(self) -> bool:
        """Tell whether no message is left in the queue, visible or in flight."""
        attributes = ("", "NotVisible", "Delayed")
        names = [f"ApproximateNumberOfMessages{kind}" for kind in attributes]
        return all(self.account.attribute(self.url, name) == "0" for name in names)


@pytest.fixture
def make(account: Account) -> Callable[..., Worker]:
    """Make workers."""
    return functools.partial(Worker, account)


@pytest.mark.contract(16)
class TestCreation:
    @pytest.mark.parametrize("missing", POLLING)
    def test_the_role_has_to_allow_polling(self, make: Callable[..., Worker], missing: str) -> None:
        worker = make()
        rest = [f"sqs:{action}" for action in POLLING if action != missing]
        worker.account.allow(worker.role, statement(rest, worker.arn))
        assert error(worker.map) == (
            "InvalidParameterValueException",
            f"The function execution role does not have permissions to call {missing} on SQS",
        )
        assert (
            worker.lambda_.list_event_source_mappings(FunctionName=worker.function)[
                "EventSourceMappings"
            ]
            == []
        )

    def test_the_visibility_timeout_covers_the_function(self, make: Callable[..., Worker]) -> None:
        worker = make(VisibilityTimeout="29")
        assert error(worker.map) == (
            "InvalidParameterValueException",
            "Queue visibility timeout: 29 seconds is less than Function timeout: 30 seconds",
        )

    def test_one_mapping_of_a_queue_and_a_function(self, make: Callable[..., Worker]) -> None:
        worker = make()
        identifier = worker.map()["UUID"]
        code, message = error(worker.map)
        assert code == "ResourceConflictException"
        assert message.endswith(f"the existing mapping with UUID {identifier}")

    def test_a_missing_queue(self, make: Callable[..., Worker]) -> None:
        worker = make()
        worker.arn += "-missing"
        code, message = error(worker.map)
        assert code == "InvalidParameterValueException"
        assert "AWS.SimpleQueueService.NonExistentQueue" in message

    def test_more_than_10_messages_need_a_window(self, make: Callable[..., Worker]) -> None:
        worker = make()
        expected = (
            "InvalidParameterValueException",
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is "
            "greater than 10",
        )
        assert error(worker.map, BatchSize=11) == expected
        identifier = worker.map()["UUID"]
        update = worker.lambda_.update_event_source_mapping
        assert error(update, UUID=identifier, BatchSize=11) == expected

    @pytest.mark.parametrize(
        "pattern",
        [
            "total > 100",
            "[]",
            '{"body": "total"}',
            '{"body": {"total": [{"like": 1}]}}',
            '{"body": {"total": [{"numeric": [">"]}]}}',
        ],
    )
    def test_a_filter_that_is_no_pattern(self, make: Callable[..., Worker], pattern: str) -> None:
        """AWS would not take it; taken, it would drop every message."""
        worker = make()
        unreadable = {"Filters": [{"Pattern": pattern}]}
        code, _ = error(worker.map, FilterCriteria=unreadable)
        assert code == "InvalidParameterValueException"
        identifier = worker.map()["UUID"]
        update = worker.lambda_.update_event_source_mapping
        code, _ = error(update, UUID=identifier, FilterCriteria=unreadable)
        assert code == "InvalidParameterValueException"


@pytest.mark.contract(16)
def test_states(make: Callable[..., Worker]) -> None:
    worker = make()
    created = worker.map()
    identifier = created["UUID"]
    assert created["State"] == "Creating"
    wait_for(lambda: worker.state(identifier) == "Enabled")
    update = worker.lambda_.update_event_source_mapping
    assert update(UUID=identifier, Enabled=False)["State"] == "Disabling"
    wait_for(lambda: worker.state(identifier) == "Disabled")
    worker.send("later")
    assert worker.account.receive(worker.url)
    assert update(UUID=identifier, Enabled=True)["State"] == "Enabling"
    assert worker.batches(1) == [["later"]]
    deleted = worker.lambda_.delete_event_source_mapping(UUID=identifier)
    assert deleted["State"] == "Deleting"
    assert worker.state(identifier) == "Deleting"
    wait_for(lambda: worker.state(identifier) == "gone")


@pytest.mark.contract(16)
class TestBatches:
    def test_the_record(self, make: Callable[..., Worker]) -> None:
        worker = make()
        worker.mapped()
        worker.sqs.send_message(
            QueueUrl=worker.url,
            MessageBody="order",
            MessageAttributes={"shop": {"DataType": "String", "StringValue": "cafe"}},
        )
        record = json.loads(worker.reports(1)[0])["records"][0]
        assert record["body"] == "order"
        assert record["eventSource"] == "aws:sqs"
        assert record["eventSourceARN"] == worker.arn
        assert record["attributes"]["ApproximateReceiveCount"] == "1"
        assert record["messageAttributes"]["shop"]["stringValue"] == "cafe"
        wait_for(worker.is_empty)

    def test_a_batch_size_of_one(self, make: Callable[..., Worker]) -> None:
        worker = make()
        worker.mapped(BatchSize=1)
        worker.send("a", "b", "c")
        assert sorted(worker.batches(3)) == [["a"], ["b"], ["c"]]

    def test_a_window_collects_more_than_10(self, make: Callable[..., Worker]) -> None:
        worker = make()
        for start in (0, 10, 20):
            worker.send(*(str(number) for number in range(start, start + 8)))
        worker.mapped(BatchSize=100, MaximumBatchingWindowInSeconds=1)
        batches = worker.batches(1)
        assert [len(batch) for batch in batches] == [24]

    def test_a_full_batch_does_not_wait_for_its_window(self, make: Callable[..., Worker]) -> None:
        worker = make(VisibilityTimeout="60")
        worker.mapped(BatchSize=12, MaximumBatchingWindowInSeconds=50)
        worker.send(*"abcdefgh")
        worker.send(*"ijkl")
        assert [len(batch) for batch in worker.batches(1)] == [12]

    def test_a_filter_drops_what_it_does_not_match(self, make: Callable[..., Worker]) -> None:
        worker = make()
        pattern = json.dumps({"body": {"total": [{"numeric": [">", 100]}]}})
        worker.mapped(FilterCriteria={"Filters": [{"Pattern": pattern}]})
        worker.send('{"total": 50}', '{"total": 150}')
        assert worker.batches(1) == [['{"total": 150}']]
        wait_for(worker.is_empty)

    def test_maximum_concurrency(self, make: Callable[..., Worker]) -> None:
        worker = make({"SECONDS": "0.5"})
        worker.mapped(BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
        worker.send(*"abcd")
        most = 0

        def finished() -> bool:
            nonlocal most
            in_flight = worker.account.attribute(
                worker.url, "ApproximateNumberOfMessagesNotVisible"
            )
            most = max(most, int(in_flight))
            return worker.is_empty()

        wait_for(finished)
        assert most == 2


@pytest.mark.contract(16)
class TestFailures:
    def test_a_failed_batch_comes_back_as_a_whole_and_dies(
        self, make: Callable[..., Worker], account: Account
    ) -> None:
        dead_url, dead_arn = account.queue()
        redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
        worker = make(seconds=2, RedrivePolicy=redrive)
        identifier = worker.mapped()
        worker.send("good", "poison")
        batches = worker.batches(2)
        assert [sorted(batch) for batch in batches] == [["good", "poison"]] * 2
        wait_for(lambda: len(account.receive(dead_url)) == 2)
        mapping = worker.lambda_.get_event_source_mapping(UUID=identifier)
        assert mapping["LastProcessingResult"] == "PROBLEM: Function call failed"

    def test_reported_item_failures_alone_come_back(
        self, make: Callable[..., Worker], account: Account
    ) -> None:
        dead_url, dead_arn = account.queue()
        redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
        worker = make({"BATCH": "1"}, seconds=2, RedrivePolicy=redrive)
        worker.mapped(FunctionResponseTypes=["ReportBatchItemFailures"])
        worker.send("good", "poison")
        batches = worker.batches(2)
        assert [sorted(batch) for batch in batches] == [["good", "poison"], ["poison"]]
        wait_for(lambda: account.receive(dead_url))
        assert [message["Body"] for message in account.receive(dead_url)] == ["poison"]

    def test_throttled_deliveries_count_too(
        self, make: Callable[..., Worker], account: Account
    ) -> None:
        dead_url, dead_arn = account.queue()
        redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1})
        worker = make(seconds=2, RedrivePolicy=redrive)
        worker.lambda_.put_function_concurrency(
            FunctionName=worker.function, ReservedConcurrentExecutions=0
        )
        worker.mapped()
        worker.send("good")
        wait_for(lambda: account.receive(dead_url))
        assert worker.batches(1, seconds=1) == []

    def test_a_permission_removed_later_stops_the_polling(
        self, make: Callable[..., Worker]
    ) -> None:
        worker = make()
        identifier = worker.mapped()
        worker.account.allow(worker.role, worker.reporting)

        def result() -> str:
            mapping = worker.lambda_.get_event_source_mapping(UUID=identifier)
            return str(mapping.get("LastProcessingResult"))

        wait_for(lambda: result().startswith("PROBLEM: "))
        assert "ReceiveMessage on SQS" in result()
        worker.send("order")
        received = worker.account.receive(worker.url)
        assert received[0]["Attributes"]["ApproximateReceiveCount"] == "1"
        worker.account.allow(worker.role, worker.polling, worker.reporting)
        assert worker.batches(1) == [["order"]]
