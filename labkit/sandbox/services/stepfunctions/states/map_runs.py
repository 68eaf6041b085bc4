"""Distributed Map states: a Map Run whose iterations are executions of their own.

MiniStack reads the items from S3; running them, counting failures and the records of ListMapRuns
and DescribeMapRun are here.
Source: Step Functions Developer Guide, "Using Map state in Distributed mode" and "Tolerated failure
threshold".
"""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import wait
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.services.stepfunctions import retention
from labkit.sandbox.services.stepfunctions.history import Line, told
from labkit.sandbox.services.stepfunctions.language import errors, jsonata, payloads, timestamps
from labkit.sandbox.services.stepfunctions.language.errors import StateError
from labkit.sandbox.services.stepfunctions.language.scope import compact
from labkit.sandbox.services.stepfunctions.states import maps
from labkit.sandbox.services.stepfunctions.states.side_by_side import selected
from labkit.sandbox.services.stepfunctions.states.tasks import on_a_thread
from labkit.sandbox.services.stepfunctions.states.walker import LOOK_SECONDS, State, Walker
from labkit.sandbox.upstream.stepfunctions import stepfunctions

COUNTS = (
    "pending", "running", "succeeded", "failed", "timedOut", "aborted", "total", "resultsWritten",
    "failuresNotRedrivable", "pendingRedrive",
)  # fmt: skip

AT_ONCE = 64
"""Child executions that this computer runs at the same time where AWS would run up to 10,000."""


@dataclass(frozen=True)
class Tolerance:
    """How many failures a Map Run may have; None where the state does not say."""

    count: int | None
    percentage: float | None

    def exceeded(self, failed: int, total: int) -> bool:
        """Tell whether so many failures are too many; without a threshold one is."""
        if self.count is None and self.percentage is None:
            return failed > 0
        too_many = self.count is not None and failed > self.count
        return too_many or (self.percentage is not None and failed * 100 > self.percentage * total)


def distributed(walker: Walker, state: State, given: Any) -> Any:
    """Run a distributed Map state once; return its child executions' outputs in order.

    Raises
    ------
    StateError
        If its items cannot be read, or too many of its children fail.
    """
    taken = given if walker.in_jsonata(state) else payloads.taken_input(state, given, walker.scope)
    most = maps.whole(walker, state, taken, "MaxConcurrency")
    items = _items(walker, state, taken)
    inputs = _batched(walker, state, taken, _inputs(walker, state, taken, items))
    walker.line.add("MapStateStarted", {"length": 0 if "ItemReader" in state else len(inputs)})
    tolerance = _tolerance(walker, state, taken)
    record = _record(walker, state, inputs, most, tolerance)
    walker.line.add("MapRunStarted", {"mapRunArn": record["mapRunArn"]})
    outcomes = _outcomes(walker, state, record, inputs, most)
    failures = [one for one in outcomes if isinstance(one, StateError)]
    too_many = tolerance.exceeded(len(failures), len(inputs))
    record |= {"status": "FAILED" if too_many else "SUCCEEDED", "stopDate": timestamps.now()}
    if too_many:
        error = StateError(
            errors.TOLERANCE_EXCEEDED, "The specified tolerated failure threshold was exceeded"
        )
        walker.line.add("MapRunFailed", {"error": error.error, "cause": error.cause})
        raise error
    ended = walker.line.note("MapRunSucceeded")  # what follows the state follows its MapRunStarted
    walker.line.note("MapStateSucceeded", after=ended)
    return selected(walker, state, [o for o in outcomes if not isinstance(o, StateError)])


def _tolerance(walker: Walker, state: State, taken: Any) -> Tolerance:
    def given(field: str) -> bool:
        return field in state or f"{field}Path" in state

    count, share = "ToleratedFailureCount", "ToleratedFailurePercentage"
    try:
        return Tolerance(
            maps.whole(walker, state, taken, count) if given(count) else None,
            maps.percentage(walker, state, taken, share) if given(share) else None,
        )
    except StateError as error:
        error.in_fields = True
        raise


def _items(walker: Walker, state: State, taken: Any) -> list[Any]:
    reader = state.get("ItemReader")
    if reader is None:
        return maps.items_of(walker, state, taken)
    arguments = reader.get("Parameters") or reader.get("Arguments") or {}
    if walker.in_jsonata(state):
        filled = jsonata.fill("ItemReader/Arguments", arguments, walker.states(taken), walker.scope)
    else:
        filled = payloads.fill(arguments, taken, walker.scope)
    config = dict(reader.get("ReaderConfig") or {})
    most = maps.whole(walker, config, taken, "MaxItems")
    for name in ("MaxItems", "MaxItemsPath"):
        config.pop(name, None)
    try:
        plain = {**reader, "Parameters": filled, "Arguments": None, "ReaderConfig": config}
        items = stepfunctions._read_map_items(plain, taken, walker.scope.context)
    except stepfunctions._ExecutionError as error:
        raise StateError(error.error, error.cause) from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise StateError(errors.ITEM_READER_FAILED, str(error)) from error
    if not isinstance(items, list):
        text = "Attempting to map over non-iterable node."
        raise StateError(errors.ITEM_READER_FAILED, text)
    return items[:most] if most else items


