"""CloudWatch Logs: what is refused, in AWS's words, and which events are not kept."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import error

INVALID = "InvalidParameterException"
HOUR_MS = 3600 * 1000


@pytest.fixture
def stream(aws: Aws) -> dict[str, str]:
    """A log stream of this test's own."""
    names = {"logGroupName": aws.name("group"), "logStreamName": "one"}
    aws.client("logs").create_log_group(logGroupName=names["logGroupName"])
    aws.client("logs").create_log_stream(**names)
    return names


def event(hours: float = 0) -> dict[str, Any]:
    """An event of some hours ago."""
    return {"timestamp": int(time.time() * 1000 - hours * HOUR_MS), "message": f"{hours}"}


class TestEvents:
    def test_out_of_order(self, aws: Aws, stream: dict[str, str]) -> None:
        events = [event(1), event(2)]
        assert error(aws.client("logs").put_log_events, **stream, logEvents=events) == (
            INVALID,
            "Log events in a single PutLogEvents request must be in chronological order.",
        )

    def test_too_old_and_too_new(self, aws: Aws, stream: dict[str, str]) -> None:
        logs = aws.client("logs")
        events = [event(24 * 15), event(), event(-3)]
        told = logs.put_log_events(**stream, logEvents=events)["rejectedLogEventsInfo"]
        assert told == {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 2}
        kept = logs.get_log_events(**stream, startFromHead=True)["events"]
        assert [one["message"] for one in kept] == ["0"]


class TestRefusals:
    def test_of_a_limit(self, aws: Aws, stream: dict[str, str]) -> None:
        assert error(aws.client("logs").get_log_events, **stream, limit=10_001) == (
            INVALID,
            "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: "
            "Member must have value less than or equal to 10000",
        )

    def test_of_a_name_that_is_too_long(self, aws: Aws) -> None:
        assert error(aws.client("logs").create_log_group, logGroupName="x" * 513) == (
            INVALID,
            "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
        )

    def test_of_what_is_missing_or_there(self, aws: Aws, stream: dict[str, str]) -> None:
        logs = aws.client("logs")
        missing = stream | {"logStreamName": "two"}
        assert error(logs.put_log_events, **missing, logEvents=[event()]) == (
            "ResourceNotFoundException",
            "The specified log stream does not exist.",
        )
        group = {"logGroupName": stream["logGroupName"]}
        assert error(logs.create_log_group, **group) == (
            "ResourceAlreadyExistsException",
            "The specified log group already exists",
        )

    def test_of_too_many_transformations(self, aws: Aws, stream: dict[str, str]) -> None:
        one = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
        code, said = error(
            aws.client("logs").put_metric_filter,
            logGroupName=stream["logGroupName"],
            filterName="f",
            filterPattern="",
            metricTransformations=[one, one],
        )
        assert code == INVALID
        assert "Value '[MetricTransformation(metricName=m, metricNamespace=n," in said
        assert said.endswith("Member must have length less than or equal to 1")


class TestAnswers:
    def test_a_stream_that_nothing_was_written_to(self, aws: Aws, stream: dict[str, str]) -> None:
        logs = aws.client("logs")
        identifier = {"logGroupIdentifier": stream["logGroupName"]}
        [new] = logs.describe_log_streams(**identifier)["logStreams"]
        assert "uploadSequenceToken" not in new
        logs.put_log_events(**stream, logEvents=[event()])
        [written] = logs.describe_log_streams(**identifier)["logStreams"]
        assert "uploadSequenceToken" in written

    def test_a_function_may_let_the_regional_principal_in(
        self, aws: Aws, stream: dict[str, str]
    ) -> None:
        function = aws.function("def handler(event, context): return 1")
        arn = aws.client("lambda").get_function_configuration(FunctionName=function)["FunctionArn"]
        given = {
            "logGroupName": stream["logGroupName"],
            "filterName": "one",
            "filterPattern": "",
            "destinationArn": arn,
        }
        put = aws.client("logs").put_subscription_filter
        assert error(put, **given)[0] == INVALID
        aws.client("lambda").add_permission(
            FunctionName=function,
            StatementId="logs",
            Action="lambda:InvokeFunction",
            Principal=f"logs.{aws.region}.amazonaws.com",
        )
        put(**given)


def test_a_metrics_namespace_may_hold_what_the_models_pattern_excludes(aws: Aws) -> None:
    logs, group = aws.client("logs"), aws.name("group")
    logs.create_log_group(logGroupName=group)
    metric = {"metricNamespace": "shop:orders*", "metricName": "lost", "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName=group, filterName="lost", filterPattern="lost", metricTransformations=[metric]
    )
    found = logs.describe_metric_filters(logGroupName=group)["metricFilters"]
    assert found[0]["metricTransformations"] == [metric]
    by_metric = {"metricName": metric["metricName"], "metricNamespace": metric["metricNamespace"]}
    assert logs.describe_metric_filters(**by_metric)["metricFilters"] == found
