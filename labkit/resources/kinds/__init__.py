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
    rds,
    s3,
    scheduler,
    secretsmanager,
    sns,
    sqs,
    ssm,
    stepfunctions,
    vpc,
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
            vpc.Vpc(),
            vpc.Subnet(),
            vpc.InternetGateway(),
            vpc.RouteTable(),
            vpc.NatGateway(),
            vpc.ElasticIp(),
            vpc.VpcEndpoint(),
            vpc.NetworkInterface(),
            vpc.SecurityGroup(),
            vpc.NetworkAcl(),
            ec2.LaunchTemplate(),
            autoscaling.AutoScalingGroup(),
            elbv2.LoadBalancer(),
            elbv2.TargetGroup(),
            rds.DbSubnetGroup(),
            rds.DbInstance(),
            rds.DbCluster(),
            rds.DbProxy(),
            s3.Bucket(),
        )
    }
)
