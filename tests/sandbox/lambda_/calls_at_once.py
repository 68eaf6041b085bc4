"""Calls that are made at once, and what becomes of them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from botocore.exceptions import ClientError

from tests.sandbox.conftest import Answer, Aws, wait_for

WHO = """\
import os, socket, uuid
ENVIRONMENT = str(uuid.uuid4())
def handler(event, context):
    if "port" in event:
        with socket.create_connection(("127.0.0.1", event["port"])) as held:
            held.recv(1)
    return {"environment": ENVIRONMENT, "version": os.environ.get("CONFIGURED"),
            "type": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]}
"""


@contextmanager
def all_there(count: int) -> Iterator[int]:
    """Give a port of this computer that lets its visitors go when `count` of them have come."""

    def wait_for_all() -> None:
        with ExitStack() as visitors:
            for _ in range(count):
                visitors.enter_context(server.accept()[0])

    with socket.create_server(("127.0.0.1", 0), backlog=count) as server:
        server.settimeout(60)
        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(wait_for_all)
            yield int(server.getsockname()[1])
            waiting.result()


class Calls:
    """Calls of one function that run at the same time."""

    def __init__(self, aws: Aws, name: str) -> None:
        self._aws = aws
        self._name = name
        self._threads = ThreadPoolExecutor(60)

    @contextmanager
    def held(self, count: int, **more: Any) -> Iterator[list[Future[Answer]]]:
        """Make `count` calls that run until the block ends, those aside that were refused.

        The block begins when each of them runs or has been refused.
        """
        with ExitStack() as running, socket.create_server(("127.0.0.1", 0)) as server:
            server.setblocking(False)
            event = {"port": server.getsockname()[1]}
            calls = [
                self._threads.submit(self._aws.invoke, self._name, event, **more)
                for _ in range(count)
            ]

            begun: list[socket.socket] = []

            def all_there() -> bool:
                with suppress(BlockingIOError):
                    begun.append(running.enter_context(server.accept()[0]))
                return len(begun) + sum(call.done() for call in calls) == count

            wait_for(all_there, seconds=30)
            yield calls

    def at_once(self, count: int, **more: Any) -> list[Future[Answer]]:
        """Make `count` calls, none of which ends before each runs or has been refused."""
        with self.held(count, **more) as calls:
            return calls

    def together(self, count: int, **more: Any) -> list[Answer]:
        """Run `count` calls at the same time."""
        return [call.result() for call in self.at_once(count, **more)]


def environments(answers: list[Answer]) -> set[str]:
    return {answer.payload["environment"] for answer in answers}


def is_cold(answer: Answer) -> bool:
    return "Init Duration" in answer.log


def throttling(error: ClientError) -> tuple[int, str, str, str]:
    response = error.response
    return (
        response["ResponseMetadata"]["HTTPStatusCode"],
        response["Error"]["Code"],
        response["Error"]["Message"],
        response["Reason"],
    )


def refusals(calls: list[Future[Answer]]) -> list[ClientError]:
    """Wait for all `calls`; return the errors of those that were refused."""
    return [error for call in calls if isinstance(error := call.exception(), ClientError)]
