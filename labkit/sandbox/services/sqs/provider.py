"""SQS: what it refuses, how a message leaves a queue, and what it counts.

| where | what |
|---|---|
| `dispatch.py` | every action: parameters and quotas first |
| `sending.py`, `queue_attributes.py`, `parameters.py`, `quotas.py` | what is refused |
| `cooldowns.py`, `dead_letters.py` | what is refused for a while, or by another queue |
| `groups.py`, `receipts.py` | how a message is received, and what its handle is good for |
| `messages.py` | how a message leaves a queue |
| `policies.py`, `answers.py` | permissions by label; what is left out of an answer |
| `move_tasks.py` | the redrive of dead letters |
| `metrics.py` | AWS/SQS |
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.provider import Hook, Output, Provider, around, instead
from labkit.sandbox.services.sqs import (
    answers,
    cooldowns,
    dispatch,
    groups,
    messages,
    metrics,
    sending,
)
from labkit.sandbox.upstream.sqs import sqs

HEADERS = {"Content-Type": "application/x-amz-json-1.0"}


def action(operation: str, name: str, make: Callable[..., Hook], function: Any) -> tuple[Hook, ...]:
    """Return the hooks of an action, which stands upstream by its name and in a table."""

    def current(data: dict[str, Any], queue_url: str) -> Any:
        return getattr(sqs, name)(data, queue_url)

    return make(sqs, name, function), instead(sqs, "_HANDLERS", current, key=operation)


class Sqs(Provider):
    """SQS."""

    hooks = (
        *action("CreateQueue", "_act_create_queue", around, cooldowns.create),
        *action("DeleteQueue", "_act_delete_queue", around, cooldowns.delete),
        *action("PurgeQueue", "_act_purge_queue", around, cooldowns.purge),
        *action("DeleteMessage", "_act_delete_message", instead, messages.delete),
        *action("DeleteMessageBatch", "_act_delete_message_batch", instead, messages.delete_batch),
        *action("SendMessage", "_act_send_message", around, sending.send),
        *action("SendMessageBatch", "_act_send_message_batch", around, sending.batch),
        *action("SetQueueAttributes", "_act_set_queue_attributes", around, answers.set_attributes),
        *action("ReceiveMessage", "_act_receive_message", around, metrics.receive),
        around(sqs, "_collect_msgs", groups.collect),
        around(sqs, "_dispatch", dispatch.dispatch),
        instead(sqs, "_collect_fifo", groups.collect_fifo),
        instead(sqs, "_delete_messages_for_esm", messages.consume),
        instead(sqs, "_dlq_sweep", messages.redrive),
        instead(sqs, "_expire_retained", messages.expire),
    )

    def begin(self) -> None:
        """Sample how much waits in each queue."""
        threading.Thread(target=metrics.sample_depths, daemon=True).start()

    async def fallback(self, request: Request) -> Output:
        """Answer without the way through upstream's readers and writers of both protocols."""
        sqs._request_host.set(request.headers.get("host", ""))
        is_json = request.protocol == "json"
        given = request.decoded if is_json else request.parameters
        queue_url = given.get("QueueUrl") or sqs._url_from_path(request.path)
        output = await sqs._dispatch(request.operation, given, queue_url)
        if is_json:
            return Response(200, dict(HEADERS), json.dumps(output).encode())
        return dict(output)


PROVIDER = Sqs()
