"""Deployments to Lambda: shifted step by step, stopped, and rolled back.

Expected texts and states: two public records of live Lambda canaries (8 and 22 Aug 2026), and the
CodeDeploy API Reference.
"""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.sandbox.codedeploy.conftest import BAD, GOOD, MINUTE_SECONDS, new_shift
from tests.sandbox.conftest import Aws, wait_for

TEN = {"2": 0.1}


def red_alarm(aws: Aws) -> str:
    """Make an alarm in the state ALARM that nothing takes out of it; return its name."""
    name = aws.name("alarm")
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name, Namespace=name, MetricName="m", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=0, ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )  # fmt: skip
    aws.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue="ALARM", StateReason="for this test"
    )
    return name


def alarms(*names: str) -> dict[str, Any]:
    return {"enabled": True, "alarms": [{"name": name} for name in names]}


class TestACanary:
    def test_shows_a_tenth_first_and_everything_at_the_end(self, aws: Aws) -> None:
        shift = new_shift(aws)
        shift.publish(GOOD + "# 2")
        began = time.monotonic()
        deployment = shift.deploy("1", "2")
        wait_for(lambda: shift.alias() == ("1", TEN))
        assert shift.info(deployment)["status"] == "InProgress"
        assert shift.target(deployment)["lambdaFunctionInfo"]["targetVersionWeight"] == 0.1
        info = shift.end(deployment)
        took = time.monotonic() - began
        assert info["status"] == "Succeeded"
        assert info["creator"] == "user"
        assert shift.alias() == ("2", {})
        assert shift.target(deployment)["lambdaFunctionInfo"]["targetVersionWeight"] == 1.0
        assert set(shift.events(deployment).values()) == {"Succeeded"}
        assert took >= 5 * MINUTE_SECONDS

    def test_says_that_a_minute_is_shorter_here(self, aws: Aws) -> None:
        shift = new_shift(aws, deploymentConfigName="CodeDeployDefault.LambdaAllAtOnce")
        shift.publish(GOOD + "# 2")
        info = shift.end(shift.deploy("1", "2"))
        assert "takes 1 seconds here" in info["deploymentStatusMessages"][0]

    def test_goes_by_a_configuration_of_ones_own(self, aws: Aws) -> None:
        name = aws.name("linear")
        routing = {
            "type": "TimeBasedLinear",
            "timeBasedLinear": {"linearPercentage": 40, "linearInterval": 1},
        }
        aws.client("codedeploy").create_deployment_config(
            deploymentConfigName=name, computePlatform="Lambda", trafficRoutingConfig=routing
        )
        shift = new_shift(aws, deploymentConfigName=name)
        shift.publish(GOOD + "# 2")
        deployment = shift.deploy("1", "2")
        seen: list[float] = []

        def look() -> bool:
            _, weights = shift.alias()
            seen.extend(weight for weight in weights.values() if weight not in seen)
            return shift.info(deployment)["status"] == "Succeeded"

        wait_for(look)
        assert seen == [0.4, 0.8]

    def test_is_one_at_a_time(self, aws: Aws) -> None:
        shift = new_shift(aws)
        shift.publish(GOOD + "# 2")
        first = shift.deploy("1", "2")
        with pytest.raises(shift.codedeploy.exceptions.DeploymentLimitExceededException) as refused:
            shift.deploy("1", "2")
        assert first in str(refused.value)
        shift.codedeploy.stop_deployment(deploymentId=first)
        shift.end(first)


class TestAnAlarm:
    def test_that_is_red_at_the_start_stops_the_deployment_at_once(self, aws: Aws) -> None:
        alarm = red_alarm(aws)
        shift = new_shift(aws, alarmConfiguration=alarms(alarm))
        shift.publish(BAD)
        deployment = shift.deploy("1", "2")
        info = shift.end(deployment)
        assert info["status"] == "Stopped"
        assert info["errorInformation"]["code"] == "ALARM_ACTIVE"
        assert info["errorInformation"]["message"].endswith(f"Activated alarms: {alarm}")
        assert shift.alias() == ("1", {})
        assert set(shift.events(deployment).values()) == {"Skipped"}

    def test_rolls_back_in_a_deployment_of_its_own(self, aws: Aws) -> None:
        alarm = aws.name("errors")
        shift = new_shift(aws, alarmConfiguration=alarms(alarm))
        bad = shift.publish(BAD)
        dimensions = {
            "FunctionName": shift.function,
            "Resource": f"{shift.function}:live",
            "ExecutedVersion": bad,
        }
        aws.client("cloudwatch").put_metric_alarm(
            AlarmName=alarm, Namespace="AWS/Lambda", MetricName="Errors", Statistic="Sum",
            Dimensions=[{"Name": k, "Value": v} for k, v in dimensions.items()], Period=60,
            EvaluationPeriods=1, Threshold=0, ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )  # fmt: skip
        deployment = shift.deploy("1", bad)
        wait_for(lambda: shift.alias()[1])

        def place_an_order() -> bool:
            aws.client("lambda").invoke(FunctionName=shift.function, Qualifier="live")
            return shift.info(deployment)["status"] == "Stopped"

        wait_for(place_an_order)
        events = shift.events(deployment)
        assert events == {
            "BeforeAllowTraffic": "Succeeded",
            "AllowTraffic": "Failed",
            "AfterAllowTraffic": "Skipped",
        }
        back = shift.rolled_back(deployment)
        assert back["status"] == "Succeeded"
        assert back["creator"] == "codeDeployRollback"
        assert back["rollbackInfo"]["rollbackTriggeringDeploymentId"] == deployment
        assert shift.alias() == ("1", {})
        message = shift.info(deployment)["rollbackInfo"]["rollbackMessage"]
        assert message == (
            f"Deployment {deployment} terminated. Automatic rollback is triggered with a "
            f"DeploymentId {back['deploymentId']}."
        )

    def test_whose_state_the_role_may_not_read_fails_the_deployment(self, aws: Aws) -> None:
        shift = new_shift(aws, deploys=["lambda:*"], alarmConfiguration=alarms(red_alarm(aws)))
        shift.publish(GOOD + "# 2")
        info = shift.end(shift.deploy("1", "2"))
        assert (info["status"], info["errorInformation"]["code"]) == (
            "Failed",
            "IAM_ROLE_PERMISSIONS",
        )

    def test_is_not_looked_at_where_that_is_asked_for(self, aws: Aws) -> None:
        ignored = alarms(red_alarm(aws)) | {"ignorePollAlarmFailure": True}
        shift = new_shift(
            aws, deploys=["lambda:*"], alarmConfiguration=ignored,
            deploymentConfigName="CodeDeployDefault.LambdaAllAtOnce",
        )  # fmt: skip
        shift.publish(GOOD + "# 2")
        assert shift.end(shift.deploy("1", "2"))["status"] == "Succeeded"


