"""A Lambda client that can be sent to another process, where it is made anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any

from labkit.measure.clients import measuring_config


@dataclass(frozen=True)
class ClientDescription:
    """What it takes to make a client like another one: boto3's own cannot be pickled.

    Attributes
    ----------
    region, endpoint_url : str
        Where it sends its calls.
    connections : int
        Most calls under way at once.
    credentials : tuple of str
        Key, secret key and session token of a client of `labkit.Lab`, as they are now: send them to
        machines that you trust. Without them, a worker looks for credentials of its own.
    """

    region: str
    endpoint_url: str
    connections: int
    credentials: tuple[str | None, str | None, str | None] = field(repr=False)

    @classmethod
    def of(cls, client: Any) -> ClientDescription:
        """Describe a client that measures: see `labkit.measure.clients.measuring_client`."""
        meta = client.meta
        return cls(
            region=meta.region_name,
            endpoint_url=meta.endpoint_url,
            connections=meta.config.max_pool_connections,
            credentials=_credentials(client),
        )

    def client(self) -> Any:
        """Return such a client; in one process always the same one."""
        with _one_at_a_time:
            return _made(self)


_one_at_a_time = Lock()


@cache
def _made(description: ClientDescription) -> Any:
    import boto3

    session = boto3.Session(*description.credentials, region_name=description.region)
    return session.client(
        "lambda",
        endpoint_url=description.endpoint_url,
        config=measuring_config(description.connections),
    )


def _credentials(client: Any) -> tuple[str | None, str | None, str | None]:
    conduct = getattr(client, "labkit_conduct", None)
    found = conduct.clients.target.session.get_credentials() if conduct else None
    if found is None:
        return None, None, None
    frozen = found.get_frozen_credentials()
    return frozen.access_key, frozen.secret_key, frozen.token
