"""Calls that a service makes with a role, as its own client: through the door, as everybody's.

The service assumes the role, if that trusts it, and sends a signed request to this server. So the
request is read, checked and judged like one from outside, and what refuses it is AWS's own error.
Source: IAM User Guide, "Roles terms and concepts" (service role).
"""

from __future__ import annotations

import functools
import os
import secrets
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.upstream.sts import sts


@dataclass(frozen=True)
class _Key:
    identifier: str
    secret: str
    token: str


class NotTrustedError(Exception):
    """A role that is not there, or does not let the service assume it."""


def call(
    role_arn: str, service: str, session: str, region: str, operation: tuple[str, str, Any]
) -> Any:
    """Call an operation of AWS's API with a role.

    Parameters
    ----------
    role_arn
        The role.
    service
        The service principal that assumes it, for example `scheduler.amazonaws.com`.
    session
        The session's name.
    region
        Where to call.
    operation
        boto3's name of a service, the operation's name and its parameters.

    Raises
    ------
    NotTrustedError
        If the service cannot assume the role; nothing was sent.
    botocore.exceptions.ClientError
        What the call was answered with.
    """
    if not permissions.role_trusts(role_arn, service):
        raise NotTrustedError(f"{service} is not authorized to assume the role {role_arn}.")
    client_name, name, parameters = operation
    client = _client(client_name, region, _key(role_arn, session))
    return client._make_api_call(name, parameters)


def environment(role_arn: str, session: str, region: str) -> dict[str, str]:
    """Return a role's credentials and this server as the environment variables that SDKs read."""
    key = _key(role_arn, session)
    return {
        "AWS_ACCESS_KEY_ID": key.identifier,
        "AWS_SECRET_ACCESS_KEY": key.secret,
        "AWS_SESSION_TOKEN": key.token,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        "AWS_REGION": region,
    }


@functools.lru_cache(maxsize=1024)
def _key(role_arn: str, session: str) -> _Key:
    """Return the temporary credentials of a role's session."""
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    key = _Key(f"ASIA{secrets.token_hex(8).upper()}", secrets.token_hex(20), secrets.token_hex(32))
    identity = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
        "UserId": f"{name}:{session}",
        "SecretAccessKey": key.secret,
        "SessionToken": key.token,
    }
    sts.register_session(key.identifier, identity)
    return key


@functools.lru_cache(maxsize=64)
def _client(service: str, region: str, key: _Key) -> Any:
    from botocore.config import Config
    from botocore.session import Session

    return Session().create_client(
        service,
        region_name=region,
        endpoint_url=f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        aws_access_key_id=key.identifier,
        aws_secret_access_key=key.secret,
        aws_session_token=key.token,
        config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False),
    )
