"""Pipelines: from a source to a stack, held up by a test, an approval, or a missing right.

Source: CodePipeline User Guide, "How pipeline executions work"; API Reference.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.codepipeline.conftest import FAILING, Line, source
from tests.sandbox.conftest import Aws, wait_for


def stack_value(line: Line) -> str:
    """What the stack's parameter holds."""
    [stack] = line.aws.client("cloudformation").describe_stacks(StackName=line.stack)["Stacks"]
    name = stack["Outputs"][0]["OutputValue"]
    return str(line.aws.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])


class TestAPipeline:
    def test_brings_a_source_through_its_tests_to_a_stack(self, line: Line) -> None:
        line.create()
        assert line.end() == "Succeeded", line.actions()
        assert {run["status"] for run in line.actions().values()} == {"Succeeded"}
        assert stack_value(line) == "built"  # a variable that the build exported
        state = line.codepipeline.get_pipeline_state(name=line.name)
        revision = state["stageStates"][0]["actionStates"][0]["currentRevision"]["revisionId"]
        versions = line.aws.client("s3").list_object_versions(
            Bucket=line.bucket, Prefix="source.zip"
        )
        assert revision in {one["VersionId"] for one in versions["Versions"]}

    def test_ends_at_a_test_that_fails_and_leaves_the_stack_alone(self, line: Line) -> None:
        line.create()
        line.end()
        line.put(source(check=FAILING))
        line.codepipeline.start_pipeline_execution(name=line.name)
        assert line.end() == "Failed"
        found = line.actions()["pytest"]
        assert found["errorDetails"]["code"] == "JobFailed"
        assert "python check.py. Reason: exit status 1" in found["errorDetails"]["message"]
        state = line.codepipeline.get_pipeline_state(name=line.name)
        ids = [one["latestExecution"]["pipelineExecutionId"] for one in state["stageStates"]]
        assert ids[0] == ids[1] != ids[2]  # the last stage shows the execution before
        assert stack_value(line) == "built"

    def test_does_no_more_than_its_stack_s_role_may(self, line: Line) -> None:
        iam, role = line.aws.client("iam"), line.roles["cloudformation"].rpartition("/")[2]
        iam.delete_role_policy(RoleName=role, PolicyName="inline")
        line.create()
        assert line.end() == "Failed"
        assert "is not authorized to perform: sqs:CreateQueue" in str(line.actions()["execute"])

    @pytest.mark.parametrize(("status", "end"), [("Approved", "Succeeded"), ("Rejected", "Failed")])
    def test_waits_for_an_approval(self, line: Line, status: str, end: str) -> None:
        line.create(approval=True)
        token = wait_for(lambda: line.actions()["approve"].get("token"), 60)
        given = {"pipelineName": line.name, "stageName": "deploy", "actionName": "approve"}
        result = {"status": status, "summary": "looked at the change set"}
        exceptions = line.codepipeline.exceptions
        with pytest.raises(exceptions.InvalidApprovalTokenException):
            line.codepipeline.put_approval_result(**given, result=result, token="0" * 36)
        line.codepipeline.put_approval_result(**given, result=result, token=token)
        assert line.end() == end
        with pytest.raises(
            (
                exceptions.ApprovalAlreadyCompletedException,
                exceptions.InvalidApprovalTokenException,
            )
        ):
            line.codepipeline.put_approval_result(**given, result=result, token=token)
        line.codepipeline.delete_pipeline(name=line.name)

    def test_can_be_stopped_while_it_waits(self, line: Line) -> None:
        line.create(approval=True)
        wait_for(lambda: line.actions()["approve"].get("token"), 60)
        [one] = line.codepipeline.list_pipeline_executions(pipelineName=line.name)[
            "pipelineExecutionSummaries"
        ]
        line.codepipeline.stop_pipeline_execution(
            pipelineName=line.name, pipelineExecutionId=one["pipelineExecutionId"], abandon=True
        )
        assert line.end() == "Stopped"
        assert line.actions()["approve"]["status"] == "Abandoned"

    def test_can_be_deleted_while_it_is_being_stopped(self, line: Line) -> None:
        line.create(approval=True)
        wait_for(lambda: line.actions()["approve"].get("token"), 60)
        pipelines = line.codepipeline
        [one] = pipelines.list_pipeline_executions(pipelineName=line.name)[
            "pipelineExecutionSummaries"
        ]
        pipelines.stop_pipeline_execution(
            pipelineName=line.name, pipelineExecutionId=one["pipelineExecutionId"]
        )
        pipelines.delete_pipeline(name=line.name)
        names = [found["name"] for found in pipelines.list_pipelines()["pipelines"]]
        assert line.name not in names

    def test_needs_the_right_to_build(self, line: Line) -> None:
        role = line.roles["codepipeline"].rpartition("/")[2]
        line.aws.client("iam").put_role_policy(
            RoleName=role,
            PolicyName="inline",
            PolicyDocument='{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}',
        )
        line.create()
        assert line.end() == "Failed"
        assert line.actions()["pytest"]["errorDetails"]["code"] == "PermissionError"


