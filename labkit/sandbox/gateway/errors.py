"""What AWS answers in place of a result.

::

    AwsError                     an error with a code, a message and an HTTP status
    ├── RequestError             the request cannot be read, or names no operation
    │   ├── SerializationError     its body is not what the protocol writes
    │   ├── TooLarge               its body is larger than the service takes
    │   └── UnknownOperation       the service has no such operation
    ├── AuthenticationError      who sent it cannot be told
    ├── AccessDenied             they may not do that
    ├── ValidationError          a parameter is missing, or not as it has to be
    ├── ResourceNotFound         what it names does not exist
    ├── ResourceConflict         what it names exists already, or is in use
    ├── Unsupported              AWS has it and the sandbox has not
    └── ServiceFailure           the fault is the service's own (HTTP 500)

Raise the class that fits with the code that the operation's page in the API Reference gives;
without one, an error has the common code of its kind, which differs by protocol. The serializers
(`gateway/serialise/`) write it as the request's protocol does, so nobody else writes an error.
Source: API References, "Common Errors" of each service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn

XML = ("query", "ec2", "rest-xml")
"""The protocols whose common codes are the older ones."""


class AwsError(Exception):
    """An error that an operation answers with.

    Parameters
    ----------
    message
        What the caller reads.
    code
        The error's code; by default the common one of the class, in the request's protocol.
    status
        The HTTP status.
    members
        Further members of the error's shape, by their names on the wire.
    """

    codes: ClassVar[Mapping[str, str]] = {"": "InternalFailure"}
    """The common code, by protocol; the one under no name is that of all others."""

    status = 400

    def __init__(
        self, message: str, code: str = "", *, status: int = 0, members: Any = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.given_code = code
        self.status = status or type(self).status
        self.members: dict[str, Any] = dict(members or {})

    def code(self, protocol: str) -> str:
        """Return the error's code in a protocol."""
        return self.given_code or self.codes.get(protocol) or self.codes[""]

    @property
    def fault(self) -> str:
        """Whose fault it is: ``Sender`` or ``Receiver``."""
        return "Sender" if self.status < 500 else "Receiver"


def refuse(code: str, message: str, status: int = 400) -> NoReturn:
    """Refuse the request in hand with an error of the operation's own.

    Raises
    ------
    AwsError
        Always.
    """
    raise AwsError(message, code, status=status)


class RequestError(AwsError):
    """The request cannot be read, or names no operation."""

    codes: ClassVar[Mapping[str, str]] = dict.fromkeys(XML, "MissingAction") | {
        "": "SerializationException"
    }


class SerializationError(RequestError):
    """A body that is not what the protocol writes, or a value of another type."""

    codes: ClassVar[Mapping[str, str]] = dict.fromkeys(XML, "MalformedQueryString") | {
        "": "SerializationException"
    }


class TooLarge(RequestError):
    """A body that is larger than the service takes."""

    codes: ClassVar[Mapping[str, str]] = {"": "RequestEntityTooLarge"}
    status = 413


class UnknownOperation(RequestError):
    """The service has no operation of that name."""

    codes: ClassVar[Mapping[str, str]] = dict.fromkeys(XML, "InvalidAction") | {
        "": "UnknownOperationException"
    }


class AuthenticationError(AwsError):
    """Who sent the request cannot be told; its code depends on the service and is always given."""

    status = 403


class AccessDenied(AwsError):
    """The caller may not do that."""

    codes: ClassVar[Mapping[str, str]] = {
        "query": "AccessDenied",
        "ec2": "UnauthorizedOperation",
        "rest-xml": "AccessDenied",
        "": "AccessDeniedException",
    }
    status = 403


class ValidationError(AwsError):
    """A parameter is missing, or is not as it has to be."""

    codes: ClassVar[Mapping[str, str]] = {
        "query": "ValidationError",
        "ec2": "InvalidParameterValue",
        "": "ValidationException",
    }


class ResourceNotFound(AwsError):
    """What the request names does not exist."""

    codes: ClassVar[Mapping[str, str]] = {"": "ResourceNotFoundException"}
    status = 404


class ResourceConflict(AwsError):
    """What the request names exists already, or is in use."""

    codes: ClassVar[Mapping[str, str]] = {"": "ResourceConflictException"}
    status = 409


class Unsupported(AwsError):
    """AWS has it and the sandbox has not; nothing was done."""

    codes: ClassVar[Mapping[str, str]] = {"": "UnsupportedOperation"}


class ServiceFailure(AwsError):
    """The fault is the service's own."""

    codes: ClassVar[Mapping[str, str]] = dict.fromkeys(XML, "InternalFailure") | {
        "": "InternalFailure"
    }
    status = 500
