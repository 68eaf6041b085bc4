"""CodePipeline: a source on its way through builds, change sets and approvals.

| where | what |
|---|---|
| `declarations.py` | what can stand in a pipeline |
| `executions.py` | the way of an execution |
| `actions.py`, `artifacts.py` | what its actions do, and hand on |
| `descriptions.py` | how the API describes all of it |
| `as_role.py` | what is asked of other services |

MiniStack has no CodePipeline. Actions that are not here are refused when the pipeline is made.
"""

from __future__ import annotations

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.codepipeline import declarations, descriptions, executions, records
from labkit.sandbox.services.codepipeline.records import Info
from labkit.sandbox.services.provider import Provider, operation


class CodePipeline(Provider):
    """CodePipeline."""

    def resource(self, request: Request) -> str | None:
        """Return the ARN of what a request is about."""
        given = request.parameters
        name = given.get("pipelineName") or given.get("name")
        name = name or (given.get("pipeline") or {}).get("name") or given.get("resourceArn")
        if not name or str(name).startswith("arn:"):
            return name or None
        parts = [str(name), *(str(given[k]) for k in ("stageName", "actionName") if k in given)]
        return f"arn:aws:codepipeline:{request.region}:{request.account}:{'/'.join(parts)}"

    @operation("CreatePipeline")
    def create_pipeline(self, request: Request) -> Info:
        """Make a pipeline, which begins to run at once."""
        given = request.parameters
        made = declarations.create(given["pipeline"], given.get("tags") or [])
        executions.start(made, "CreatePipeline", _who(request))
        return {"pipeline": made.declared, "tags": given.get("tags") or []}

    @operation("UpdatePipeline")
    def update_pipeline(self, request: Request) -> Info:
        """Change a pipeline."""
        return {"pipeline": declarations.update(request.parameters["pipeline"]).declared}

    @operation("GetPipeline")
    def get_pipeline(self, request: Request) -> Info:
        """Describe a pipeline."""
        found = records.pipeline(request.parameters["name"])
        metadata = {
            "pipelineArn": self.resource(request),
            "created": found.created,
            "updated": found.updated,
        }
        return {"pipeline": found.declared, "metadata": metadata}

    @operation("ListPipelines")
    def list_pipelines(self, request: Request) -> Info:
        """List all pipelines."""
        kept = ("name", "version", "pipelineType", "executionMode")
        return {
            "pipelines": [
                {key: one.declared[key] for key in kept}
                | {"created": one.created, "updated": one.updated}
                for one in records.pipelines().values()
            ]
        }

    @operation("DeletePipeline")
    def delete_pipeline(self, request: Request) -> None:
        """Delete a pipeline; what it is doing is abandoned."""
        found = records.pipelines().pop(request.parameters["name"], None)
        for one in found.executions if found else []:
            executions.abandon(one, "The pipeline was deleted.")

    @operation("StartPipelineExecution")
    def start_pipeline_execution(self, request: Request) -> Info:
        """Begin an execution."""
        found = records.pipeline(request.parameters["name"])
        begun = executions.start(found, "StartPipelineExecution", _who(request))
        return {"pipelineExecutionId": begun.id}

    @operation("StopPipelineExecution")
    def stop_pipeline_execution(self, request: Request) -> Info:
        """Stop an execution."""
        given = request.parameters
        found = records.execution(given["pipelineName"], given["pipelineExecutionId"])
        abandon = bool(given.get("abandon"))
        executions.stop(found, abandon=abandon, reason=given.get("reason") or "")
        return {"pipelineExecutionId": found.id}

    @operation("RetryStageExecution")
    def retry_stage_execution(self, request: Request) -> Info:
        """Begin a failed stage once more."""
        given = request.parameters
        found = records.execution(given["pipelineName"], given["pipelineExecutionId"])
        pipeline = records.pipeline(given["pipelineName"])
        if given["stageName"] not in [one["name"] for one in found.pipeline["stages"]]:
            refuse("StageNotFoundException", f"There is no stage {given['stageName']}")
        executions.retry(pipeline, found, given["stageName"])
        return {"pipelineExecutionId": found.id}

    @operation("GetPipelineState")
    def get_pipeline_state(self, request: Request) -> Info:
        """Describe where a pipeline stands."""
        return descriptions.state(records.pipeline(request.parameters["name"]))

    @operation("GetPipelineExecution")
    def get_pipeline_execution(self, request: Request) -> Info:
        """Describe an execution."""
        given = request.parameters
        found = records.execution(given["pipelineName"], given["pipelineExecutionId"])
        return {"pipelineExecution": descriptions.execution(found)}

    @operation("ListPipelineExecutions")
    def list_pipeline_executions(self, request: Request) -> Info:
        """List a pipeline's executions, the newest first."""
        found = records.pipeline(request.parameters["pipelineName"])
        listed = [descriptions.summary(one) for one in reversed(found.executions)]
        return {"pipelineExecutionSummaries": listed}

    @operation("ListActionExecutions")
    def list_action_executions(self, request: Request) -> Info:
        """List the runs of a pipeline's actions, the newest first."""
        given = request.parameters
        found = records.pipeline(given["pipelineName"])
        wanted = (given.get("filter") or {}).get("pipelineExecutionId")
        return {
            "actionExecutionDetails": [
                descriptions.action(one, run)
                for one in reversed(found.executions)
                if wanted in (None, one.id)
                for run in reversed(one.runs)
            ]
        }

    @operation("PutApprovalResult")
    def put_approval_result(self, request: Request) -> Info:
        """Approve, or reject."""
        at = executions.answer_approval(request.parameters, _who(request))
        return {"approvedAt": at}

    @operation("ListTagsForResource")
    def list_tags_for_resource(self, request: Request) -> Info:
        """List a pipeline's tags."""
        found = records.pipeline(request.parameters["resourceArn"].rpartition(":")[2])
        return {"tags": [{"key": key, "value": value} for key, value in found.tags.items()]}

    @operation("TagResource")
    def tag_resource(self, request: Request) -> None:
        """Put tags on a pipeline."""
        found = records.pipeline(request.parameters["resourceArn"].rpartition(":")[2])
        found.tags |= {tag["key"]: tag["value"] for tag in request.parameters["tags"]}

    @operation("UntagResource")
    def untag_resource(self, request: Request) -> None:
        """Take tags from a pipeline."""
        found = records.pipeline(request.parameters["resourceArn"].rpartition(":")[2])
        for key in request.parameters["tagKeys"]:
            found.tags.pop(key, None)


def _who(request: Request) -> str:
    """Return the ARN of a request's caller."""
    return str(request.caller.arn) if request.caller else f"arn:aws:iam::{request.account}:root"


PROVIDER = CodePipeline()
