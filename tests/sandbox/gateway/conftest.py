"""A server of a test's own, and what one service tells another on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.sandbox.conftest import aws_of, running_sandbox
from tests.sandbox.delivery import Account, statement
from tests.sandbox.gateway.receivers import RECEIVERS, Resources, role

BOTH = ("closed", "open")


@pytest.fixture
def fresh() -> Iterator[Account]:
    """An account of a server that nobody has asked anything."""
    with running_sandbox() as sandbox:
        yield Account.of(aws_of(sandbox))


def opened(account: Account, kind: str, service: str) -> Resources:
    """A closed callee and an open one, whose policy lets `service`."""
    made = RECEIVERS[kind].resources
    return made(account, "closed", None) | made(account, "open", service)


def with_roles(account: Account, kind: str, service: str) -> Resources:
    """Two callees, and two roles of `service`: only the second may call its own."""
    receiver = RECEIVERS[kind]
    allowed = statement(receiver.action, receiver.arn(account, "open"))
    return (
        receiver.resources(account, "closed", None)
        | receiver.resources(account, "open", None)
        | role("closed-caller", service)
        | role("open-caller", service, allowed)
    )


def after(*parts: Resources) -> list[str]:
    """What a resource depends on that needs all of these."""
    return [name for part in parts for name in part]


Target = Callable[[Account, str], dict[str, Any]]