class TestADeclaration:
    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda p: p["stages"].pop(0), "InvalidStructureException"),
            (lambda p: p["stages"][1].update(name="source"), "InvalidStructureException"),
            (lambda p: p["stages"][1]["actions"][0].update(inputArtifacts=[{"name": "Other"}]),
             "InvalidActionDeclarationException"),
            (lambda p: p["stages"][0]["actions"][0]["configuration"].pop("S3ObjectKey"),
             "InvalidActionDeclarationException"),
            (lambda p: p["stages"][0]["actions"][0]["actionTypeId"].update(provider="CodeCommit"),
             "UnsupportedOperation"),
        ],
    )  # fmt: skip
    def test_that_is_none_is_refused(self, line: Line, change: Any, code: str) -> None:
        declared = copy.deepcopy(line.declared())
        change(declared)
        with pytest.raises(ClientError) as refused:
            line.codepipeline.create_pipeline(pipeline=declared)
        assert refused.value.response["Error"]["Code"] == code
        assert line.name not in [
            one["name"] for one in line.codepipeline.list_pipelines()["pipelines"]
        ]


class TestABuild:
    def test_writes_its_log_and_tells_its_phases(self, aws: Aws, line: Line) -> None:
        line.create()
        line.end()
        codebuild = aws.client("codebuild")
        [identifier] = codebuild.list_builds_for_project(projectName=line.project)["ids"]
        [build] = codebuild.batch_get_builds(ids=[identifier])["builds"]
        assert build["buildStatus"] == "SUCCEEDED"
        assert [phase["phaseType"] for phase in build["phases"]] == [
            "SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD",
            "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED",
        ]  # fmt: skip
        lines = aws.log(build["logs"]["groupName"])[build["logs"]["streamName"]]
        role = line.roles["codebuild"].rpartition("/")[2]
        assert any(f"assumed-role/{role}/AWSCodeBuild-" in text for text in lines)
        assert "hello" in lines
        assert "all tests passed" in lines
        assert "succeeding=1" in lines

    def test_runs_what_follows_when_its_commands_fail(self, aws: Aws, line: Line) -> None:
        line.put(source(check=FAILING))
        codebuild = aws.client("codebuild")
        codebuild.update_project(
            name=line.project,
            source={"type": "S3", "location": f"{line.bucket}/source.zip"},
            artifacts={"type": "NO_ARTIFACTS"},
        )
        identifier = codebuild.start_build(projectName=line.project)["build"]["id"]
        build = wait_for(
            lambda: (
                (found := codebuild.batch_get_builds(ids=[identifier])["builds"][0])
                and found["buildComplete"]
                and found
            )
        )
        status = {phase["phaseType"]: phase.get("phaseStatus") for phase in build["phases"]}
        assert (build["buildStatus"], status["BUILD"]) == ("FAILED", "FAILED")
        assert status["POST_BUILD"] == "SUCCEEDED"
        lines = aws.log(build["logs"]["groupName"])[build["logs"]["streamName"]]
        assert "succeeding=0" in lines

    def test_can_be_stopped_and_leaves_no_process(self, aws: Aws, line: Line) -> None:
        codebuild = aws.client("codebuild")
        spec = "version: 0.2\nphases:\n  build:\n    commands: [sleep 300]\n"
        codebuild.update_project(
            name=line.project, source={"type": "NO_SOURCE", "buildspec": spec},
            artifacts={"type": "NO_ARTIFACTS"},
        )  # fmt: skip
        identifier = codebuild.start_build(projectName=line.project)["build"]["id"]

        def found() -> Any:
            return codebuild.batch_get_builds(ids=[identifier])["builds"][0]

        wait_for(lambda: found()["currentPhase"] == "BUILD")
        codebuild.stop_build(id=identifier)
        wait_for(lambda: found()["buildComplete"])
        assert found()["buildStatus"] == "STOPPED"

    def test_without_the_right_to_write_its_log_fails(self, aws: Aws, line: Line) -> None:
        role = line.roles["codebuild"].rpartition("/")[2]
        aws.client("iam").delete_role_policy(RoleName=role, PolicyName="inline")
        line.create()
        assert line.end() == "Failed"
        assert "does not allow AWS CodeBuild to create Amazon CloudWatch" in str(
            line.actions()["pytest"]
        )
