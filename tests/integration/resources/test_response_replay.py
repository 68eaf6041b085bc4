"""A lesson that is run again from the top: what is there is not made twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit.lab import Lab
from labkit.labs.builders import QUEUE_POLICY, function, service_role
from labkit.resources.response_replay import FILE
from tests.support import samples, shared_samples
from tests.support.census import census


def make_everything(lab: Lab) -> tuple[Any, ...]:
    """Do what a lesson's cells do: things with names, things without, and parts of them."""
    iam, apigateway, ec2 = lab.client("iam"), lab.client("apigateway"), lab.client("ec2")
    role = iam.create_role(
        RoleName=lab.name("role"), AssumeRolePolicyDocument=shared_samples.TRUST
    )["Role"]
    api = apigateway.create_rest_api(name=lab.name("api"))
    root = apigateway.get_resources(restApiId=api["id"])["items"][0]
    resource = apigateway.create_resource(
        restApiId=api["id"], parentId=root["id"], pathPart="order"
    )
    apigateway.put_method(
        restApiId=api["id"],
        resourceId=resource["id"],
        httpMethod="POST",
        authorizationType="NONE",
    )
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]
    return role["Arn"], role["CreateDate"].date(), api["id"], resource["id"], vpc["VpcId"]


def make_function_and_queue(lab: Lab) -> None:
    """Make a function that answers 1, and the queue that feeds it."""
    role = service_role(lab, "role", "lambda.amazonaws.com", QUEUE_POLICY)
    (lab.folder / "cook.py").write_text("def handler(event, context): return 1\n")
    function(lab, "cook", role, lab.zip("cook.py"), "cook.handler", timeout_s=4)
    url = lab.client("sqs").create_queue(QueueName=lab.name("orders"))["QueueUrl"]
    asked = lab.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    lab.client("lambda").create_event_source_mapping(
        EventSourceArn=asked["Attributes"]["QueueArn"], FunctionName=lab.name("cook"), BatchSize=1
    )


def test_a_new_kernel_gets_the_answers_of_the_one_that_died(
    lab: Lab, plain: Callable[[str], Any]
) -> None:
    made = make_everything(lab)
    there = census(plain)
    again = Lab(lab.lesson)
    assert make_everything(again) == made
    assert census(plain) == there


def test_what_has_gone_since_is_made_again(lab: Lab) -> None:
    role, *_, vpc = make_everything(lab)
    lab.client("iam").delete_role(RoleName=lab.name("role"))
    lab.client("ec2").delete_vpc(VpcId=vpc)
    again = Lab(lab.lesson)
    same_role, *_, other_vpc = make_everything(again)
    assert same_role == role
    assert other_vpc != vpc
    assert again.client("iam").get_role(RoleName=lab.name("role"))


def test_each_answer_is_given_once_so_that_a_cell_run_twice_meets_aws(lab: Lab) -> None:
    make_everything(lab)
    again = Lab(lab.lesson)
    make_everything(again)
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        make_everything(again)


def test_a_changed_cell_meets_aws(lab: Lab) -> None:
    make_everything(lab)
    again = Lab(lab.lesson)
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        again.client("iam").create_role(
            RoleName=again.name("role"),
            AssumeRolePolicyDocument=shared_samples.TRUST,
            Description="another one",
        )


def test_what_was_changed_since_is_put_back(lab: Lab) -> None:
    make_function_and_queue(lab)
    awslambda, sqs = lab.client("lambda"), lab.client("sqs")
    name, url = lab.name("cook"), sqs.get_queue_url(QueueName=lab.name("orders"))["QueueUrl"]
    awslambda.update_function_configuration(FunctionName=name, Timeout=9, Description="by hand")
    updated = awslambda.get_waiter("function_updated_v2")
    updated.wait(FunctionName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
    (lab.folder / "cook.py").write_text("def handler(event, context): return 2\n")
    awslambda.update_function_code(FunctionName=name, ZipFile=lab.zip("cook.py"))
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "99"})
    lab.client("iam").put_role_policy(
        RoleName=lab.name("role"), PolicyName="more", PolicyDocument=shared_samples.GRANT
    )
    (mapping,) = awslambda.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    awslambda.update_event_source_mapping(
        UUID=mapping["UUID"], BatchSize=7, ScalingConfig={"MaximumConcurrency": 3}
    )
    make_function_and_queue(Lab(lab.lesson))
    found = awslambda.get_function_configuration(FunctionName=name)
    assert (found["Timeout"], found["Description"]) == (4, "")
    assert awslambda.invoke(FunctionName=name)["Payload"].read() == b"1"
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    assert asked["Attributes"]["VisibilityTimeout"] == "30"
    assert lab.client("iam").list_role_policies(RoleName=lab.name("role"))["PolicyNames"] == []
    mapping = awslambda.get_event_source_mapping(UUID=mapping["UUID"])
    assert mapping["BatchSize"] == 1
    assert not mapping.get("ScalingConfig")


