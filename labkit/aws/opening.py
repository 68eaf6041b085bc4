"""Opens a target by its name; until the guard admits it, its session may only read."""

from __future__ import annotations

import os
from typing import Any

from labkit.aws import embedded, guard
from labkit.aws.client_config import config
from labkit.aws.explain import explain
from labkit.aws.surroundings import allow_many_files, spare_loopback_from_proxies
from labkit.aws.targets import AccountTarget, EmbeddedTarget, Target
from labkit.errors import LabkitError

TARGET = "LABKIT_TARGET"
"""Environment variable that names the target where no argument does."""


def open_target(name: str | None = None, region: str | None = None) -> Target:
    """Open the target that the argument names, else ``LABKIT_TARGET``, else the local sandbox.

    Parameters
    ----------
    name
        ``"local"`` or ``"aws"``.
    region
        Region to work in; by default the sandbox's own, or the one that boto3 is configured for.

    Raises
    ------
    LabkitError
        For an unknown name, or for an account without region or usable credentials.
    SandboxUnavailable
        When the sandbox has ended or does not start.
    """
    chosen = name or os.environ.get(TARGET) or "local"
    allow_many_files()
    if chosen == "local":
        spare_loopback_from_proxies()
        sandbox = embedded.sandbox()
        return EmbeddedTarget(sandbox, region or sandbox.region)
    if chosen == "aws":
        return _open_account(region)
    raise LabkitError(
        f'There is no target "{chosen}". Use "local" (the sandbox on this machine) or "aws" (an '
        f"account); it came from {'the argument' if name else TARGET}."
    )


def _open_account(region: str | None) -> AccountTarget:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    session = boto3.Session(region_name=region)
    if session.region_name is None:
        raise LabkitError(
            'The target "aws" needs a region: Lab(..., region="ap-northeast-2"), or set '
            "AWS_DEFAULT_REGION. Nothing was created."
        )
    try:
        caller: dict[str, Any] = session.client("sts", config=config()).get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise LabkitError(
            f"AWS did not say whose credentials these are, so nothing was done. {error} "
            f"{explain(error) or ''}".strip()
        ) from error
    target = AccountTarget(session, caller["Account"], caller["Arn"], session.region_name)
    guard.stand_before(session.events, target, token=None)
    return target
