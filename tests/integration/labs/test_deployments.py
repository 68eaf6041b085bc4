"""The CI/CD lesson's service under its pipeline: releases, and deployments cut off in mid-shift."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labkit import wait_until
from labkit.aws.embedded import SHARED
from labkit.lab import Lab
from labkit.labs.delivery import DeliveryMap
from labkit.labs.deployments import DeliveryPipeline, Releases, WorkingCopy, delivery_pipeline
from labkit.labs.deployments.first_version import first_version
from labkit.labs.stacks import boundary
from labkit.resources import runs
from labkit.state import STATE_DIR
from tests.support.census import census

pytestmark = pytest.mark.timeout(600)

LESSON = "ci-cd"
WEIGHT = 0.1

WORKER = """
import functools, json, os
import boto3

@functools.cache
def table():
    return boto3.resource("dynamodb").Table(os.environ["ORDERS"])

def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        table().put_item(Item={"orderId": order["orderId"]})
        print(json.dumps({"event": "order.processed", "orderId": order["orderId"]}))
"""
BETTER = WORKER + "# better\n"
BAD = WORKER.replace("        table()", '        order["coupon"]\n        table()')
DOES_NOT_START = "import nothing_of_that_name\n" + WORKER

TEST = "def test_nothing():\n    pass\n"

DEPLOYMENT = """
      AutoPublishAlias: live
      DeploymentPreference:
        Type: Canary10Percent5Minutes
        Role: !GetAtt ShiftRole.Arn
        Alarms: [!Ref WorkerErrors]
        Hooks: {PreTraffic: !Ref Check, PostTraffic: !Ref Check}
"""
ALARM = """
  WorkerErrors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions:
        - {Name: FunctionName, Value: !Ref Worker}
        - {Name: Resource, Value: !Sub "${Worker}:live"}
        - {Name: ExecutedVersion, Value: !GetAtt Worker.Version.Version}
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
"""


@dataclass
class Service:
    """The delivery service in its first version, under a pipeline."""

    lab: Lab
    copy: WorkingCopy
    pipeline: DeliveryPipeline
    outputs: dict[str, str]

    def alias(self) -> tuple[str, dict[str, float]]:
        """The main version of the alias, and the weights of others."""
        found = self.lab.client("lambda").get_alias(
            FunctionName=self.outputs["WorkerName"], Name="live"
        )
        weights = found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        return found["FunctionVersion"], weights

    def release(self, worker: str) -> str:
        """Start the pipeline with another worker; return the execution's id."""
        self.copy.write("src/worker.py", worker)
        return self.pipeline.release(self.copy.packed())

    def release_until_it_shifts(self, worker: str) -> None:
        """Start the pipeline with another worker; return when two versions serve."""
        self.release(worker)
        wait_until(lambda: self.alias()[1], seconds=120, what="the shift")


def working_copy(lab: Lab, deployment: str = DEPLOYMENT) -> WorkingCopy:
    for name, text in (("deployment.yaml", deployment), ("alarm.yaml", ALARM)):
        (lab.folder / name).write_text(text, encoding="utf-8")
    copy = WorkingCopy(lab, "deployment.yaml", "alarm.yaml")
    copy.write("src/worker.py", WORKER)
    copy.write("tests/test_worker.py", TEST)
    return copy


def new_service(lab: Lab, deployment: str = DEPLOYMENT) -> Service:
    copy, stack = working_copy(lab, deployment), lab.name("delivery")
    assert first_version(lab, copy, stack, Boundary=boundary(lab)) == "CREATE_COMPLETE"
    [made] = lab.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in made["Outputs"]}
    return Service(lab, copy, delivery_pipeline(lab, stack), outputs)


def killed_in_mid_shift(state: str, sandbox_line: str) -> None:
    """Be killed while two versions serve."""
    os.environ |= {STATE_DIR: state, SHARED: sandbox_line}
    new_service(Lab(LESSON)).release_until_it_shifts(BETTER)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def lab(sandbox: dict[str, Any], plain: Callable[[str], Any]) -> Iterator[Lab]:
    """A run of the lesson that leaves nothing."""
    before = census(plain)
    opened = Lab(LESSON)
    yield opened
    assert opened.teardown(progress=False).clean
    assert census(plain) == before


