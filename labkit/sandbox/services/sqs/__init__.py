"""SQS queues: parameters, cooldowns, deletion and redrive of messages, move tasks, metrics."""

from __future__ import annotations


def install() -> None:
    """Put every part of this package into MiniStack."""
    from labkit.sandbox.services.sqs import cooldowns, messages, metrics, move_tasks, parameters

    for part in (cooldowns, messages, move_tasks, metrics, parameters):
        part.install()
