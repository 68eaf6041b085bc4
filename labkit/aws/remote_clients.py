"""Clients that can be sent to another process: boto3's own cannot be pickled, but made anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any

from labkit.aws.client_config import config
from labkit.aws.surroundings import sandbox_session


@dataclass(frozen=True)
class ClientDescription:
    """What it takes to make a client like another one, which sends each call once.

    Attributes
    ----------
    service, region, endpoint_url : str
        Whom it calls, and where.
    connections : int
        Most calls under way at once.
    credentials : tuple of str
        Key, secret key and session token of a client of `labkit.Lab`, as they are now: send them to
        machines that you trust. Without them, a worker looks for credentials of its own.
    """

    service: str
    region: str
    endpoint_url: str
    connections: int
    credentials: tuple[str | None, str | None, str | None] = field(repr=False)

    @classmethod
    def of(cls, client: Any) -> ClientDescription:
        """Describe a client."""
        meta = client.meta
        return cls(
            service=meta.service_model.service_name,
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
    return _session(description).client(
        description.service,
        endpoint_url=description.endpoint_url,
        config=config(description.service, attempts=1, connections=description.connections),
    )


def _session(description: ClientDescription) -> Any:
    """Return a session: of a sandbox where there is an endpoint, otherwise of an account."""
    key, secret, token = description.credentials
    if description.endpoint_url is not None and key and secret and not token:
        return sandbox_session(key, secret, description.region)
    import boto3

    return boto3.Session(*description.credentials, region_name=description.region)


def _credentials(client: Any) -> tuple[str | None, str | None, str | None]:
    conduct = getattr(client, "labkit_conduct", None)
    found = conduct.clients.target.session.get_credentials() if conduct else None
    if found is None:
        return None, None, None
    frozen = found.get_frozen_credentials()
    return frozen.access_key, frozen.secret_key, frozen.token
