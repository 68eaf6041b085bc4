"""Tracing of executions: the setting that a machine keeps, and what X-Ray is told.

MiniStack drops the setting.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.stepfunctions import revisions
from labkit.sandbox.services.stepfunctions.history import Execution, kind_of_details
from labkit.sandbox.services.stepfunctions.language import timestamps
from labkit.sandbox.services.xray import header, machines, propagation
from labkit.sandbox.upstream.stepfunctions import stepfunctions

SETTING = "tracingConfiguration"
OFF = {"enabled": False}


async def keep(request: Request, **changed: Any) -> Response:
    """Create or update a machine with changed parameters, and keep whether it is traced."""
    response = await request.forward(**changed)
    given = request.parameters
    if response.status == 200 and SETTING in given:
        arn = given.get("stateMachineArn") or json.loads(response.body)["stateMachineArn"]
        stepfunctions._state_machines[arn][SETTING] = given[SETTING]
    return response


async def shown(request: Request) -> Response:
    """Describe a machine, with whether it is traced."""
    response = await request.forward()
    if response.status != 200:
        return response
    machine = stepfunctions._state_machines.get(request.parameters["stateMachineArn"]) or {}
    answer = json.loads(response.body) | {SETTING: machine.get(SETTING, OFF)}
    return response._replace(body=json.dumps(revisions.described(answer)).encode())


def take_on(request: Request) -> None:
    """Let the execution that a request starts belong to the trace that it names."""
    if (named := header.read(request.parameters.get("traceHeader"))) is not None:
        propagation.carry(named)


def begin(execution: Execution, machine: dict[str, Any]) -> machines.MachineTrace:
    """Begin the trace of an execution, or take on the one that it was started in."""
    is_traced = bool(machine.get(SETTING, OFF).get("enabled"))
    return machines.begin(
        execution["executionArn"],
        execution["stateMachineArn"],
        machine["name"],
        machine["roleArn"],
        is_traced=is_traced,
    )


def end(trace: machines.MachineTrace, execution: Execution) -> None:
    """Send the segment of an execution that has ended."""
    if trace.header.sampled:
        machines.end(trace, [_step(event) for event in list(execution["events"])])


@contextmanager
def calling(execution: Execution, event_id: int) -> Iterator[None]:
    """Let what is called within hang below the event that says so."""
    carried = propagation.arriving()
    if carried is None:
        yield
        return
    below = carried.under(machines.call_id(execution["executionArn"], event_id))
    with propagation.carrying(below if carried.sampled else carried):
        yield


def _step(event: dict[str, Any]) -> machines.Step:
    at = timestamps.parse(event["timestamp"])
    details = event.get(f"{kind_of_details(event['type'])}EventDetails") or {}
    seconds = at.timestamp() if at else 0.0
    return machines.Step(event["id"], event["previousEventId"], event["type"], seconds, details)
