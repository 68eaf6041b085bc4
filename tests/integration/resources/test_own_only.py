"""A call changes only what is the run's own, as its operation's own parameter names it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit.errors import Refused
from labkit.lab import Lab
from tests.support import delivery_samples, network_samples, samples, shared_samples

FOREIGN_VPC = "vpc-0123456789abcdef0"


def refused(lab: Lab, service: str, method: str, **params: Any) -> None:
    with pytest.raises(Refused, match="was not sent"):
        getattr(lab.client(service), method)(**params)


def test_the_runs_number_somewhere_else_lets_nothing_pass(lab: Lab) -> None:
    url, name = samples.queue(lab), lab.name("orders")
    number = lab._journal.run.marker
    account, region = lab.account, lab.region
    foreign = url.replace(lab.name("queue"), f"backup-{lab.name('queue')}")
    refused(lab, "sqs", "set_queue_attributes", QueueUrl=foreign, Attributes={"Policy": url})
    refused(lab, "sqs", "purge_queue", QueueUrl=url.replace(account, "999999999999"))
    refused(lab, "lambda", "update_function_configuration", FunctionName="b", Description=name)
    refused(lab, "lambda", "update_alias", FunctionName="billing", Name=lab.name("live"))
    refused(lab, "lambda", "tag_resource", Resource="arn:aws:lambda:x", Tags={number: url})
    refused(lab, "iam", "delete_role_policy", RoleName=f"x-{number}", PolicyName=name)
    refused(lab, "iam", "delete_user_policy", UserName="teacher", PolicyName=name)
    refused(lab, "dynamodb", "delete_item", TableName="orders", Key={"order": {"S": name}})
    refused(lab, "s3", "delete_object", Bucket="somebody-elses", Key=f"{name}/{number}")
    refused(lab, "events", "remove_targets", Rule="billing", Ids=[number])
    refused(
        lab,
        "autoscaling",
        "delete_tags",
        Tags=[{"ResourceId": "fleet", "ResourceType": "auto-scaling-group", "Key": number}],
    )
    refused(lab, "cloudwatch", "delete_alarms", AlarmNames=[name, f"backup-of-{name}"])
    arn = f"arn:aws:states:{region}:{account}:execution:billing:{number}"
    refused(lab, "stepfunctions", "stop_execution", executionArn=arn)


def test_ec2_is_asked_by_its_ids_and_not_by_tags_or_filters(lab: Lab) -> None:
    own, number = network_samples.vpc(lab), lab._journal.run.marker
    tag = {"Key": "team", "Value": f"{own} {number}"}
    refused(lab, "ec2", "delete_tags", Resources=[FOREIGN_VPC], Tags=[tag])
    refused(lab, "ec2", "delete_tags", Resources=[own, FOREIGN_VPC], Tags=[tag])
    refused(lab, "ec2", "delete_vpc", VpcId=FOREIGN_VPC)
    refused(lab, "ec2", "modify_vpc_attribute", VpcId=FOREIGN_VPC, EnableDnsSupport={"Value": True})
    refused(lab, "ec2", "stop_instances", InstanceIds=["i-0123456789abcdef0"])
    refused(lab, "ec2", "detach_internet_gateway", InternetGatewayId="igw-1234", VpcId=own)
    refused(lab, "ec2", "delete_security_group", GroupName="default")
    refused(lab, "ec2", "disassociate_route_table", AssociationId="rtbassoc-0123456789abcdef0")
    refused(lab, "ec2", "disable_ebs_encryption_by_default")
    refused(lab, "ec2", "authorize_security_group_ingress", GroupName="default", IpPermissions=[])
    refused(lab, "ec2", "create_security_group", GroupName=lab.name("g"), Description=number)
    refused(lab, "ec2", "delete_key_pair", KeyName=f"{number}")


def test_what_belongs_to_the_runs_own_may_change(lab: Lab, plain: Callable[[str], Any]) -> None:
    ec2 = lab.client("ec2")
    table = network_samples.route_table(lab)
    [shown] = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    ec2.disassociate_route_table(AssociationId=shown["Associations"][0]["RouteTableAssociationId"])
    of_vpc = {"Name": "vpc-id", "Values": [shown["VpcId"]]}
    [main] = [
        one
        for one in ec2.describe_route_tables(Filters=[of_vpc])["RouteTables"]
        if one["RouteTableId"] != table
    ]
    ec2.delete_tags(Resources=[main["RouteTableId"]], Tags=[{"Key": "team"}])
    [vpc] = ec2.describe_vpcs(VpcIds=[shown["VpcId"]])["Vpcs"]
    second = [b for b in vpc["CidrBlockAssociationSet"] if b["CidrBlock"].startswith("100.")]
    ec2.disassociate_vpc_cidr_block(AssociationId=second[0]["AssociationId"])
    [default] = plain("ec2").describe_security_groups(
        Filters=[of_vpc, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    ec2.revoke_security_group_egress(
        GroupId=default["GroupId"], IpPermissions=default["IpPermissionsEgress"]
    )


def test_a_groups_instances_are_the_groups(lab: Lab) -> None:
    group = network_samples.auto_scaling_group(lab)
    autoscaling = lab.client("autoscaling")

    def instances() -> list[str]:
        [shown] = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])[
            "AutoScalingGroups"
        ]
        return [one["InstanceId"] for one in shown["Instances"]]

    shared_samples.until(lambda: bool(instances()))
    lab.client("ec2").modify_instance_attribute(
        InstanceId=instances()[0], DisableApiTermination={"Value": False}
    )
    autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=instances()[0], ShouldDecrementDesiredCapacity=True
    )


def test_parts_that_are_named_by_arns_are_known_by_what_they_are_part_of(lab: Lab) -> None:
    elbv2 = lab.client("elbv2")
    balancer = network_samples.load_balancer(lab)
    [listener] = elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    elbv2.delete_listener(ListenerArn=listener["ListenerArn"])
    machine = samples.state_machine(lab)
    states = lab.client("stepfunctions")
    [execution] = states.list_executions(stateMachineArn=machine)["executions"]
    states.stop_execution(executionArn=execution["executionArn"])
    name = samples.function(lab)
    awslambda = lab.client("lambda")
    awslambda.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    arn = f"arn:aws:lambda:{lab.region}:{lab.account}:function:{name}"
    awslambda.update_alias(FunctionName=arn, Name="live", Description="by its ARN")
    awslambda.delete_alias(FunctionName=name, Name="live")
    awslambda.delete_function_concurrency(FunctionName=name)
    lab.client("logs").tag_resource(
        resourceArn=f"arn:aws:logs:{lab.region}:{lab.account}:log-group:/aws/lambda/{name}",
        tags={"team": "couriers"},
    )


def test_what_is_named_as_the_run_names_may_change_though_it_is_on_no_record(lab: Lab) -> None:
    """What its stack made, and what a lesson takes away to be sure that it is not there."""
    delivery_samples.stack(lab)
    sqs, awslambda = lab.client("sqs"), lab.client("lambda")
    url = sqs.get_queue_url(QueueName=lab.name("stacked"))["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "1"})
    with pytest.raises(ClientError, match="not found"):
        awslambda.delete_function_concurrency(FunctionName=lab.name("not-made"))
    refused(lab, "sqs", "delete_queue", QueueUrl=url.replace("/lk-", "/x-lk-"))
    refused(lab, "lambda", "delete_function", FunctionName=f"x-{lab.name('not-made')}")
