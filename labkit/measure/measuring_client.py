"""Clients that measure: each call is sent once, and none waits for another on this side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from labkit.errors import LabkitError

FEWEST_CONNECTIONS = 10
"""botocore's own default."""

READ_S = 910
"""A synchronous call lasts up to Lambda's 900 s."""


def measuring_config(concurrency: int) -> Any:
    """Return botocore's settings for a client that measures.

    Parameters
    ----------
    concurrency : int
        Most calls under way at once.
    """
    from botocore.config import Config

    return Config(
        retries={"mode": "standard", "total_max_attempts": 1},
        read_timeout=READ_S,
        max_pool_connections=max(FEWEST_CONNECTIONS, concurrency),
        tcp_keepalive=True,
    )


def measuring_client(lambda_client: Any, concurrency: int = 1) -> Any:
    """Return the client with which to measure: it repeats no call and keeps none waiting.

    botocore repeats throttled calls by itself and so hides them, and queues what exceeds its pool
    of connections.

    Parameters
    ----------
    lambda_client : boto3 Lambda client
        Of a `labkit.Lab`, or one made with `measuring_config`.
    concurrency : int
        Most calls under way at once.

    Raises
    ------
    LabkitError
        If the client would repeat calls, or has too few connections. Nothing was called.
    """
    conduct = getattr(lambda_client, "labkit_conduct", None)
    client = conduct.once() if conduct and conduct.once else lambda_client
    settings = client.meta.config
    attempts = (settings.retries or {}).get("total_max_attempts")
    if attempts != 1:
        raise LabkitError(
            "This client repeats throttled calls by itself, which would hide them. Nothing was "
            'called. Use lab.client("lambda", attempts=1), or boto3.client("lambda", '
            "config=measuring_config(concurrency))."
        )
    if settings.max_pool_connections < concurrency:
        raise LabkitError(
            f"{concurrency} calls at once, but this client has {settings.max_pool_connections} "
            "connections: the others would wait here and not at Lambda. Nothing was called. Use "
            f'lab.client("lambda", attempts=1, connections={concurrency}).'
        )
    return client


def open_connections(lambda_client: Any, function_name: str, concurrency: int) -> None:
    """Open so many connections ahead, so that no measured call waits for TCP and TLS."""
    together = Barrier(concurrency)

    def ask() -> None:
        together.wait()
        lambda_client.get_function_configuration(FunctionName=function_name)

    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        for asked in [pool.submit(ask) for _ in range(concurrency)]:
            asked.result()
