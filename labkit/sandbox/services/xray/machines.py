"""The segment of an execution: its states, and in them the calls of services.

Step Functions sends it with the rights of the machine's role. Without tracing it records what
somebody before it has decided to be recorded, and begins nothing itself.
Source: Step Functions Developer Guide, "Trace Step Functions request data in AWS X-Ray".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.services.xray import propagation, sampling
from labkit.sandbox.services.xray.functions import ACTION
from labkit.sandbox.services.xray.header import TraceHeader, new_id, new_trace_id
from labkit.sandbox.services.xray.traces import traces

ORIGIN = "AWS::StepFunctions::StateMachine"
NAMES = {"dynamodb": "DynamoDB", "events": "Events", "lambda": "Lambda", "sns": "SNS", "sqs": "SQS"}
"""What the subsegment of a call is named, by the service in the task's resource."""

STARTED = ("TaskStarted", "LambdaFunctionStarted")
WENT_WRONG = ("Failed", "TimedOut", "Aborted")

Event = dict[str, Any]


@dataclass(frozen=True)
class MachineTrace:
    """An execution as its trace sees it.

    Attributes
    ----------
    execution_arn, machine_arn, name, role_arn
        The execution, its machine with its name, and the role of that.
    header
        What belongs to the execution: its trace, and what it comes from.
    """

    execution_arn: str
    machine_arn: str
    name: str
    role_arn: str
    header: TraceHeader


@dataclass(frozen=True)
class Step:
    """One event of a history, as far as a trace needs it.

    Attributes
    ----------
    id, previous
        Its number and that of the event that it follows.
    kind
        Its type, such as ``TaskStateEntered``.
    at
        When it happened, in seconds since 1970.
    details
        What it tells.
    """

    id: int
    previous: int
    kind: str
    at: float
    details: dict[str, Any]


def begin(
    execution_arn: str, machine_arn: str, name: str, role_arn: str, *, is_traced: bool
) -> MachineTrace:
    """Begin the trace of an execution, or take on the one that it was started in."""
    arriving = propagation.arriving()
    sampled = arriving.sampled if arriving else None
    if sampled is None and is_traced:
        _, _, _, region, account, *_ = machine_arn.split(":")
        asked = sampling.Asked(name, ORIGIN, machine_arn)
        sampled, _ = sampling.decide(asked, account, region)
    root = arriving.root if arriving else new_trace_id()
    header = TraceHeader(root, arriving.parent if arriving else "", bool(sampled))
    propagation.carry(header)
    return MachineTrace(execution_arn, machine_arn, name, role_arn, header)


def call_id(execution_arn: str, event_id: int) -> str:
    """Return the id of the subsegment of a call, known before the call and when it is told of."""
    return hashlib.sha256(f"{execution_arn}/{event_id}".encode()).hexdigest()[:16]


def end(trace: MachineTrace, steps: Sequence[Step]) -> None:
    """Send the segment of an execution that has ended, if it is recorded and its role may."""
    if not trace.header.sampled or not steps:
        return
    if permissions.role_allows(trace.role_arn, ACTION, "*"):
        _, _, _, region, account, *_ = trace.machine_arn.split(":")
        traces(account, region).put(_segment(trace, steps))


def _segment(trace: MachineTrace, steps: Sequence[Step]) -> dict[str, Any]:
    last = steps[-1]
    segment = {
        "id": new_id(),
        "name": trace.name,
        "trace_id": trace.header.root,
        "start_time": steps[0].at,
        "end_time": last.at,
        "aws": {"execution_arn": trace.execution_arn, "resource_names": [trace.name]},
        "origin": ORIGIN,
        "resource_arn": trace.machine_arn,
        "subsegments": list(_states(trace, steps)),
    }
    if trace.header.parent:
        segment["parent_id"] = trace.header.parent
    if last.kind.endswith(WENT_WRONG):
        segment |= {"fault": True, "cause": _cause(last)}
    return segment


def _states(trace: MachineTrace, steps: Sequence[Step]) -> Iterator[dict[str, Any]]:
    """Yield a subsegment for each state that was entered, in the order of the history."""
    by_id = {step.id: step for step in steps}
    calls: dict[int, list[dict[str, Any]]] = {}
    for step in steps:
        if step.kind in STARTED and (owner := _entered(step, by_id)):
            calls.setdefault(owner.id, []).append(_call(trace, step, steps, by_id))
    left = {owner.id: step for step in steps if (owner := _left(step, by_id))}
    for step in steps:
        if step.kind.endswith("StateEntered"):
            yield _state(step, left.get(step.id, steps[-1]), calls.get(step.id, []))


def _state(entered: Step, left: Step, calls: list[dict[str, Any]]) -> dict[str, Any]:
    found = {
        "id": new_id(),
        "name": str(entered.details.get("name", "")),
        "start_time": entered.at,
        "end_time": left.at,
    }
    return found | ({"subsegments": calls} if calls else {}) | _fault_of(calls)


def _fault_of(calls: list[dict[str, Any]]) -> dict[str, bool]:
    return {"fault": True} if calls and calls[-1].get("fault") else {}


def _call(
    trace: MachineTrace, started: Step, steps: Sequence[Step], by_id: dict[int, Step]
) -> dict[str, Any]:
    """Return the subsegment of one call of a service."""
    ended = next((step for step in steps if step.previous == started.id), steps[-1])
    scheduled = by_id.get(started.previous, started).details
    service = str(scheduled.get("resourceType") or scheduled.get("resource", "lambda"))
    service = "lambda" if service.startswith("arn:aws:lambda") else service.rpartition(":")[2]
    found = {
        "id": call_id(trace.execution_arn, started.id),
        "name": NAMES.get(service, service),
        "namespace": "aws",
        "start_time": started.at,
        "end_time": ended.at,
        "aws": {"operation": str(scheduled.get("resource", "")), **_target(scheduled)},
    }
    if ended.kind.endswith(WENT_WRONG):
        found |= {"fault": True, "cause": _cause(ended)}
    return found


def _target(scheduled: dict[str, Any]) -> dict[str, str]:
    """Return what a call is to, as far as the task names it."""
    try:
        given = json.loads(scheduled.get("parameters") or "{}")
    except ValueError:
        return {}
    named = {"FunctionName": "function_name", "TableName": "table_name", "TopicArn": "topic_arn"}
    named |= {"QueueUrl": "queue_url"}
    return {its: str(given[name]) for name, its in named.items() if name in given}


def _entered(step: Step, by_id: dict[int, Step]) -> Step | None:
    """Return the event by which the state was entered that an event is of."""
    found: Step | None = step
    while found is not None and not found.kind.endswith("StateEntered"):
        found = by_id.get(found.previous)
    return found


def _left(step: Step, by_id: dict[int, Step]) -> Step | None:
    """Return the event by which the state was entered that an event leaves; None for others."""
    if not step.kind.endswith("StateExited"):
        return None
    found = by_id.get(step.previous)
    while found is not None:
        if found.kind.endswith("StateEntered") and found.details.get("name") == step.details.get(
            "name"
        ):
            return found
        found = by_id.get(found.previous)
    return None


def _cause(step: Step) -> dict[str, Any]:
    told = {"type": step.details.get("error"), "message": step.details.get("cause")}
    exception = {"id": new_id(), **{k: str(v) for k, v in told.items() if v}}
    return {"exceptions": [exception]}
