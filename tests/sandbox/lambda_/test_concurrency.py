"""Concurrent calls: how they scale, and what reserved and provisioned concurrency make of them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Aws, aws_of, running_sandbox, wait_for
from tests.sandbox.lambda_.calls_at_once import (
    WHO,
    Calls,
    environments,
    is_cold,
    refusals,
    throttling,
)


def most_at_once(aws: Aws, name: str) -> float:
    """How many calls of a function its metric has seen at the same time."""
    now = datetime.now(UTC)
    points = aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="ConcurrentExecutions",
        Dimensions=[{"Name": "FunctionName", "Value": name}],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
        Period=3600,
        Statistics=["Maximum"],
    )["Datapoints"]
    return max((float(point["Maximum"]) for point in points), default=0.0)


@pytest.mark.contract(9)
class TestScaling:
    def test_concurrent_calls_get_environments_of_their_own(self, aws: Aws) -> None:
        name = aws.function(WHO)
        calls = Calls(aws, name)
        first = calls.together(4)
        again = calls.together(4)
        assert len(environments(first)) == 4
        assert all(map(is_cold, first))
        assert environments(again) == environments(first)
        assert not any(map(is_cold, again))
        assert len(aws.log(f"/aws/lambda/{name}")) == 4

    def test_the_last_used_environment_is_used_next(self, aws: Aws) -> None:
        name = aws.function(WHO)
        with Calls(aws, name).held(1) as (long,):
            short = aws.invoke(name)
        assert short.payload["environment"] != long.result().payload["environment"]
        following = {aws.invoke(name).payload["environment"] for _ in range(3)}
        assert following == {long.result().payload["environment"]}

    @pytest.mark.contract(32)
    def test_many_calls(self, aws: Aws) -> None:
        name = aws.function("def handler(event, context): return event\n")
        lambda_ = aws.client("lambda")
        with ThreadPoolExecutor(10) as threads:
            answers = threads.map(
                lambda i: lambda_.invoke(FunctionName=name, Payload=str(i))["Payload"].read(),
                range(300),
            )
            assert [int(answer) for answer in answers] == list(range(300))
        streams = aws.log(f"/aws/lambda/{name}")
        assert len(streams) <= 10
        reports = [m for stream in streams.values() for m in stream if m.startswith("REPORT")]
        assert len(reports) == 300
        assert sum("Init Duration" in report for report in reports) == len(streams)


@pytest.mark.contract(11)
class TestReservedConcurrency:
    def test_is_a_cap(self, aws: Aws) -> None:
        name, lambda_ = aws.function(WHO), aws.client("lambda")
        lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
        (refused,) = refusals(Calls(aws, name).at_once(2))
        assert throttling(refused) == (
            429,
            "TooManyRequestsException",
            "Rate Exceeded.",
            "ReservedFunctionConcurrentInvocationLimitExceeded",
        )
        assert refused.response["Type"] == "User"
        lambda_.delete_function_concurrency(FunctionName=name)
        assert len(environments(Calls(aws, name).together(2))) == 2

    def test_is_a_guarantee(self) -> None:
        """Another function takes all that nobody reserved, which leaves a third one without."""
        with running_sandbox(LABKIT_SANDBOX_ACCOUNT_CONCURRENCY="14") as sandbox:
            aws = aws_of(sandbox)
            important, greedy, unlucky = (aws.function(WHO) for _ in range(3))
            aws.client("lambda").put_function_concurrency(
                FunctionName=important, ReservedConcurrentExecutions=4
            )
            with Calls(aws, greedy).held(10) as held:
                (refused,) = refusals(Calls(aws, unlucky).at_once(1))
                assert throttling(refused)[3] == "ConcurrentInvocationLimitExceeded"
                assert refusals(Calls(aws, important).at_once(4)) == []
            assert refusals(held) == []
            assert refusals(Calls(aws, unlucky).at_once(1)) == []
            assert most_at_once(aws, greedy) == 10

    def test_zero_stops_the_function(self, aws: Aws) -> None:
        name, lambda_ = aws.function(WHO), aws.client("lambda")
        lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        with pytest.raises(ClientError, match="Rate Exceeded"):
            aws.invoke(name)

    def test_100_stay_unreserved(self, aws: Aws) -> None:
        name, lambda_ = aws.function(WHO), aws.client("lambda")
        text = (
            r"decreases account's UnreservedConcurrentExecution below its minimum value of \[100\]"
        )
        with pytest.raises(ClientError, match=text) as refused:
            lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=901)
        assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"


@pytest.mark.contract(12)
class TestProvisionedConcurrency:
    def provision(self, aws: Aws, name: str, count: int) -> str:
        lambda_ = aws.client("lambda")
        version = str(lambda_.publish_version(FunctionName=name)["Version"])
        state = lambda_.put_provisioned_concurrency_config(
            FunctionName=name, Qualifier=version, ProvisionedConcurrentExecutions=count
        )
        assert state["Status"] == "IN_PROGRESS"
        assert state["AllocatedProvisionedConcurrentExecutions"] == 0
        wait_for(
            lambda: (
                lambda_.get_provisioned_concurrency_config(FunctionName=name, Qualifier=version)[
                    "Status"
                ]
                != "IN_PROGRESS"
            )
        )
        return version

    def test_within_it_calls_are_warm_and_beyond_it_cold(self, aws: Aws) -> None:
        name = aws.function(f"import time\ntime.sleep(0.2)\n{WHO}")
        version = self.provision(aws, name, 2)
        answers = Calls(aws, name).together(4, Qualifier=version)
        kinds = sorted((answer.payload["type"], is_cold(answer)) for answer in answers)
        assert kinds == [
            ("on-demand", True),
            ("on-demand", True),
            ("provisioned-concurrency", False),
            ("provisioned-concurrency", False),
        ]

    def test_it_is_a_part_of_what_is_reserved(self, aws: Aws) -> None:
        lambda_, name = aws.client("lambda"), aws.function("def handler(event, context): return 1")
        version = lambda_.publish_version(FunctionName=name)["Version"]
        which = {"FunctionName": name, "Qualifier": version}
        lambda_.put_provisioned_concurrency_config(**which, ProvisionedConcurrentExecutions=2)
        wait_for(lambda: lambda_.get_provisioned_concurrency_config(**which)["Status"] == "READY")
        with pytest.raises(ClientError, match=r"Executions  1 should not be lower .* \[2\]\."):
            lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
        lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=2)
        with pytest.raises(ClientError, match="Rate Exceeded"):
            lambda_.invoke(FunctionName=name)
        assert aws.invoke(name, Qualifier=version).payload == 1
        lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=3)
        assert aws.invoke(name).payload == 1

    def test_ends_with_its_configuration(self, aws: Aws) -> None:
        name, lambda_ = aws.function(WHO), aws.client("lambda")
        version = self.provision(aws, name, 1)
        assert aws.invoke(name, Qualifier=version).payload["type"] == "provisioned-concurrency"
        lambda_.delete_provisioned_concurrency_config(FunctionName=name, Qualifier=version)
        assert aws.invoke(name, Qualifier=version).payload["type"] == "on-demand"

    def test_a_moved_alias_takes_it_along(self, aws: Aws) -> None:
        name, lambda_ = aws.function(WHO), aws.client("lambda")
        lambda_.publish_version(FunctionName=name)
        aws.update(name, Description="second")
        lambda_.publish_version(FunctionName=name)
        place = {"FunctionName": name, "Qualifier": "live"}
        lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        lambda_.put_provisioned_concurrency_config(**place, ProvisionedConcurrentExecutions=1)

        def state() -> str:
            return str(lambda_.get_provisioned_concurrency_config(**place)["Status"])

        wait_for(lambda: state() == "READY")
        lambda_.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
        wait_for(lambda: state() == "READY")
        answer = aws.invoke(name, Qualifier="live")
        assert answer.payload["type"] == "provisioned-concurrency"
        assert "Version: 2\n" in answer.log
        assert aws.invoke(name, Qualifier="1").payload["type"] == "on-demand"

    def test_all_of_a_function(self, aws: Aws) -> None:
        name, lambda_ = aws.function(WHO), aws.client("lambda")
        listed = lambda_.list_provisioned_concurrency_configs(FunctionName=name)
        assert listed["ProvisionedConcurrencyConfigs"] == []
        version = self.provision(aws, name, 1)
        (config,) = lambda_.list_provisioned_concurrency_configs(FunctionName=name)[
            "ProvisionedConcurrencyConfigs"
        ]
        assert config["FunctionArn"].endswith(f":{name}:{version}")
        assert (config["Status"], config["AvailableProvisionedConcurrentExecutions"]) == (
            "READY",
            1,
        )

    def test_a_function_that_fails_to_initialise(self, aws: Aws) -> None:
        name, lambda_ = aws.function("raise ValueError\n"), aws.client("lambda")
        version = self.provision(aws, name, 1)
        state = lambda_.get_provisioned_concurrency_config(FunctionName=name, Qualifier=version)
        assert (state["Status"], state["StatusReason"]) == ("FAILED", "FUNCTION_ERROR_INIT_FAILURE")

    def test_needs_a_published_version(self, aws: Aws) -> None:
        name, lambda_ = aws.function(WHO), aws.client("lambda")
        text = "cannot be applied to unpublished function versions"
        with pytest.raises(ClientError, match=text) as refused:
            lambda_.put_provisioned_concurrency_config(
                FunctionName=name, Qualifier="$LATEST", ProvisionedConcurrentExecutions=1
            )
        assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"


class TestPaths:
    """Every way to call a function ends in the same environments, logs and metrics."""

    def sums(self, aws: Aws, name: str, *metrics: str) -> dict[str, float]:
        now = datetime.now(UTC)
        found = {}
        for metric in metrics:
            points = aws.client("cloudwatch").get_metric_statistics(
                Namespace="AWS/Lambda",
                MetricName=metric,
                Dimensions=[{"Name": "FunctionName", "Value": name}],
                StartTime=now - timedelta(minutes=10),
                EndTime=now + timedelta(minutes=1),
                Period=3600,
                Statistics=["Sum"],
            )["Datapoints"]
            found[metric] = sum(point["Sum"] for point in points)
        return found

    @pytest.mark.contract(24)
    def test_metrics_of_the_api(self, aws: Aws) -> None:
        source = "def handler(event, context): return 1 / event['by']\n"
        name, lambda_ = aws.function(source), aws.client("lambda")
        for by in (1, 1, 0):
            aws.invoke(name, {"by": by})
        lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        with pytest.raises(ClientError):
            aws.invoke(name)
        counted = self.sums(
            aws, name, "Invocations", "Errors", "Throttles", "ConcurrentExecutions", "Duration"
        )
        assert counted.pop("Duration") > 0
        assert counted == {
            "Invocations": 3,
            "Errors": 1,
            "Throttles": 1,
            "ConcurrentExecutions": 3,
        }

    @pytest.mark.contract(14)
    def test_an_asynchronous_call(self, aws: Aws) -> None:
        name = aws.function(WHO)
        response = aws.client("lambda").invoke(FunctionName=name, InvocationType="Event")
        assert response["StatusCode"] == 202
        wait_for(lambda: self.sums(aws, name, "Invocations") == {"Invocations": 1})
        (messages,) = aws.log(f"/aws/lambda/{name}").values()
        assert sum(message.startswith("REPORT") for message in messages) == 1

    @pytest.mark.contract(27)
    def test_a_state_machine_sees_the_exceptions_name(self, aws: Aws) -> None:
        name = aws.function("def handler(event, context): raise LookupError('order 7')\n")
        task = {
            "Type": "Task",
            "Resource": f"arn:aws:lambda:{aws.region}:{aws.account}:function:{name}",
            "Catch": [{"ErrorEquals": ["LookupError"], "Next": "Caught"}],
            "End": True,
        }
        definition = {"StartAt": "Task", "States": {"Task": task, "Caught": {"Type": "Succeed"}}}
        allowed = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}
        states = aws.client("stepfunctions")
        machine = states.create_state_machine(
            name=aws.name("machine"),
            definition=json.dumps(definition),
            roleArn=aws.role(service="states.amazonaws.com", policy=allowed),
        )["stateMachineArn"]
        run = states.start_execution(stateMachineArn=machine)["executionArn"]
        wait_for(lambda: states.describe_execution(executionArn=run)["status"] != "RUNNING")
        done = states.describe_execution(executionArn=run)
        assert done["status"] == "SUCCEEDED"
        assert json.loads(json.loads(done["output"])["Cause"])["errorMessage"] == "order 7"

    def test_a_function_that_calls_itself_for_ever_is_stopped(self, aws: Aws) -> None:
        source = (
            "import boto3\n"
            "def handler(event, context):\n"
            "    boto3.client('lambda').invoke("
            "FunctionName=context.function_name, InvocationType='Event')\n"
        )
        allowed = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}
        name = aws.function(source, role=aws.role(policy=allowed))
        aws.client("lambda").invoke(FunctionName=name, InvocationType="Event")
        dropped = {"RecursiveInvocationsDropped": 1.0}
        wait_for(lambda: self.sums(aws, name, *dropped).items() >= dropped.items(), seconds=20)
        wait_for(lambda: self.sums(aws, name, "Errors")["Errors"] >= 1)
