"""The lifecycle of a deployment: hooks, shifting of traffic, alarms that stop it, and its end.

Source: CodeDeploy User Guide, "AppSpec 'hooks' section for an AWS Lambda deployment", "Monitoring
deployments with CloudWatch alarms" and "Redeploy and roll back a deployment with CodeDeploy".
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid

from labkit.sandbox.gateway.as_role import FailedError
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.codedeploy import as_role, configurations, notices
from labkit.sandbox.services.codedeploy.records import Deployment, LifecycleEvent

ALARM_SECONDS = 1.0
"""How often alarms are looked at; on AWS a deployment stops some 12 s after its alarm."""

HOOK_MINUTES = 60
"""How long a hook's function may take to tell the result (CodeDeploy User Guide)."""

ALLOW = "AllowTraffic"

ALARMED = (
    "One or more alarms have been activated according to the Amazon CloudWatch metrics you "
    "selected, and the affected deployments have been stopped. Activated alarms: "
)


class StoppedError(FailedError):
    """A deployment is stopped, by an alarm or by somebody."""


async def go(deployment: Deployment) -> None:
    """Take a deployment to its end."""
    info = deployment.info
    info["status"], info["startTime"] = "InProgress", time.time()
    await notices.tell(deployment, "START")
    try:
        await _work_unless_stopped(deployment)
    except FailedError as reason:
        _end(deployment, "Stopped" if isinstance(reason, StoppedError) else "Failed", reason)
    except Exception as error:  # said as the service's own fault, never left in progress
        _end(deployment, "Failed", FailedError("INTERNAL_ERROR", str(error)))
        raise
    else:
        _end(deployment, "Succeeded", None)


async def _work_unless_stopped(deployment: Deployment) -> None:
    """Do a deployment's work, unless an alarm or somebody stops it before it is done.

    Raises
    ------
    FailedError
        If the work fails, or is stopped.
    """
    if not deployment.is_rollback:
        await _check_alias(deployment)
        deployment.engaged = True
        await _check_alarms(deployment)
    work = asyncio.create_task(_work(deployment))
    watch = asyncio.create_task(_watch(deployment))
    try:
        await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
        if watch.done() and not work.done():
            watch.result()
        await work
    finally:
        for task in (work, watch):
            task.cancel()
        await asyncio.gather(work, watch, return_exceptions=True)


async def _watch(deployment: Deployment) -> None:
    """Return never; raise when the deployment is to stop."""
    while True:
        try:
            async with asyncio.timeout(ALARM_SECONDS):
                await deployment.stopped.wait()
        except TimeoutError:
            if not deployment.is_rollback:
                await _check_alarms(deployment)
        else:
            raise StoppedError("MANUAL_STOP", "Deployment was manually stopped by user.")


async def _check_alarms(deployment: Deployment) -> None:
    if active := await as_role.active_alarms(deployment):
        raise StoppedError("ALARM_ACTIVE", ALARMED + ", ".join(active))


async def _work(deployment: Deployment) -> None:
    if deployment.is_rollback:
        await _shift_back(deployment)
        return
    before, allow, after = deployment.events
    await _call_hook(deployment, before)
    allow.begin()
    await _shift(deployment)
    allow.end("Succeeded")
    await _call_hook(deployment, after)


async def _check_alias(deployment: Deployment) -> None:
    spec, found = deployment.spec, await as_role.alias(deployment)
    if found["FunctionVersion"] != spec.current or found.get("RoutingConfig"):
        raise FailedError(
            "INVALID_LAMBDA_CONFIGURATION",
            "The deployment failed because the Lambda function alias version does not match the "
            "current version in AppSpec file.",
        )


async def _call_hook(deployment: Deployment, event: LifecycleEvent) -> None:
    """Call the function of a lifecycle event, if it has one, and wait for the result.

    Raises
    ------
    FailedError
        If it fails, or tells nothing in time.
    """
    event.begin()
    if not event.function:
        event.end("Succeeded")
        return
    event.execution_id = uuid.uuid4().hex
    payload = {
        "DeploymentId": deployment.id,
        "LifecycleEventHookExecutionId": event.execution_id,
    }
    await _invoke(deployment, event, payload)
    try:
        async with asyncio.timeout(HOOK_MINUTES * configurations.minute()):
            await event.answered.wait()
    except TimeoutError:
        raise _hook_failed(event, "TIMEOUT", "did not tell its result in time") from None
    if event.status != "Succeeded":
        raise _hook_failed(event, "HOOK_EXECUTION_FAILURE", "told that it failed")


async def _invoke(deployment: Deployment, event: LifecycleEvent, payload: dict[str, str]) -> None:
    call = {
        "FunctionName": event.function,
        "InvocationType": "Event",
        "Payload": json.dumps(payload).encode(),
    }
    try:
        await as_role.ask(deployment, "lambda", "Invoke", call)
    except AwsError as error:
        raise FailedError("HOOK_EXECUTION_FAILURE", error.message) from None


def _hook_failed(event: LifecycleEvent, code: str, what: str) -> FailedError:
    return FailedError(
        code,
        f"The overall deployment failed because one of the deployment's lifecycle hooks failed: "
        f"{event.function} {what} in {event.name}.",
    )


async def _shift(deployment: Deployment) -> None:
    """Shift the alias's calls, step by step."""
    spec = deployment.spec
    for weight, minutes in configurations.steps(deployment.routing):
        await as_role.move_alias(deployment, spec.current, {spec.target: weight})
        _note(deployment, weight)
        await asyncio.sleep(minutes * configurations.minute())
    await as_role.move_alias(deployment, spec.target, {})
    _note(deployment, 1.0)


async def _shift_back(deployment: Deployment) -> None:
    """Let the alias's calls meet the old version alone, at once and without hooks."""
    allow = deployment.event(ALLOW)
    allow.begin()
    await as_role.move_alias(deployment, deployment.spec.target, {})
    _note(deployment, 1.0)
    for event in deployment.events:
        event.end("Succeeded")


def _note(deployment: Deployment, weight: float) -> None:
    deployment.weight, deployment.updated = weight, time.time()


def _end(deployment: Deployment, status: str, reason: FailedError | None) -> None:
    """Note a deployment's end; what had not begun by then is skipped."""
    info = deployment.info
    for event in deployment.events:
        if event.status == "InProgress":
            event.end("Failed")
        elif event.status == "Pending":
            event.end("Skipped")
    info["status"], info["completeTime"] = status, time.time()
    deployment.updated = time.time()
    if reason is not None:
        info["errorInformation"] = {"code": reason.code, "message": str(reason)}
