"""Counts what is in an account through plain boto3: the oracle that knows nothing of labkit."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import jmespath

LISTINGS = (
    ("iam", "list_roles", "Roles[]", "RoleName"),
    ("iam", "list_policies", "Policies[?!starts_with(Arn, 'arn:aws:iam::aws:')]", "PolicyName"),
    ("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList[]", "Arn"),
    ("lambda", "list_functions", "Functions[]", "FunctionName"),
    ("lambda", "list_event_source_mappings", "EventSourceMappings[]", "UUID"),
    ("lambda", "list_layers", "Layers[]", "LayerName"),
    ("sqs", "list_queues", "QueueUrls[]", "@"),
    ("apigateway", "get_rest_apis", "items[]", "id"),
    ("apigateway", "get_usage_plans", "items[]", "id"),
    ("apigateway", "get_api_keys", "items[]", "id"),
    ("apigatewayv2", "get_apis", "Items[]", "ApiId"),
    ("cloudwatch", "describe_alarms", "CompositeAlarms[]", "AlarmName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms[]", "AlarmName"),
    ("cloudwatch", "list_dashboards", "DashboardEntries[]", "DashboardName"),
    ("events", "list_event_buses", "EventBuses[]", "Name"),
    ("events", "list_rules", "Rules[]", "Arn"),
    ("scheduler", "list_schedules", "Schedules[]", "Arn"),
    ("scheduler", "list_schedule_groups", "ScheduleGroups[]", "Name"),
    ("sns", "list_subscriptions", "Subscriptions[]", "SubscriptionArn"),
    ("sns", "list_topics", "Topics[]", "TopicArn"),
    ("kinesis", "list_streams", "StreamNames[]", "@"),
    ("stepfunctions", "list_state_machines", "stateMachines[]", "stateMachineArn"),
    ("codebuild", "list_projects", "projects[]", "@"),
    ("codebuild", "list_report_groups", "reportGroups[]", "@"),
    ("codedeploy", "list_applications", "applications[]", "@"),
    (
        "codedeploy",
        "list_deployment_configs",
        "deploymentConfigsList[?!starts_with(@, 'CodeDeployDefault.')]",
        "@",
    ),
    ("codepipeline", "list_pipelines", "pipelines[]", "name"),
    ("dynamodb", "list_tables", "TableNames[]", "@"),
    ("ssm", "describe_parameters", "Parameters[]", "Name"),
    ("secretsmanager", "list_secrets", "SecretList[]", "ARN"),
    ("cloudformation", "list_stacks", "StackSummaries[?StackStatus!='DELETE_COMPLETE']", "StackId"),
    ("logs", "describe_log_groups", "logGroups[]", "logGroupName"),
    ("ec2", "describe_vpcs", "Vpcs[]", "VpcId"),
    ("ec2", "describe_addresses", "Addresses[]", "AllocationId"),
    ("ec2", "describe_subnets", "Subnets[]", "SubnetId"),
    ("ec2", "describe_internet_gateways", "InternetGateways[]", "InternetGatewayId"),
    ("ec2", "describe_route_tables", "RouteTables[]", "RouteTableId"),
    ("ec2", "describe_nat_gateways", "NatGateways[?State!='deleted']", "NatGatewayId"),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints[?State!='deleted']", "VpcEndpointId"),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces[]", "NetworkInterfaceId"),
    ("ec2", "describe_security_groups", "SecurityGroups[]", "GroupId"),
    ("ec2", "describe_network_acls", "NetworkAcls[?!IsDefault]", "NetworkAclId"),
    ("ec2", "describe_launch_templates", "LaunchTemplates[]", "LaunchTemplateId"),
    (
        "ec2",
        "describe_instances",
        "Reservations[].Instances[] | [?State.Name!='terminated']",
        "InstanceId",
    ),
    ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups[]", "AutoScalingGroupName"),
    ("elbv2", "describe_load_balancers", "LoadBalancers[]", "LoadBalancerArn"),
    ("elbv2", "describe_target_groups", "TargetGroups[]", "TargetGroupArn"),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups[]", "DBSubnetGroupName"),
    ("rds", "describe_db_instances", "DBInstances[]", "DBInstanceIdentifier"),
    ("rds", "describe_db_clusters", "DBClusters[]", "DBClusterIdentifier"),
    ("rds", "describe_db_proxies", "DBProxies[]", "DBProxyName"),
    ("rds", "describe_db_snapshots", "DBSnapshots[]", "DBSnapshotIdentifier"),
    ("s3", "list_buckets", "Buckets[]", "Name"),
    ("xray", "get_sampling_rules", "SamplingRuleRecords[].SamplingRule", "RuleName"),
)
"""Service, method, where a page has the items (JMESPath), and where an item has its id."""

MOVING = frozenset(
    [
        "LatestRestorableTime",
        "StateReason",
        "StateReasonData",
        "StateTransitionedTimestamp",
        "StateUpdatedTimestamp",
        "StateValue",
    ]
)
"""What changes by itself as time goes by, of databases and alarms."""

ASKED: Mapping[str, Mapping[str, Any]] = {
    "describe_alarms": {"AlarmTypes": ["CompositeAlarm", "MetricAlarm"]},
    "list_secrets": {"IncludePlannedDeletion": True},
}
"""Parameters without which a listing does not show everything."""

SERVICES = frozenset(service for service, *_ in LISTINGS)

Portrait = Mapping[tuple[str, str], str]
"""Listing and id of everything there is → all that the listing says of it."""


def portrait(client: Callable[[str], Any], services: Collection[str] = SERVICES) -> Portrait:
    """Return everything there is in some services, as their listings show it."""
    return {
        (f"{service} {operation}", str(jmespath.search(key, item))): _text(item)
        for service, operation, items, key in LISTINGS
        if service in services
        for page in _pages(client(service), operation)
        for item in jmespath.search(items, page) or ()
    }


def _text(item: Any) -> str:
    still = {key: item[key] for key in item.keys() - MOVING} if isinstance(item, dict) else item
    return json.dumps(still, sort_keys=True, default=str)


def _pages(client: Any, operation: str) -> Iterator[Any]:
    asked = ASKED.get(operation, {})
    if client.can_paginate(operation):
        yield from client.get_paginator(operation).paginate(**asked)
    else:
        yield getattr(client, operation)(**asked)


def census(client: Callable[[str], Any]) -> set[tuple[str, str]]:
    """Return listing and id of everything there is."""
    return set(portrait(client))
