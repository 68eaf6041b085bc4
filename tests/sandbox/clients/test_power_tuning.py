"""A tuner of our own that does what aws-lambda-power-tuning does, deployed by the SAM CLI.

That tool is in no package registry. This one has the shape of its state machine, makes the same
calls in the same order with the same SDK, and takes the SDK from the runtime, as the other's
analyzer does.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.clients import tools
from tests.sandbox.conftest import Aws, aws_of, running_sandbox, wait_for

SOURCES = Path(__file__).with_name("power_tuning")

WORKS = """
def handler(event, context):
    if event.get("fail"):
        raise ValueError("no rice")
    return len(event["menu"]) + sum(number * number % 7 for number in range(20_000))
"""

SIZES = [256, 512, 1024]
MEMORY = 192


@dataclass(frozen=True)
class Tuner:
    """A deployed tuner."""

    aws: Aws
    sam: tools.Shell
    machine: str

    def tune(self, function: str, **more: Any) -> tuple[str, Any]:
        """Tune a function; return the execution's status, and its output or cause."""
        lambda_, steps = self.aws.client("lambda"), self.aws.client("stepfunctions")
        arn = lambda_.get_function_configuration(FunctionName=function)["FunctionArn"]
        given = {"lambdaARN": arn, "sizes": SIZES, "num": 5, "payload": {"menu": "rice"}} | more
        started = steps.start_execution(stateMachineArn=self.machine, input=json.dumps(given))

        def ended() -> Any:
            found = steps.describe_execution(executionArn=started["executionArn"])
            return found if found["status"] != "RUNNING" else None

        found = wait_for(ended, 240)
        told = found["output"] if found["status"] == "SUCCEEDED" else json.dumps(found["cause"])
        return found["status"], json.loads(told)

    def left(self, function: str) -> tuple[int, list[str], list[str]]:
        """Return a function's memory, and the names of its versions and aliases."""
        lambda_ = self.aws.client("lambda")
        memory = lambda_.get_function_configuration(FunctionName=function)["MemorySize"]
        versions = lambda_.list_versions_by_function(FunctionName=function)["Versions"]
        aliases = lambda_.list_aliases(FunctionName=function)["Aliases"]
        numbers = [version["Version"] for version in versions]
        return memory, numbers, [alias["Name"] for alias in aliases]


@pytest.fixture(scope="module")
def tuner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tuner]:
    """The tuner where Node.js has the SDK as on AWS; deleted at the end."""
    folder = tmp_path_factory.mktemp("tuner") / "tuner"
    shutil.copytree(SOURCES, folder)
    modules, stack = tools.node("runtime").parent, "--stack-name=tuner"
    with running_sandbox(LABKIT_SANDBOX_NODE_MODULES=str(modules)) as sandbox:
        aws = aws_of(sandbox)
        sam = tools.shell(aws, folder, tools.python("cli"))
        allowed = ("--capabilities=CAPABILITY_IAM", "--no-confirm-changeset")
        sam.run("sam", "deploy", stack, "--resolve-s3", *allowed)
        described = aws.client("cloudformation").describe_stacks(StackName="tuner")
        yield Tuner(aws, sam, described["Stacks"][0]["Outputs"][0]["OutputValue"])
        sam.run("sam", "delete", stack, "--no-prompts")
        machines = aws.client("stepfunctions").list_state_machines()["stateMachines"]
        assert not machines


@pytest.fixture
def function(tuner: Tuner) -> str:
    """A function to tune."""
    return tuner.aws.function(WORKS, MemorySize=MEMORY, Description="as it was")


@pytest.mark.parametrize("parallel", [False, True])
def test_measures_each_size_and_leaves_the_function_as_it_was(
    tuner: Tuner, function: str, parallel: bool
) -> None:
    status, output = tuner.tune(
        function, parallelInvocation=parallel, payload={"menu": "r" * 50_000}
    )
    assert status == "SUCCEEDED", output
    assert output["power"] in SIZES
    assert [one["value"] for one in output["stats"]] == SIZES
    assert all(one["averageDuration"] > 0 for one in output["stats"])
    assert {one["architecture"] for one in output["stats"]} == {"x86_64"}
    # what restores the memory leaves a version, as it does on AWS
    assert tuner.left(function) == (MEMORY, ["$LATEST", str(len(SIZES) + 1)], [])


def test_cold_starts_alone(tuner: Tuner, function: str) -> None:
    status, output = tuner.tune(function, onlyColdStarts=True, parallelInvocation=True)
    assert status == "SUCCEEDED", output
    assert [one["coldStarts"] for one in output["stats"]] == [5, 5, 5]
    memory, _, aliases = tuner.left(function)
    assert (memory, aliases) == (MEMORY, [])
    configuration = tuner.aws.client("lambda").get_function_configuration(FunctionName=function)
    assert configuration["Description"] == "as it was"


def test_sets_what_it_found(tuner: Tuner, function: str) -> None:
    status, output = tuner.tune(function, sizes=[512], autoOptimize=True, autoOptimizeAlias="best")
    assert status == "SUCCEEDED", output
    memory, _, aliases = tuner.left(function)
    assert (memory, aliases) == (512, ["best"])


def test_cleans_up_after_a_function_that_fails(tuner: Tuner, function: str) -> None:
    status, output = tuner.tune(function, payload={"fail": True})
    assert (status, output) == ("SUCCEEDED", {})
    assert tuner.left(function) == (MEMORY, ["$LATEST", str(len(SIZES) + 1)], [])
