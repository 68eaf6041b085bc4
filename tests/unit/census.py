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
    ("apigateway", "get_usage_plans", "items[].id"),
    ("apigateway", "get_api_keys", "items[].id"),
    ("apigatewayv2", "get_apis", "Items[].ApiId"),
    ("cloudwatch", "describe_alarms", "CompositeAlarms[].AlarmName"),
    ("cloudwatch", "list_dashboards", "DashboardEntries[].DashboardName"),
    ("events", "list_rules", "Rules[].Arn"),
    ("scheduler", "list_schedules", "Schedules[].Arn"),
    ("scheduler", "list_schedule_groups", "ScheduleGroups[].Name"),
    ("sns", "list_subscriptions", "Subscriptions[].SubscriptionArn"),
    ("stepfunctions", "list_state_machines", "stateMachines[].stateMachineArn"),
    ("dynamodb", "list_tables", "TableNames[]"),
    ("ssm", "describe_parameters", "Parameters[].Name"),
    ("secretsmanager", "list_secrets", "SecretList[].ARN"),
    ("cloudformation", "list_stacks", "StackSummaries[?StackStatus!='DELETE_COMPLETE'].StackId"),
    ("logs", "describe_log_groups", "logGroups[].logGroupName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms[].AlarmName"),
    ("sns", "list_topics", "Topics[].TopicArn"),
)


def census(client: Callable[[str], Any]) -> set[tuple[str, str]]:
    """Return service and id of everything there is."""
    buses = client("events").list_event_buses()["EventBuses"]
    return {
        *(("events list_event_buses", bus["Name"]) for bus in buses),
    } | {
        (f"{service} {operation}", found)
        for service, operation, items in LISTINGS
        for found in client(service).get_paginator(operation).paginate().search(items)
        if found is not None
    }