class TestStopping:
    def test_gives_the_old_version_all_calls_again(self, aws: Aws) -> None:
        shift = new_shift(aws)
        shift.publish(GOOD + "# 2")
        deployment = shift.deploy("1", "2")
        wait_for(lambda: shift.alias()[1])
        answer = shift.codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)
        assert answer["status"] in ("Pending", "Succeeded")
        assert shift.end(deployment)["errorInformation"]["code"] == "MANUAL_STOP"
        assert shift.rolled_back(deployment)["status"] == "Succeeded"
        assert shift.alias() == ("1", {})

    def test_without_a_rollback_leaves_two_weights_and_the_next_deployment_fails(
        self, aws: Aws
    ) -> None:
        shift = new_shift(aws, autoRollbackConfiguration={"enabled": False, "events": []})
        shift.publish(GOOD + "# 2")
        deployment = shift.deploy("1", "2")
        wait_for(lambda: shift.alias()[1])
        shift.codedeploy.stop_deployment(deploymentId=deployment)
        shift.end(deployment)
        assert shift.alias() == ("1", TEN)
        info = shift.end(shift.deploy("1", "2"))
        assert info["errorInformation"]["code"] == "INVALID_LAMBDA_CONFIGURATION"
        assert (
            "does not match the current version in AppSpec file"
            in (info["errorInformation"]["message"])
        )

    def test_what_is_over_is_refused(self, aws: Aws) -> None:
        shift = new_shift(aws, deploymentConfigName="CodeDeployDefault.LambdaAllAtOnce")
        shift.publish(GOOD + "# 2")
        deployment = shift.deploy("1", "2")
        shift.end(deployment)
        exceptions = shift.codedeploy.exceptions
        with pytest.raises(exceptions.DeploymentAlreadyCompletedException):
            shift.codedeploy.stop_deployment(deploymentId=deployment)


class TestWhatCannotBeDeployed:
    @pytest.mark.parametrize(
        ("current", "target", "code"),
        [("2", "1", "INVALID_LAMBDA_CONFIGURATION"), ("1", "9", "INVALID_LAMBDA_CONFIGURATION")],
    )
    def test_versions_that_the_alias_has_not(
        self, aws: Aws, current: str, target: str, code: str
    ) -> None:
        shift = new_shift(aws)
        shift.publish(GOOD + "# 2")
        info = shift.end(shift.deploy(current, target))
        assert (info["status"], info["errorInformation"]["code"]) == ("Failed", code)
        wait_for(lambda: shift.alias() == ("1", {}))

    def test_without_the_right_to_move_the_alias(self, aws: Aws) -> None:
        shift = new_shift(aws, deploys=["lambda:GetAlias"])
        shift.publish(GOOD + "# 2")
        info = shift.end(shift.deploy("1", "2"))
        assert info["errorInformation"]["code"] == "IAM_ROLE_PERMISSIONS"
        assert "UpdateAlias" in info["errorInformation"]["message"]


class TestAnEvent:
    def test_tells_of_a_deployments_start_and_end(self, aws: Aws) -> None:
        events, sqs = aws.client("events"), aws.client("sqs")
        queue = sqs.create_queue(QueueName=aws.name("told"))["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        arn = arn["Attributes"]["QueueArn"]
        rule = events.put_rule(Name=aws.name("rule"), EventPattern='{"source":["aws.codedeploy"]}')
        policy = (
            '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":'
            f'"events.amazonaws.com"}},"Action":"sqs:SendMessage","Resource":"{arn}"}}]}}'
        )
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
        name = rule["RuleArn"].rpartition("/")[2]
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
        shift = new_shift(aws, deploymentConfigName="CodeDeployDefault.LambdaAllAtOnce")
        shift.publish(GOOD + "# 2")
        shift.end(shift.deploy("1", "2"))
        seen: list[str] = []

        def look() -> bool:
            found = sqs.receive_message(QueueUrl=queue).get("Messages", [])
            seen.extend(json.loads(one["Body"])["detail"]["state"] for one in found)
            return {"START", "SUCCESS"} <= set(seen)

        wait_for(look)
        events.remove_targets(Rule=name, Ids=["queue"])
        events.delete_rule(Name=name)
