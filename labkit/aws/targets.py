"""The two places a lesson can run in: the embedded sandbox and a real AWS account."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from labkit.aws.embedded import Sandbox
from labkit.aws.limits import ACCOUNT, SANDBOX, Limits
from labkit.aws.surroundings import sandbox_session

if TYPE_CHECKING:
    import boto3


@dataclass(frozen=True)
class EmbeddedTarget:
    """A sandbox on this machine.

    Attributes
    ----------
    sandbox
        The running sandbox.
    region
        Region that clients sign for.
    session_token
        Of a role's session, whose keys the sandbox's are then.
    """

    name: ClassVar[str] = "local"
    limits: ClassVar[Limits] = SANDBOX
    sandbox: Sandbox
    region: str
    session_token: str | None = field(default=None, repr=False)

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
        keys = self.sandbox.access_key_id, self.sandbox.secret_access_key
        return _session(*keys, self.region, self.session_token)

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
def _session(
    access_key_id: str, secret_access_key: str, region: str, session_token: str | None
) -> boto3.Session:
    """Return the one session for these credentials: each new one would parse botocore's models."""
    session: boto3.Session = sandbox_session(
        access_key_id, secret_access_key, region, session_token
    )
    return session
