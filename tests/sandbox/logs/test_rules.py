"""CloudWatch Logs: what is refused, in AWS's words, and which events are not kept."""

from __future__ import annotations

import json
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

    def test_span_more_than_a_day(self, aws: Aws, stream: dict[str, str]) -> None:
        put = aws.client("logs").put_log_events
        assert error(put, **stream, logEvents=[event(25), event()]) == (
            INVALID,
            "The batch of log events in a single PutLogEvents request cannot span more than "
            "24 hours.",
        )
        put(**stream, logEvents=[event(23), event()])

    def test_too_many_bytes(self, aws: Aws, stream: dict[str, str]) -> None:
        put = aws.client("logs").put_log_events
        most = 1_048_576
        assert error(put, **stream, logEvents=[event() | {"message": "x" * (most - 25)}]) == (
            INVALID,
            f"Log event too large: {most + 1} bytes exceeds limit of {most}",
        )
        some = [event() | {"message": "x" * 1000}] * 1100
        assert error(put, **stream, logEvents=some) == (
            INVALID,
            f"Upload too large: {1026 * 1100} bytes exceeds limit of {most}",
        )
        put(**stream, logEvents=[event() | {"message": "x" * (most - 26)}])

    def test_older_than_the_group_keeps_them(self, aws: Aws, stream: dict[str, str]) -> None:
        logs = aws.client("logs")
        logs.put_retention_policy(logGroupName=stream["logGroupName"], retentionInDays=1)
        told = logs.put_log_events(**stream, logEvents=[event(25), event(2)])
        assert told["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}
        kept = logs.get_log_events(**stream, startFromHead=True)["events"]
        assert [one["message"] for one in kept] == ["2"]


class TestRefusals:
    @pytest.mark.parametrize("name", ["a b", "주문", "a:b", "a*b", "user@shop", "a+b"])
    def test_of_a_name_with_other_characters(self, aws: Aws, name: str) -> None:
        assert error(aws.client("logs").create_log_group, logGroupName=name) == (
            INVALID,
            f"1 validation error detected: Value '{name}' at 'logGroupName' failed to satisfy "
            r"constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+",
        )

    def test_of_a_streams_name(self, aws: Aws, stream: dict[str, str]) -> None:
        logs, group = aws.client("logs"), {"logGroupName": stream["logGroupName"]}
        logs.create_log_stream(**group, logStreamName="2026/11/30/[$LATEST] 주문")
        code, said = error(logs.create_log_stream, **group, logStreamName="12:30")
        assert code == INVALID
        assert said.endswith("Member must satisfy regular expression pattern: [^:*]*")

    def test_of_parameters_that_do_not_go_together(self, aws: Aws, stream: dict[str, str]) -> None:
        logs, group = aws.client("logs"), stream["logGroupName"]
        assert error(logs.filter_log_events, logGroupName=group, logGroupIdentifier=group) == (
            INVALID,
            "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
        )
        both = {"logStreamNames": ["one"], "logStreamNamePrefix": "o"}
        assert error(logs.filter_log_events, logGroupName=group, **both)[0] == INVALID
        by_time = {"orderBy": "LastEventTime", "logStreamNamePrefix": "o"}
        assert error(logs.describe_log_streams, logGroupName=group, **by_time) == (
            INVALID,
            "Cannot order by LastEventTime with a logStreamNamePrefix.",
        )

    def test_of_tags_policies_and_tokens(self, aws: Aws) -> None:
        logs, name = aws.client("logs"), aws.name("group")
        for tags in ({"aws:run": "1"}, {"what?": "1"}):
            assert error(logs.create_log_group, logGroupName=name, tags=tags)[0] == INVALID
        logs.create_log_group(logGroupName=name, tags={"labkit:run": "월요일 1"})
        for document in ("{", "{}", "[]"):
            put = {"policyName": name, "policyDocument": document}
            assert error(logs.put_resource_policy, **put)[0] == INVALID

    def test_a_resource_policy_needs_no_version(self, aws: Aws) -> None:
        logs, name = aws.client("logs"), aws.name("policy")
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Action": "logs:PutLogEvents",
            "Resource": "*",
        }
        document = json.dumps({"Statement": [statement]})
        put = logs.put_resource_policy(policyName=name, policyDocument=document)
        logs.delete_resource_policy(policyName=name)
        assert put["resourcePolicy"]["policyDocument"] == document
        for operation in (logs.describe_log_groups, logs.describe_metric_filters):
            assert error(operation, nextToken="bad") == (
                INVALID,
                "The specified nextToken is invalid.",
            )

    def test_of_queries(self, aws: Aws, stream: dict[str, str]) -> None:
        logs, group = aws.client("logs"), stream["logGroupName"]
        now = int(time.time())
        query = {"startTime": now - 60, "endTime": now, "queryString": "fields @message"}
        start = logs.start_query
        assert error(start, **query, logGroupName=group, logGroupNames=[group])[0] == INVALID
        assert error(start, **query, logGroupNames=["g"] * 51)[0] == INVALID
        backwards = query | {"startTime": now + 60}
        assert error(start, **backwards, logGroupName=group)[0] == INVALID
        pipes = query | {"queryString": "fields @message || limit 1"}
        assert error(start, **pipes, logGroupName=group)[0] == "MalformedQueryException"
        assert error(logs.stop_query, queryId="nobody") == (
            "ResourceNotFoundException",
            "The specified query does not exist: nobody",
        )

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
