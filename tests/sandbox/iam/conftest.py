"""A sandbox with the published policies: its learner and its root."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from labkit.aws import policies
from tests.sandbox.conftest import CONFIG, aws_of, running_sandbox
from tests.sandbox.delivery import Account, statement

RUN = {"labkit:run": "0123456789abcdef"}
TAGS = [{"Key": key, "Value": value} for key, value in RUN.items()]

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": statement("sts:AssumeRole", None)
        | {"Principal": {"Service": "lambda.amazonaws.com"}},
    }
)

DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation")

Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[dict[str, Any]]:
    """A sandbox that hands out a learner's keys."""
    with running_sandbox(*policies.sandbox_arguments()) as running:
        yield running


@pytest.fixture(scope="module")
def learner(sandbox: dict[str, Any]) -> Client:
    """The learner's clients."""
    return clients_of(sandbox, sandbox["access_key_id"], sandbox["secret_access_key"])


@pytest.fixture(scope="module")
def root(sandbox: dict[str, Any]) -> Account:
    """The same account with all its rights."""
    return Account.of(aws_of(sandbox))


def clients_of(sandbox: dict[str, Any], key: str, secret: str) -> Client:
    """Clients with somebody's keys, each made once."""
    session = boto3.Session(key, secret, region_name=sandbox["region"])
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service, endpoint_url=sandbox["endpoint"], config=CONFIG)
        return made[service]

    return client


def boundary_of(account: Account) -> str:
    """The ARN of the boundary of every role that the learner makes."""
    return f"arn:aws:iam::{account.account}:policy/{policies.BOUNDARY_POLICY}"
