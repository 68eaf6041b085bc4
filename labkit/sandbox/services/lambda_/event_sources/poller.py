"""Polling a queue for a function: batches, windows, concurrency, and what a failure leaves behind.

Lambda receives up to 10 messages at a time and collects them until the batch is full or its window
is over; up to five batches run at once, or MaximumConcurrency. What the function worked through is
deleted; what it failed at stays in flight and comes back after the visibility timeout. A throttled
call is tried again until the messages become visible. MiniStack ignores windows and batches above
10, asks for no permission and gives up a throttled batch at once; the seam is its pass over queues.
The sandbox stays at five batches, where AWS adds up to 300 a minute.
Source: Lambda Developer Guide, "Configuring scaling behavior for SQS event source mappings" and
"Handling errors for an SQS event source in Lambda".
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from labkit.sandbox.services.lambda_.environments import starts
from labkit.sandbox.services.lambda_.event_sources import filters
from labkit.sandbox.services.lambda_.event_sources.permissions import missing_permission
from labkit.sandbox.services.lambda_.event_sources.records import Message, failed_ids, record_of
from labkit.sandbox.services.lambda_.event_sources.states import Mapping, settle
from labkit.sandbox.services.sqs.metrics import count_received
from labkit.sandbox.services.xray import messages as traced_messages
from labkit.sandbox.upstream.app import concurrency, responses
from labkit.sandbox.upstream.lambda_ import lambda_svc
from labkit.sandbox.upstream.sqs import sqs

CONCURRENT_BATCHES = 5
"""How many batches of one mapping run at once at first. Source: Lambda Developer Guide."""

RECEIVE_LIMIT = 10
"""The most messages that one ReceiveMessage brings. Source: SQS API Reference."""

PERMISSION_SECONDS = 1.0
"""How long a look at the role's permissions holds."""

THROTTLE_PAUSES = (0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds between tries of a throttled call; the last one repeats."""

Queue = dict[str, Any]


@dataclass
class Progress:
    """What one mapping is at."""

    running: int = 0
    collected: list[Message] = field(default_factory=list)
    due: float = 0.0
    problem: str | None = None
    looked_at: float = float("-inf")


_progress: dict[str, Progress] = {}
_lock = threading.Lock()


def poll() -> bool:
    """Look at every mapping once; return whether there was something to do."""
    settle()
    busy = False
    for account, region, mapping in lambda_svc._iter_all_esms():
        if mapping["State"] == "Enabled" and ":sqs:" in mapping["EventSourceArn"]:
            with responses.request_scope(account, region):
                busy = _poll_for(mapping) or busy
        elif (progress := _progress.get(mapping["UUID"])) is not None:
            progress.collected.clear()
    return busy


def _poll_for(mapping: Mapping) -> bool:
    queue = sqs._queue_by_arn(mapping["EventSourceArn"])
    function, config = lambda_svc._get_func_record_for_qualifier(
        mapping["FunctionName"], mapping.get("Qualifier")
    )
    if queue is None or function is None:
        return False
    function = lambda_svc._execution_record_for_config(function, config)  # an alias stays one
    progress = _progress.setdefault(mapping["UUID"], Progress())
    if problem := _problem(progress, config["Role"], mapping["EventSourceArn"]):
        mapping["LastProcessingResult"] = f"PROBLEM: {problem}"
        return False
    if progress.running >= _concurrency(mapping, queue):
        return False
    received = _collect(mapping, queue, progress)
    full = len(progress.collected) >= mapping["BatchSize"]
    if progress.collected and (full or time.monotonic() >= progress.due):
        batch, progress.collected = progress.collected, []
        with _lock:
            progress.running += 1
        concurrency.spawn_background(
            _work_through, mapping, function, queue, batch, progress, thread_name="event-source"
        )
        return True
    return received


def _problem(progress: Progress, role_arn: str, queue_arn: str) -> str | None:
    if time.monotonic() - progress.looked_at > PERMISSION_SECONDS:
        progress.problem = missing_permission(role_arn, queue_arn)
        progress.looked_at = time.monotonic()
    return progress.problem


def _concurrency(mapping: Mapping, queue: Queue) -> int:
    """Return how many batches may run at once; one for a FIFO queue, which keeps its order."""
    if queue["is_fifo"]:
        return 1
    scaling = mapping.get("ScalingConfig") or {}
    return int(scaling.get("MaximumConcurrency") or CONCURRENT_BATCHES)


def _collect(mapping: Mapping, queue: Queue, progress: Progress) -> bool:
    """Receive what fits into the batch; return whether anything came."""
    wanted = min(mapping["BatchSize"] - len(progress.collected), RECEIVE_LIMIT)
    messages = sqs._receive_messages_for_esm(queue["url"], wanted)
    if not messages:
        return False
    count_received(queue, len(messages))
    if not progress.collected:
        window = mapping.get("MaximumBatchingWindowInSeconds") or 0
        progress.due = time.monotonic() + window
        if window:
            _wake_after(window)
    progress.collected += _matching(mapping, queue, messages)
    return True


def _wake_after(seconds: float) -> None:
    timer = threading.Timer(seconds, concurrency.esm_wake.set)
    timer.daemon = True
    timer.start()


def _matching(mapping: Mapping, queue: Queue, messages: list[Message]) -> list[Message]:
    """Delete what the mapping's filters do not let through and return the rest."""
    arn = queue["attributes"]["QueueArn"]
    kept = [m for m in messages if filters.passes(record_of(m, arn), mapping)]
    dropped = {m["receipt_handle"] for m in messages if m not in kept}
    sqs._delete_messages_for_esm(queue["url"], dropped)
    return kept


def _work_through(
    mapping: Mapping,
    function: dict[str, Any],
    queue: Queue,
    batch: list[Message],
    progress: Progress,
) -> None:
    """Hand a batch to the function and delete what did not fail."""
    try:
        arn = queue["attributes"]["QueueArn"]
        handles = {message["id"]: message["receipt_handle"] for message in batch}
        event = {"Records": [record_of(message, arn) for message in batch]}
        traces = traced_messages.received(one["sys"].get("AWSTraceHeader") for one in batch)
        with traces, starts.unattended():
            result = _invoke(function, event, min(message["visible_at"] for message in batch))
        failed = failed_ids(mapping, result, set(handles))
        done = {handle for name, handle in handles.items() if name not in failed}
        sqs._delete_messages_for_esm(queue["url"], done)
        succeeded = not result.get("error")
        mapping["LastProcessingResult"] = "OK" if succeeded else "PROBLEM: Function call failed"
    finally:
        with _lock:
            progress.running -= 1
        concurrency.esm_wake.set()


def _invoke(function: dict[str, Any], event: dict[str, Any], visible_at: float) -> dict[str, Any]:
    """Call the function; while it is throttled, again, until the messages become visible."""
    attempt = 0
    while True:
        result: dict[str, Any] = lambda_svc._execute_function(function, event)
        pause = THROTTLE_PAUSES[min(attempt, len(THROTTLE_PAUSES) - 1)]
        if not result.get("throttle") or time.time() + pause >= visible_at:
            return result
        time.sleep(pause)
        attempt += 1