def test_a_functions_environment_layers_and_concurrency_are_put_back(lab: Lab) -> None:
    layer = samples.layer(lab)
    role = shared_samples.role(lab)

    def make(lab: Lab) -> None:
        lab.client("iam").create_role(
            RoleName=lab.name("role"), AssumeRolePolicyDocument=shared_samples.TRUST
        )
        lab.client("lambda").create_function(
            FunctionName=lab.name("cook"),
            Role=role,
            Runtime="python3.13",
            Handler="hello.handler",
            Code=samples.code(lab),
            Environment={"Variables": {"MODE": "calm"}},
        )

    lab.client("iam").delete_role_policy(RoleName=lab.name("role"), PolicyName="grant")
    lab.client("iam").delete_role(RoleName=lab.name("role"))
    make(lab)
    awslambda, name = lab.client("lambda"), lab.name("cook")
    shared_samples.until(lambda: samples.state_of(awslambda, name) == "Active")
    awslambda.update_function_configuration(
        FunctionName=name,
        Environment={"Variables": {"MODE": "rush", "EXTRA": "1"}},
        Layers=[layer],
        EphemeralStorage={"Size": 1024},
    )
    awslambda.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=2)
    make(Lab(lab.lesson))
    now = awslambda.get_function_configuration(FunctionName=name)
    assert now["Environment"] == {"Variables": {"MODE": "calm"}}
    assert not now.get("Layers")
    assert now["EphemeralStorage"] == {"Size": 512}
    assert "ReservedConcurrentExecutions" not in awslambda.get_function_concurrency(
        FunctionName=name
    )


def test_a_machine_a_parameter_a_secret_and_a_schedule_are_put_back(lab: Lab) -> None:
    machine = samples.state_machine(lab)
    arn = samples.schedule(lab)
    lab.client("ssm").put_parameter(Name=lab.name("limit"), Value="10", Type="String")
    secret = shared_samples.secret(lab)
    states, scheduler = lab.client("stepfunctions"), lab.client("scheduler")
    was = states.describe_state_machine(stateMachineArn=machine)["definition"]
    states.update_state_machine(
        stateMachineArn=machine, definition=was.replace("600", "5"), roleArn=samples_role(lab)
    )
    lab.client("ssm").put_parameter(
        Name=lab.name("limit"), Value="20", Type="String", Overwrite=True
    )
    lab.client("secretsmanager").put_secret_value(SecretId=secret, SecretString="loud")
    group, name = lab.name("group"), lab.name("nightly")
    shown = scheduler.get_schedule(GroupName=group, Name=name)
    kept = {key: shown[key] for key in ("GroupName", "Name", "Target", "FlexibleTimeWindow")}
    scheduler.update_schedule(**kept, ScheduleExpression="rate(2 days)")

    again = Lab(lab.lesson)
    assert samples.state_machine(again) == machine
    assert samples.schedule(again) == arn
    again.client("ssm").put_parameter(Name=lab.name("limit"), Value="10", Type="String")
    assert shared_samples.secret(again) == secret
    assert states.describe_state_machine(stateMachineArn=machine)["definition"] == was
    shown = scheduler.get_schedule(GroupName=group, Name=name)
    assert shown["ScheduleExpression"] == "rate(1 day)"
    parameter = lab.client("ssm").get_parameter(Name=lab.name("limit"))["Parameter"]
    assert parameter["Value"] == "10"
    value = lab.client("secretsmanager").get_secret_value(SecretId=secret)
    assert value["SecretString"] == "hush"


def samples_role(lab: Lab) -> str:
    """Return the ARN of the role that the sample of a state machine made."""
    role = lab.client("iam").get_role(RoleName=lab.name("machine-role"))["Role"]
    return str(role["Arn"])


def test_what_sets_everything_again_is_sent_again(lab: Lab) -> None:
    """PutMetricAlarm and its like replace what is there: an alarm changed since is as it was."""
    samples.alarm(lab)
    cloudwatch = lab.client("cloudwatch")
    changed = {"Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum"}
    cloudwatch.put_metric_alarm(
        AlarmName=lab.name("alarm"),
        **changed,
        Period=60,
        EvaluationPeriods=3,
        Threshold=9,
        ComparisonOperator="GreaterThanThreshold",
    )
    samples.alarm(Lab(lab.lesson))
    [alarm] = cloudwatch.describe_alarms(AlarmNames=[lab.name("alarm")])["MetricAlarms"]
    assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (1, 1)


def test_a_line_cut_short_by_the_crash_is_left_out(lab: Lab) -> None:
    make_everything(lab)
    with (lab.folder / FILE).open("a", encoding="utf-8") as answers:
        answers.write('{"call": "iam Crea')
    assert make_everything(Lab(lab.lesson))
