"""How every client calls AWS: how often, how long it waits, over how many connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.version import VERSION

if TYPE_CHECKING:
    from botocore.config import Config

POOL = 64
"""Connections per client: lessons call with up to 50 threads."""

CONNECT_S = 5

READ_S = {"lambda": 910}
"""Seconds that an answer may take: a synchronous invocation lasts up to Lambda's 900 s."""

READ_OTHERS_S = 70
"""SQS long polling lasts 20 s, API Gateway's longest default integration 29 s."""

ATTEMPTS = 3
"""botocore's own default of the standard retry mode, which has to be asked for by name."""


def config(service: str = "", attempts: int = ATTEMPTS, connections: int = POOL) -> Config:
    """Return the settings of every client: retries, time-outs (s), connections.

    Parameters
    ----------
    service
        boto3's name of the service.
    attempts
        How often a call may be sent, the first time included.
    connections
        How many calls may be under way at once.
    """
    from botocore.config import Config

    return Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=CONNECT_S,
        read_timeout=READ_S.get(service, READ_OTHERS_S),
        max_pool_connections=connections,
        tcp_keepalive=True,
        user_agent_extra=f"labkit/{VERSION}",
    )
