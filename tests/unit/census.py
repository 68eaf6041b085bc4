"""Counts what is in an account through plain boto3: the oracle that knows nothing of labkit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LISTINGS = (
    ("iam", "list_roles", "Roles[].RoleName"),
    ("iam", "list_policies", "Policies[?!starts_with(Arn, 'arn:aws:iam::aws:')].PolicyName"),
    ("lambda", "list_functions", "Functions[].FunctionName"),
    ("lambda", "list_event_source_mappings", "EventSourceMappings[].UUID"),
    ("lambda", "list_layers", "Layers[].LayerName"),
    ("sqs", "list_queues", "QueueUrls[]"),
    ("apigateway", "get_rest_apis", "items[].id"),
    ("logs", "describe_log_groups", "logGroups[].logGroupName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms[].AlarmName"),
    ("sns", "list_topics", "Topics[].TopicArn"),
)


def census(client: Callable[[str], Any]) -> set[tuple[str, str]]:
    """Return service and id of everything there is."""
    return {
        (f"{service} {operation}", found)
        for service, operation, items in LISTINGS
        for found in client(service).get_paginator(operation).paginate().search(items)
        if found is not None
    }
