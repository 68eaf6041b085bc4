"""A request on its way through the gateway, and the response that it gets."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from labkit.sandbox.gateway import models, parse

if TYPE_CHECKING:
    from botocore.model import OperationModel

current: ContextVar[Request | None] = ContextVar("request", default=None)
"""The request from outside that this context serves."""

Parameters = dict[str, Any]
"""The members of an operation's input or output, by botocore's names."""


class Response(NamedTuple):
    """An HTTP response; a header's value is a text, or a list of texts for one line each."""

    status: int
    headers: dict[str, Any]
    body: Any
    """Bytes, or what MiniStack has for a body that is streamed."""


@dataclass
class Request:
    """One call of an operation, from outside or from another service.

    Attributes
    ----------
    method, path, raw_path, query, headers, body
        What came over the wire: the path decoded and as it was sent, the values of each parameter
        of the query string, the headers by their names in lower case.
    id
        The request's id, which its response and its error carry.
    account, region
        The account and the region that the operation is about.
    service
        The service by boto's name, for example ``stepfunctions``; empty until it is recognised.
    operation
        The operation by botocore's name, for example ``Publish``; empty if none fits.
    protocol
        The protocol that this request speaks: ``query``, ``ec2``, ``json``, ``rest-json``,
        ``rest-xml`` or ``smithy-rpc-v2-cbor``.
    caller
        Who signed it, as IAM knows them; None until that is known, and for a service.
    """

    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, list[str]] = field(default_factory=dict)
    body: bytes = b""
    raw_path: str = ""
    id: str = ""
    account: str = ""
    region: str = ""
    service: str = ""
    operation: str = ""
    protocol: str = ""
    caller: Any = None
    upstream: Callable[[Request], Awaitable[Response]] | None = field(default=None, repr=False)

    @property
    def model(self) -> OperationModel:
        """botocore's model of the operation.

        Raises
        ------
        botocore.model.OperationNotFoundError
            If the service has no such operation.
        """
        return models.operation(self.service, self.operation, self.protocol)

    @functools.cached_property
    def form(self) -> parse.Form:
        """The fields of a request of the query protocols, as they were sent."""
        return parse.form(self)

    @functools.cached_property
    def decoded(self) -> Any:
        """The body of a request of the JSON and CBOR protocols, decoded once.

        Raises
        ------
        labkit.sandbox.gateway.errors.SerializationError
            If it cannot be read.
        """
        return parse.body(self)

    @functools.cached_property
    def parameters(self) -> Parameters:
        """The operation's parameters, by botocore's names of its input's members.

        Numbers and truth values are such whatever the protocol; a blob and a timestamp are as the
        protocol writes them.

        Raises
        ------
        labkit.sandbox.gateway.errors.AwsError
            If they cannot be read.
        """
        return parse.parameters(self)

    def with_parameters(self, parameters: Parameters) -> Request:
        """Return the request as it would have been sent with other parameters."""
        return dataclasses.replace(self, **parse.changed(self, parameters))

    def in_json(self) -> Request:
        """Return the request as it would have been sent in JSON."""
        if self.protocol == "json":
            return self
        parts = parse.written(self.service, self.operation, self.parameters)
        return dataclasses.replace(self, **parts)

    async def forward(self, **changed: Any) -> Response:
        """Have the operation answered by what stands behind the provider, MiniStack or moto.

        Parameters
        ----------
        changed
            Parameters that it is to meet in place of those that were sent, by botocore's names.
        """
        assert self.upstream is not None, "a request is forwarded while a provider answers it"
        request = self
        if changed:
            request = self.with_parameters(self.parameters | changed)
        return await self.upstream(request)