class TestAPipeline:
    def test_brings_a_good_version_to_all_and_a_bad_one_back(self, lab: Lab) -> None:
        service = new_service(lab)
        releases = Releases(lab, service.pipeline, service.outputs)

        service.copy.write("src/worker.py", BETTER)
        good = releases.ship(service.copy)
        assert (good.status, good.refused) == ("Succeeded", 0)
        assert service.alias() == ("2", {})
        assert set(good.met["outcome"]) == {"kept"}

        service.copy.write("src/worker.py", BAD)
        bad = releases.ship(service.copy)  # waits until each accepted order is kept
        assert (bad.status, bad.refused) == ("Failed", 0)
        assert service.alias() == ("2", {})
        met = bad.met[bad.met["at"] <= bad.met.loc[bad.met["version"] == "3", "at"].max()]
        share = float((met["version"] == "3").mean())
        assert 0 < share <= WEIGHT + 4 * math.sqrt(WEIGHT * (1 - WEIGHT) / len(met))
        assert bad.timeline().alt.startswith("A deployment, stopped and rolled back")
        assert "change-set succeeded, canary succeeded, full succeeded." in good.graph().alt
        assert "canary failed, full not reached" in bad.graph().alt
        facts = [fact for part in DeliveryMap(lab).look().parts for fact in part.facts]
        assert any("v1: " in fact and "v2: " in fact and "v3: " in fact for fact in facts), facts

    def test_stops_a_version_that_does_not_start_before_an_order_meets_it(self, lab: Lab) -> None:
        service = new_service(lab)
        execution = service.release(DOES_NOT_START)
        assert service.pipeline.wait(execution) == "Failed"
        assert service.alias() == ("1", {})
        [error] = service.pipeline.actions(execution)["error"].dropna()
        assert "BeforeAllowTraffic" in error

    def test_does_not_shift_a_call_while_an_alarm_is_red(self, lab: Lab) -> None:
        cloudwatch, red = lab.client("cloudwatch"), lab.name("red")
        cloudwatch.put_metric_alarm(
            AlarmName=red, Namespace="Nothing", MetricName="Nothing", Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=0, ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="breaching",
        )  # fmt: skip

        def state() -> Any:
            return cloudwatch.describe_alarms(AlarmNames=[red])["MetricAlarms"][0]["StateValue"]

        wait_until(lambda: state() == "ALARM", seconds=120, what="the alarm to be red")
        service = new_service(lab, DEPLOYMENT.replace("WorkerErrors]", f"WorkerErrors, {red}]"))
        execution = service.release(BETTER)
        assert service.pipeline.wait(execution) == "Failed"
        assert service.alias() == ("1", {})
        [error] = service.pipeline.actions(execution)["error"].dropna()
        assert error.endswith(f'Activated alarms: {red}" (HandlerErrorCode: InternalFailure)')


def test_a_teardown_in_mid_shift_leaves_nothing(lab: Lab) -> None:
    new_service(lab).release_until_it_shifts(BETTER)
    report = lab.teardown(progress=False)
    assert report.clean, str(report)


class TestAKernelThatIsKilledInMidShift:
    @pytest.fixture
    def before(
        self,
        sandbox: dict[str, Any],
        plain: Callable[[str], Any],
        state: Path,
        sandbox_line: str,
    ) -> Any:
        """What there was before such a kernel began."""
        before = census(plain)
        spawn = multiprocessing.get_context("spawn")
        victim = spawn.Process(target=killed_in_mid_shift, args=(str(state), sandbox_line))
        victim.start()
        victim.join()
        assert victim.exitcode == -signal.SIGKILL
        return before

    def test_leaves_nothing_that_a_teardown_elsewhere_does_not_find(
        self, before: Any, plain: Callable[[str], Any]
    ) -> None:
        for report in runs.teardown_all(progress=False):
            assert report.clean, str(report)
        assert census(plain) == before

    def test_costs_its_learner_a_run_from_the_top(
        self, before: Any, plain: Callable[[str], Any]
    ) -> None:
        lab = Lab(LESSON)
        service = new_service(lab)
        assert service.alias() == ("1", {})
        service.release_until_it_shifts(BETTER)
        report = lab.teardown(progress=False)
        assert report.clean, str(report)
        assert census(plain) == before
