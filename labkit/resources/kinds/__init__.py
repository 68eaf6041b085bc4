"""Every kind of resource that labkit can create and take away again, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from labkit.resources.kind import Kind
from labkit.resources.kinds import (
    apigateway,
    apigatewayv2,
    autoscaling,
    awslambda,
    cloudformation,
    cloudwatch,
    dynamodb,
    ec2,
    elbv2,
    events,
    iam,
    logs,
    s3,
    scheduler,
    secretsmanager,
    sns,
    sqs,
    ssm,
    stepfunctions,
)

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            iam.Role(),
            iam.ManagedPolicy(),
            awslambda.Function(),
            awslambda.EventSourceMapping(),
            awslambda.LayerVersion(),
            sqs.Queue(),
            apigateway.RestApi(),
            logs.LogGroup(),
            cloudwatch.Alarm(),
            sns.Topic(),
            apigateway.UsagePlan(),
            apigateway.ApiKey(),
            apigatewayv2.HttpApi(),
            cloudwatch.CompositeAlarm(),
            cloudwatch.Dashboard(),
            events.EventBus(),
            events.Rule(),
            scheduler.ScheduleGroup(),
            scheduler.Schedule(),
            stepfunctions.StateMachine(),
            dynamodb.Table(),
            ssm.Parameter(),
            secretsmanager.Secret(),
            cloudformation.Stack(),
            ec2.Vpc(),
            ec2.Subnet(),
            ec2.InternetGateway(),
            ec2.RouteTable(),
            ec2.NatGateway(),
            ec2.ElasticIp(),
            ec2.VpcEndpoint(),
            ec2.SecurityGroup(),
            ec2.NetworkAcl(),
            ec2.LaunchTemplate(),
            autoscaling.AutoScalingGroup(),
            elbv2.LoadBalancer(),
            elbv2.TargetGroup(),
            s3.Bucket(),
        )
    }
)
