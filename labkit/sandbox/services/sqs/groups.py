"""How messages are received: in a FIFO queue group by group, and with a handle each time.

A group's messages come in their order, as many as are asked for, up to one that is in flight; then
it waits behind the others.
Source: SQS Developer Guide, "FIFO queue delivery logic"; the order of groups is that of AWS's
answers as others have recorded them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

Message = dict[str, Any]
Queue = dict[str, Any]


def collect(
    upstream: Callable[..., list[Message]], queue: Queue, max_n: int, vis_timeout: int
) -> list[Message]:
    """Take up to `max_n` messages in flight, and remember the handle of each."""
    found = upstream(queue, max_n, vis_timeout)
    for message in found:
        message.setdefault("handles", []).append(message["receipt_handle"])
    return found


def collect_fifo(queue: Queue, max_n: int, vis_timeout: int, now: float) -> list[Message]:
    """Take up to `max_n` messages of a FIFO queue in flight."""
    by_group = _groups(queue)
    order = [group for group in queue.get("group_order", []) if group in by_group]
    order += [group for group in by_group if group not in order]
    found: list[Message] = []
    served = []
    for group in order:
        if len(found) >= max_n:
            break
        taken = list(_visible(by_group[group], now))[: max_n - len(found)]
        found += taken
        served += [group] if taken else []
    queue["group_order"] = [one for one in order if one not in served] + served
    for message in found:
        _take(message, vis_timeout, now)
    return found


def _groups(queue: Queue) -> dict[Any, list[Message]]:
    groups: dict[Any, list[Message]] = {}
    for message in queue["messages"]:
        for name in ("group_id", "first_receive_at", "receipt_handle"):
            message.setdefault(name, None)
        message.setdefault("receive_count", 0)
        groups.setdefault(message["group_id"], []).append(message)
    return groups


def _visible(messages: list[Message], now: float) -> Iterator[Message]:
    """Yield a group's messages up to the first that cannot be received."""
    for message in messages:
        if message["visible_at"] > now:
            return
        yield message


def _take(message: Message, vis_timeout: int, now: float) -> None:
    message["receipt_handle"] = str(uuid.uuid4())
    message["visible_at"] = now + vis_timeout
    message["receive_count"] += 1
    if message["first_receive_at"] is None:
        message["first_receive_at"] = now
