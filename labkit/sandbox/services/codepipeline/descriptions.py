"""How CodePipeline's API describes a pipeline's state, its executions and their actions."""

from __future__ import annotations

from labkit.sandbox.services.codepipeline.records import ActionRun, Execution, Info, Pipeline


def state(pipeline: Pipeline) -> Info:
    """Describe where a pipeline stands: of each action its last run, whichever execution's."""
    declared = pipeline.declared
    return {
        "pipelineName": declared["name"],
        "pipelineVersion": declared["version"],
        "stageStates": [_stage(pipeline, stage) for stage in declared["stages"]],
        "created": pipeline.created,
        "updated": pipeline.updated,
    }


def execution(one: Execution) -> Info:
    """Describe an execution."""
    sources = [run for run in one.runs if run.revision]
    return {
        "pipelineName": one.pipeline["name"],
        "pipelineVersion": one.pipeline["version"],
        "pipelineExecutionId": one.id,
        "status": one.status,
        "artifactRevisions": [
            {"name": artifact["name"], **(run.revision or {})}
            for run in sources
            for artifact in run.declared.get("outputArtifacts") or []
        ],
        "trigger": one.trigger,
        "executionMode": one.pipeline["executionMode"],
        "executionType": "STANDARD",
    }


def summary(one: Execution) -> Info:
    """Describe an execution in a list."""
    sources = [run for run in one.runs if run.revision]
    described = {
        "pipelineExecutionId": one.id,
        "status": one.status,
        "startTime": one.began,
        "lastUpdateTime": one.changed,
        "sourceRevisions": [
            {"actionName": run.declared["name"], **(run.revision or {})} for run in sources
        ],
        "trigger": one.trigger,
        "executionMode": one.pipeline["executionMode"],
        "executionType": "STANDARD",
    }
    stopped = one.stop_reason is not None
    return described | ({"stopTrigger": {"reason": one.stop_reason}} if stopped else {})


def action(one: Execution, run: ActionRun) -> Info:
    """Describe a run of an action in a list."""
    result = {"externalExecutionId": run.external_id, "externalExecutionSummary": run.summary}
    return {
        "pipelineExecutionId": one.id,
        "actionExecutionId": run.id,
        "pipelineVersion": one.pipeline["version"],
        "stageName": run.stage,
        "actionName": run.declared["name"],
        "startTime": run.began,
        "lastUpdateTime": run.changed,
        "status": run.status,
        "input": {
            "actionTypeId": run.declared["actionTypeId"],
            "configuration": run.declared.get("configuration") or {},
            "resolvedConfiguration": run.configuration,
            "inputArtifacts": _artifacts(one, run.declared.get("inputArtifacts")),
        },
        "output": {
            "outputArtifacts": _artifacts(one, run.declared.get("outputArtifacts")),
            "executionResult": result | ({"errorDetails": run.error} if run.error else {}),
            "outputVariables": run.variables,
        },
    }


def _artifacts(one: Execution, declared: list[Info] | None) -> list[Info]:
    return [
        {"name": name, "s3location": dict(zip(("bucket", "key"), place, strict=True))}
        for name in (artifact["name"] for artifact in declared or [])
        if (place := one.artifacts.get(name))
    ]


def _stage(pipeline: Pipeline, stage: Info) -> Info:
    name = stage["name"]
    described: Info = {
        "stageName": name,
        "inboundTransitionState": {"enabled": True},
        "actionStates": [_action_state(pipeline, name, action) for action in stage["actions"]],
    }
    for one in reversed(pipeline.executions):
        if status := one.stages.get(name):
            described["latestExecution"] = {"pipelineExecutionId": one.id, "status": status}
            break
    return described


def _action_state(pipeline: Pipeline, stage: str, declared: Info) -> Info:
    described: Info = {"actionName": declared["name"]}
    for one in reversed(pipeline.executions):
        if (run := one.latest(stage, declared["name"])) is not None:
            described["latestExecution"] = _latest(run)
            if run.revision:
                revision = run.revision["revisionId"]
                described["currentRevision"] = {
                    "revisionId": revision,
                    "revisionChangeId": revision,
                    "created": run.began,
                }
            break
    return described


def _latest(run: ActionRun) -> Info:
    described: Info = {
        "actionExecutionId": run.id,
        "status": run.status,
        "summary": run.summary,
        "lastStatusChange": run.changed,
        "externalExecutionId": run.external_id or None,
        "errorDetails": run.error,
        "lastUpdatedBy": run.updated_by or None,
    }
    waits = run.status == "InProgress" and run.token
    return described | ({"token": run.token} if waits else {})
