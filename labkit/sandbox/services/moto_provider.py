"""What the services have in common that moto answers: rules first, and one request at a time.

moto refuses most of what EC2 refuses where MiniStack says yes, so these services are its own. Its
import takes a second, so it waits for the first request to one of them.
"""

from __future__ import annotations

import asyncio
import logging
import threading

from labkit.sandbox.gateway.errors import AwsError, Unsupported, ValidationError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.provider import Output, Provider
from labkit.sandbox.upstream import moto

LOG = logging.getLogger(__name__)

_one_at_a_time = threading.RLock()
"""moto's backends know one another and no threads."""


class MotoProvider(Provider):
    """A service that moto answers, as far as no method of a subclass does."""

    def settle(self, request: Request) -> None:
        """Let what time has done show, before anything is looked at."""

    def check(self, request: Request) -> None:
        """Refuse what AWS refuses and moto takes, or complete the request's form.

        Raises
        ------
        labkit.sandbox.gateway.errors.AwsError
            With AWS's error.
        """

    async def answer(self, request: Request) -> Output:
        """Answer a request on a thread: moto's work would hold up all others."""
        return await asyncio.to_thread(self._answer, request)

    def _answer(self, request: Request) -> Output:
        """Answer a request; what moto cannot read or fails on is refused, as it would be by AWS."""
        with _one_at_a_time:
            try:
                self.settle(request)
                self.check(request)
                method = self.operations.get(request.operation)
                return getattr(self, method)(request) if method else moto.ask(request)
            except AwsError:
                raise
            except NotImplementedError as error:
                raise Unsupported(f"Not in the sandbox: {error}") from error
            except ValueError as error:
                raise ValidationError(str(error), "InvalidParameterValue") from error
            except Exception as error:
                if refusal := moto.refusal(error):
                    raise AwsError(refusal[1], refusal[0]) from error
                LOG.exception("moto failed at %s", request.operation)
                raise ValidationError(
                    f"{request.operation} names something that does not exist, or takes no such "
                    "value."
                ) from error
