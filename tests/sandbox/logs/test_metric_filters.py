"""Metric and subscription filters that AWS refuses, in its words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import error

INVALID = "InvalidParameterException"
JSON = "{ $.total > 0 }"
WRONG = "Invalid metric transformation: "


@pytest.fixture(scope="module")
def group(aws: Aws) -> str:
    """A log group."""
    name = aws.name("group")
    aws.client("logs").create_log_group(logGroupName=name)
    return name


def request(group: str, name: str, pattern: str = "", **metric: Any) -> dict[str, Any]:
    """What makes a filter."""
    given = {"metricName": "orders", "metricNamespace": "shop", "metricValue": "1"} | metric
    return {
        "logGroupName": group,
        "filterName": name,
        "filterPattern": pattern,
        "metricTransformations": [given],
    }


@pytest.mark.parametrize(
    ("pattern", "metric", "text"),
    [
        (
            "",
            {"metricNamespace": "AWS/Lambda"},
            "Metric namespaces starting with AWS/ are reserved for AWS.",
        ),
        (
            "",
            {"metricValue": "one"},
            WRONG + "metric value one must be a valid number",
        ),
        (
            JSON,
            {"dimensions": {"menu": "$.menu"}, "defaultValue": 0},
            WRONG + "dimensions and default value are mutually exclusive properties",
        ),
        (
            "ERROR",
            {"dimensions": {"menu": "$.menu"}},
            "The specified filter pattern does not support dimensions",
        ),
        (
            JSON,
            {"dimensions": {"stage": "prod"}},
            WRONG + "dimension value must be valid selector",
        ),
    ],
)
def test_a_metric_is_refused(
    aws: Aws, group: str, pattern: str, metric: dict[str, Any], text: str
) -> None:
    logs = aws.client("logs")
    given = request(group, "refused", pattern, **metric)
    assert error(logs.put_metric_filter, **given) == (INVALID, text)
    assert not logs.describe_metric_filters(logGroupName=group)["metricFilters"]


def test_three_dimensions_and_a_hundred_filters_are_the_most(aws: Aws) -> None:
    logs, group = aws.client("logs"), aws.name("group")
    logs.create_log_group(logGroupName=group)
    dimensions = {f"d{number}": "$.menu" for number in range(4)}
    assert error(logs.put_metric_filter, **request(group, "f", JSON, dimensions=dimensions))[0] == (
        INVALID
    )
    dimensions.pop("d3")
    logs.put_metric_filter(**request(group, "f0", JSON, dimensions=dimensions))
    for number in range(1, 100):
        logs.put_metric_filter(**request(group, f"f{number}"))
    assert error(logs.put_metric_filter, **request(group, "f100")) == (
        "LimitExceededException",
        "Resource limit exceeded.",
    )
    logs.put_metric_filter(**request(group, "f99", "ERROR"))  # it is there


def test_a_subscription_goes_where_aws_lets_it(aws: Aws, group: str) -> None:
    put = aws.client("logs").put_subscription_filter
    given = {"logGroupName": group, "filterName": "one", "filterPattern": ""}
    where = f"{aws.region}:{aws.account}"
    assert error(put, **given, destinationArn=f"arn:aws:sqs:{where}:orders") == (
        INVALID,
        "PutSubscriptionFilter operation cannot work with destinationArn for vendor sqs",
    )
    function = f"arn:aws:lambda:{where}:function:orders"
    role = f"arn:aws:iam::{aws.account}:role/logs"
    assert error(put, **given, destinationArn=function, roleArn=role) == (
        INVALID,
        "destinationArn for vendor lambda cannot be used with roleArn",
    )
