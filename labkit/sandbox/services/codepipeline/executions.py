"""Executions: stage by stage, in each stage the actions of one order side by side.

Source: CodePipeline User Guide, "How pipeline executions work"; API Reference,
StartPipelineExecution, StopPipelineExecution, RetryStageExecution, PutApprovalResult.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

from labkit.sandbox.gateway.as_role import FailedError
from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.process import loop
from labkit.sandbox.services.codepipeline import actions, records
from labkit.sandbox.services.codepipeline.records import ActionRun, Execution, Info, Pipeline
from labkit.sandbox.services.place import here

VARIABLE = re.compile(r"#\{([\w.-]+)\.([\w-]+)\}")
"""How a configuration refers to what an earlier action gave out."""


def start(pipeline: Pipeline, trigger: str, detail: str) -> Execution:
    """Begin an execution; one that waits for its turn is superseded by it."""
    described = {"triggerType": trigger, "triggerDetail": detail}
    execution = Execution(here(), pipeline.declared, described)
    pipeline.executions.append(execution)
    loop.start(_go(pipeline, execution, 0))
    return execution


def stop(execution: Execution, *, abandon: bool, reason: str) -> None:
    """Stop an execution: after the actions that are under way, or without waiting for these.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is over, or to be stopped already.
    """
    if execution.is_over:
        text = f"The pipeline execution {execution.id} is in the state {execution.status}"
        refuse("PipelineExecutionNotStoppableException", text)
    if execution.stopped.is_set():
        text = f"The pipeline execution {execution.id} is being stopped already"
        refuse("DuplicatedStopRequestException", text)
    execution.stop_reason = reason
    execution.set("Stopping")
    if abandon:
        _abandon_actions(execution)
    execution.stopped.set()


def abandon(execution: Execution, reason: str) -> None:
    """Give an execution up with its pipeline, also one that is being stopped already."""
    if execution.is_over:
        return
    execution.stop_reason = reason
    execution.set("Stopping")
    _abandon_actions(execution)
    execution.stopped.set()


def _abandon_actions(execution: Execution) -> None:
    for run in execution.runs:
        if run.status == "InProgress":
            run.end("Abandoned")
            run.answered.set()


def retry(pipeline: Pipeline, execution: Execution, stage: str) -> None:
    """Begin a failed stage of the last execution once more.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is not the last one, or the stage has not failed in it.
    """
    if pipeline.executions[-1] is not execution:
        text = f"{execution.id} is not the latest execution of the pipeline"
        refuse("NotLatestPipelineExecutionException", text)
    if execution.stages.get(stage) not in ("Failed", "Stopped"):
        text = f"Stage {stage} has not failed in the execution {execution.id}"
        refuse("StageNotRetryableException", text)
    names = [one["name"] for one in execution.pipeline["stages"]]
    execution.stopped.clear()
    execution.set("InProgress")
    loop.start(_go(pipeline, execution, names.index(stage)))


def answer_approval(given: dict[str, Any], who: str) -> float:
    """Take somebody's answer to an approval; return when.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is no such approval, its token is another one, or it has an answer.
    """
    pipeline = records.pipeline(given["pipelineName"])
    stages = {stage["name"]: stage for stage in pipeline.declared["stages"]}
    stage, action = given["stageName"], given["actionName"]
    if stage not in stages:
        refuse("StageNotFoundException", f"There is no stage {stage}")
    if action not in [one["name"] for one in stages[stage]["actions"]]:
        refuse("ActionNotFoundException", f"There is no action {action} in the stage {stage}")
    runs = [run for one in pipeline.executions if (run := one.latest(stage, action))]
    run = next((one for one in runs if one.token and one.token == given["token"]), None)
    if run is None:
        refuse("InvalidApprovalTokenException", "Invalid approval token")
    if run.status != "InProgress":
        refuse("ApprovalAlreadyCompletedException", "The approval action has been completed")
    result = given["result"]
    run.summary, run.updated_by = result.get("summary", ""), who
    run.end("Succeeded" if result["status"] == "Approved" else "Failed")
    run.answered.set()
    return run.changed


async def _go(pipeline: Pipeline, execution: Execution, first: int) -> None:
    """Lead an execution through its stages, from the one of this number on."""
    try:
        for stage in execution.pipeline["stages"][first:]:
            if not await _enter(pipeline, execution, stage["name"]):
                return
            execution.stages[stage["name"]] = "InProgress"
            succeeded = await _run_stage(execution, stage)
            ended = "Succeeded" if succeeded else "Failed"
            if execution.stopped.is_set() and not (succeeded and _is_last(execution, stage)):
                ended = "Stopped" if not succeeded else ended
                execution.stages[stage["name"]] = ended
                execution.set("Stopped")
                return
            execution.stages[stage["name"]] = ended
            if not succeeded:
                execution.set("Failed")
                return
        execution.set("Succeeded")
    except Exception:
        execution.set("Failed")
        raise


async def _enter(pipeline: Pipeline, execution: Execution, stage: str) -> bool:
    """Wait until a stage is free; tell whether nobody younger has come meanwhile."""
    others = [one for one in pipeline.executions if one is not execution]
    while any(one.stages.get(stage) == "InProgress" and not one.is_over for one in others):
        others = [one for one in pipeline.executions if one is not execution]
        mine = pipeline.executions.index(execution)
        waiting = pipeline.executions[mine + 1 :]
        superseded = any(stage not in one.stages and not one.is_over for one in waiting)
        if execution.pipeline["executionMode"] == "SUPERSEDED" and superseded:
            execution.set("Superseded")
            return False
        await asyncio.sleep(actions.LOOK_EVERY_S)
    return True


async def _run_stage(execution: Execution, stage: Info) -> bool:
    """Run the actions of a stage; tell whether all of them succeeded."""
    orders = sorted({action.get("runOrder", 1) for action in stage["actions"]})
    for order in orders:
        side_by_side = [one for one in stage["actions"] if one.get("runOrder", 1) == order]
        runs = [ActionRun(stage["name"], action) for action in side_by_side]
        execution.runs += runs
        await asyncio.gather(*(_run(execution, run) for run in runs))
        if any(run.status != "Succeeded" for run in runs) or execution.stopped.is_set():
            return all(run.status == "Succeeded" for run in runs) and order == orders[-1]
    return True


async def _run(execution: Execution, run: ActionRun) -> None:
    """Run an action, unless the execution is abandoned meanwhile."""
    work = asyncio.create_task(_act(execution, run))
    abandoned = asyncio.create_task(_abandoned(run))
    await asyncio.wait({work, abandoned}, return_when=asyncio.FIRST_COMPLETED)
    for task in (work, abandoned):
        task.cancel()
    await asyncio.gather(work, abandoned, return_exceptions=True)


async def _abandoned(run: ActionRun) -> None:
    while run.status != "Abandoned":
        await asyncio.sleep(actions.LOOK_EVERY_S)


async def _act(execution: Execution, run: ActionRun) -> None:
    try:
        given = run.declared.get("configuration") or {}
        run.configuration = {key: _resolved(execution, text) for key, text in given.items()}
        await actions.ACTS[run.declared["actionTypeId"]["provider"]](execution, run)
    except FailedError as error:
        if error.code:
            run.error = {"code": error.code, "message": str(error)}
        run.end("Failed")
        return
    except Exception as error:
        run.error = {"code": "InternalError", "message": str(error)}
        run.end("Failed")
        raise
    if namespace := run.declared.get("namespace"):
        execution.variables[namespace] = run.variables
    if run.status == "InProgress":
        run.end("Succeeded")
    run.changed = time.time()


def _resolved(execution: Execution, text: str) -> str:
    """Put what earlier actions gave out into a configuration's text.

    Raises
    ------
    FailedError
        If it refers to nothing that there is.
    """

    def value(found: re.Match[str]) -> str:
        namespace, name = found.groups()
        if namespace == "codepipeline" and name == "PipelineExecutionId":
            return execution.id
        try:
            return execution.variables[namespace][name]
        except KeyError:
            message = f"Unable to resolve variable {found[0]}"
            raise FailedError("ConfigurationError", message) from None

    return VARIABLE.sub(value, text)


def _is_last(execution: Execution, stage: Info) -> bool:
    return bool(execution.pipeline["stages"][-1]["name"] == stage["name"])
