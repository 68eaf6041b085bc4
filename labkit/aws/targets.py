"""The two places a lesson can run in: the embedded sandbox and a real AWS account."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from labkit.aws import embedded, guard
from labkit.aws.embedded import Sandbox
from labkit.aws.limits import ACCOUNT, SANDBOX, Limits
from labkit.errors import LabkitError

if TYPE_CHECKING:
    import boto3

TARGET = "LABKIT_TARGET"
"""Environment variable that names the target where no argument does."""


@dataclass(frozen=True)
class EmbeddedTarget:
    """A sandbox on this machine.

    Attributes
    ----------
    sandbox
        The running sandbox.
    region
        Region that clients sign for.
    """

    name: ClassVar[str] = "local"
    limits: ClassVar[Limits] = SANDBOX
    sandbox: Sandbox
    region: str

    @property
    def account(self) -> str:
        """The sandbox's account number, 12 digits."""
        return self.sandbox.account

    @property
    def endpoint_url(self) -> str | None:
        """The one address behind which every service answers."""
        return self.sandbox.endpoint

    @property
    def session(self) -> boto3.Session:
        """A session with the sandbox's own credentials; nobody's real ones are looked at."""
        return _session(self.sandbox.access_key_id, self.sandbox.secret_access_key, self.region)

    def invoke_url(self, rest_api_id: str, stage: str) -> str:
        """Return the address of a deployed REST API's stage."""
        return f"{self.sandbox.endpoint}/_aws/execute-api/{rest_api_id}/{stage}"


@dataclass(frozen=True)
class AccountTarget:
    """A real AWS account, reached with the credentials that boto3 finds.

    Attributes
    ----------
    session
        The session whose credentials are used.
    account
        The account that these credentials belong to, 12 digits.
    identity
        ARN of the caller.
    """

    name: ClassVar[str] = "aws"
    limits: ClassVar[Limits] = ACCOUNT
    endpoint_url: ClassVar[str | None] = None
    session: boto3.Session = field(repr=False)
    account: str
    identity: str
    region: str

    def invoke_url(self, rest_api_id: str, stage: str) -> str:
        """Return the address of a deployed REST API's stage."""
        return f"https://{rest_api_id}.execute-api.{self.region}.amazonaws.com/{stage}"


Target = EmbeddedTarget | AccountTarget


@cache
def _session(access_key_id: str, secret_access_key: str, region: str) -> boto3.Session:
    """Return the one session for these credentials: each new one would parse botocore's models.

    Some calls go to a host with a prefix (`sync-` for StartSyncExecution); the sandbox has one.
    """
    import boto3
    from botocore.session import get_session

    core = get_session()
    core.set_config_variable("disable_host_prefix_injection", True)
    return boto3.Session(
        access_key_id, secret_access_key, region_name=region, botocore_session=core
    )


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
    if chosen == "local":
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

    from labkit.aws.clients import config
    from labkit.aws.explain import explain

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
