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
    ("ec2", "describe_vpcs", "Vpcs[].VpcId"),
    ("ec2", "describe_subnets", "Subnets[].SubnetId"),
    ("ec2", "describe_internet_gateways", "InternetGateways[].InternetGatewayId"),
    ("ec2", "describe_route_tables", "RouteTables[].RouteTableId"),
    ("ec2", "describe_nat_gateways", "NatGateways[?State!='deleted'].NatGatewayId"),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints[?State!='deleted'].VpcEndpointId"),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces[].NetworkInterfaceId"),
    ("ec2", "describe_security_groups", "SecurityGroups[].GroupId"),
    ("ec2", "describe_network_acls", "NetworkAcls[?!IsDefault].NetworkAclId"),
    ("ec2", "describe_launch_templates", "LaunchTemplates[].LaunchTemplateId"),
    (
        "ec2",
        "describe_instances",
        "Reservations[].Instances[?State.Name!='terminated'][].InstanceId",
    ),
    ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups[].AutoScalingGroupName"),
    ("elbv2", "describe_load_balancers", "LoadBalancers[].LoadBalancerArn"),
    ("elbv2", "describe_target_groups", "TargetGroups[].TargetGroupArn"),
    ("s3", "list_buckets", "Buckets[].Name"),
)


def census(client: Callable[[str], Any]) -> set[tuple[str, str]]:
    """Return service and id of everything there is."""
    addresses = client("ec2").describe_addresses()["Addresses"]
    buses = client("events").list_event_buses()["EventBuses"]
    return {
        *(("ec2 describe_addresses", address["AllocationId"]) for address in addresses),
        *(("events list_event_buses", bus["Name"]) for bus in buses),
    } | {
        (f"{service} {operation}", found)
        for service, operation, items in LISTINGS
        for found in client(service).get_paginator(operation).paginate().search(items)
        if found is not None
    }
