"""CodePipeline: pipelines with their executions."""

from __future__ import annotations

from collections.abc import Iterable

from labkit.resources.billing import Billing
from labkit.resources.kind import Create, Found, GetClient, Kind, each, pages, tag_map
from labkit.resources.rights import Right


class Pipeline(Kind):
    """A pipeline; what it has made of a source is in a bucket, which is one of its own."""

    name = "pipeline"
    service = "codepipeline"
    creates = (
        Create(
            "CreatePipeline",
            "pipeline.name",
            id="pipeline.name",
            tags="tags",
            longest=100,
        ),
    )
    parts = each("name", "StartPipelineExecution")
    harmless = each(
        "it tells an execution that is there how to go on",
        "PutApprovalResult",
        "RetryStageExecution",
        "RollbackStage",
    )
    deletes = each("name", "DeletePipeline")
    missing = frozenset(["PipelineNotFoundException"])
    busy = frozenset(["ConcurrentModificationException"])
    billing = Billing(unmetered="minutes of actions")

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client = get_client("codepipeline")
        arn = client.get_pipeline(name=resource_id)["metadata"]["pipelineArn"]
        tags = client.list_tags_for_resource(resourceArn=arn)["tags"]
        return Found(resource_id, resource_id, tag_map(tags))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names = pages(get_client("codepipeline"), "list_pipelines", "pipelines[].name")
        return (name for name in names if marker in name)

    def quiesce(self, get_client: GetClient, resource_id: str) -> None:
        """Stop executions that are under way, without waiting for their actions."""
        client = get_client("codepipeline")
        executions = pages(
            client, "list_pipeline_executions", "pipelineExecutionSummaries[]",
            pipelineName=resource_id,
        )  # fmt: skip
        for one in list(executions):
            if one["status"] == "InProgress":
                client.stop_pipeline_execution(
                    pipelineName=resource_id,
                    pipelineExecutionId=one["pipelineExecutionId"],
                    abandon=True,
                )

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("codepipeline").delete_pipeline(name=resource_id)


RIGHTS = (
    Right(
        "student-pipelines",
        "HandRolesToTheLessonsServices",
        passed_to=("codepipeline.amazonaws.com",),
    ),
    Right("student-pipelines", "Look", ("codepipeline:ListPipelines",)),
    Right(
        "student-pipelines",
        "WorkOnWhatIsNamedAsLabkitNames",
        ("codepipeline:*",),
        ("arn:aws:codepipeline:*:*:lk-*",),
    ),
    Right("student-pipelines", "WriteNothingWithoutTheRunsTag", ("codepipeline:CreatePipeline",)),
    Right(
        "student-boundary",
        "WorkWithTheLessonsOwn",
        ("s3:GetBucketVersioning", "s3:GetObjectVersion"),
        ("arn:aws:s3:::lk-*",),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("codepipeline:ListPipelines",)),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        (
            "codepipeline:DeletePipeline",
            "codepipeline:GetPipeline",
            "codepipeline:ListPipelineExecutions",
            "codepipeline:ListTagsForResource",
            "codepipeline:StopPipelineExecution",
        ),
        ("arn:aws:codepipeline:*:*:lk-*",),
    ),
)
