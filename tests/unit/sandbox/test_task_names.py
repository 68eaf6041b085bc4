"""How the events of a task name what it calls."""

from __future__ import annotations

import pytest

from labkit.sandbox.services.stepfunctions.states.tasks import Task


@pytest.mark.parametrize(
    ("resource", "names"),
    [
        ("lambda:invoke", ("lambda", "invoke")),
        ("states:startExecution.sync:2", ("states", "startExecution.sync:2")),
        ("sqs:sendMessage.waitForTaskToken", ("sqs", "sendMessage.waitForTaskToken")),
        ("aws-sdk:dynamodb:query", ("aws-sdk:dynamodb", "query")),
    ],
)
def test_service_and_action(resource: str, names: tuple[str, str]) -> None:
    task = Task(f"arn:aws:states:::{resource}", {}, None, None, "")
    assert (task.names["resourceType"], task.names["resource"]) == names
