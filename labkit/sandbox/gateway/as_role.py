"""What a service asks of others with a role while it works: if it is refused, that work fails."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.gateway import role_sessions


class FailedError(Exception):
    """A piece of work fails: the phase of a build, an action of a pipeline, a deployment.

    Parameters
    ----------
    code
        As the API of the service that works names it.
    message
        What it says there.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Worker:
    """Who asks, and what its work fails with.

    Attributes
    ----------
    role
        The role's ARN.
    service
        The service principal that assumes it, for example ``codebuild.amazonaws.com``.
    session
        The name of the role's session.
    region
        Where it works.
    untrusted, denied, refused
        The codes for a role that cannot be assumed, a call that the role does not allow, and a call
        that is refused for another reason.
    """

    role: str
    service: str
    session: str
    region: str
    untrusted: str
    denied: str
    refused: str

    async def ask(self, service: str, operation: str, parameters: dict[str, Any]) -> Any:
        """Call another service; a body that is streamed is read.

        Raises
        ------
        FailedError
            If the role cannot be assumed, or the call is refused.
        """
        return await asyncio.to_thread(self._ask, service, operation, parameters)

    def _ask(self, service: str, operation: str, parameters: dict[str, Any]) -> Any:
        from botocore.exceptions import ClientError

        call = (service, operation, parameters)
        try:
            answer = role_sessions.call(self.role, self.service, self.session, self.region, call)
        except role_sessions.NotTrustedError as error:
            raise FailedError(self.untrusted, str(error)) from None
        except ClientError as error:
            denied = "not authorized" in str(error) or "AccessDenied" in str(error)
            raise FailedError(self.denied if denied else self.refused, str(error)) from None
        if operation == "GetObject":
            answer["Body"] = answer["Body"].read()
        return answer