def _inputs(walker: Walker, state: State, taken: Any, items: list[Any]) -> list[Any]:
    inputs = []
    for index, item in enumerate(items):
        inner = walker.branch(walker.line.last, maps.processor(state))
        inner.scope.context["Map"] = {"Item": {"Index": index, "Value": item}}
        inputs.append(maps.item_given(walker, inner, state, taken, item))
    return inputs


def _batched(walker: Walker, state: State, taken: Any, inputs: list[Any]) -> list[Any]:
    """Return the inputs in batches, if the state has an ItemBatcher."""
    batcher = state.get("ItemBatcher")
    if batcher is None:
        return inputs
    size = maps.whole(walker, batcher, taken, "MaxItemsPerBatch") or len(inputs) or 1
    more: dict[str, Any] = {}
    if "BatchInput" in batcher:
        more["BatchInput"] = _batch_input(walker, state, taken, batcher["BatchInput"])
    return [more | {"Items": inputs[at : at + size]} for at in range(0, len(inputs), size)]


def _batch_input(walker: Walker, state: State, taken: Any, template: Any) -> Any:
    if walker.in_jsonata(state):
        return jsonata.fill("ItemBatcher/BatchInput", template, walker.states(taken), walker.scope)
    return payloads.fill(template, taken, walker.scope)


def _record(
    walker: Walker, state: State, inputs: list[Any], most: int, tolerance: Tolerance
) -> dict[str, Any]:
    machine = walker.line.execution["stateMachineArn"]
    label = state.get("Label") or str(uuid.uuid4())
    counts = dict.fromkeys(COUNTS, 0) | {"total": len(inputs), "pending": len(inputs)}
    record = {
        "mapRunArn": f"{machine.replace(':stateMachine:', ':mapRun:')}/{label}:{uuid.uuid4()}",
        "executionArn": walker.line.execution["executionArn"],
        "status": "RUNNING",
        "startDate": timestamps.now(),
        "maxConcurrency": most,
        "toleratedFailurePercentage": tolerance.percentage or 0.0,
        "toleratedFailureCount": tolerance.count or 0,
        "itemCounts": dict(counts),
        "executionCounts": dict(counts),
        "redriveCount": 0,
        "_stateMachineArn": f"{machine}/{label}",
    }
    stepfunctions._map_runs[record["mapRunArn"]] = record
    return record


def _outcomes(
    walker: Walker, state: State, record: dict[str, Any], inputs: list[Any], most: int
) -> list[Any]:
    """Run a child execution for each input; return outputs, or the errors of those that failed."""
    room = threading.Semaphore(min(most or AT_ONCE, AT_ONCE))
    machine = maps.processor(state)

    def child(item: Any) -> Any:
        with room:
            return _child(walker, machine, record, item)

    calls = [on_a_thread(lambda item=item: child(item)) for item in inputs]  # type: ignore[misc]
    waiting = set(calls)
    while waiting:
        walker.go_on()
        _, waiting = wait(waiting, timeout=LOOK_SECONDS)
    return [call.result() for call in calls]


def _child(walker: Walker, machine: State, record: dict[str, Any], item: Any) -> Any:
    name = str(uuid.uuid4())
    arn = record["_stateMachineArn"].replace(":stateMachine:", ":execution:")
    execution = {
        "executionArn": f"{arn}:{name}", "stateMachineArn": record["_stateMachineArn"],
        "name": name, "status": "RUNNING", "startDate": timestamps.now(), "stopDate": None,
        "input": compact(item), "inputDetails": {"included": True}, "output": None,
        "outputDetails": {"included": True}, "mapRunArn": record["mapRunArn"], "events": [],
    }  # fmt: skip
    stepfunctions._executions[execution["executionArn"]] = execution
    inner = walker.branch(0, machine)
    inner.line = Line(execution, 0, within=walker.line)
    inner.line.append(
        "ExecutionStarted", {**told("input", item), "roleArn": walker.role_arn}, after=0
    )
    _count(record, "pending", "running")
    outcome: Any
    try:
        outcome = walker.walk(inner, machine, item)
        execution |= {"status": "SUCCEEDED", "output": compact(outcome)}
    except StateError as error:
        outcome = error
        execution |= {"status": "FAILED", "error": error.error, "cause": error.cause}
    finally:
        retention.ended(execution)
    execution["stopDate"] = timestamps.now()
    _count(record, "running", "failed" if isinstance(outcome, StateError) else "succeeded")
    return outcome


_counting = threading.Lock()


def _count(record: dict[str, Any], before: str, after: str) -> None:
    with _counting:
        for counts in (record["itemCounts"], record["executionCounts"]):
            counts[before] -= 1
            counts[after] += 1
