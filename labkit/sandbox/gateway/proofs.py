"""What the head of a request proves of who sent it, before any of the body is read.

The signature covers the hash of the body. Where a header has that hash, as in every call of S3, or
the body is not signed, as in a presigned URL, the head alone shows whether the signature is right.
Elsewhere it shows whether it can be: its form, its date, the key, the session's token.
Source: IAM User Guide, "Create a signed AWS API request"; S3 API Reference, "Signature calculations
for the authorization header".
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from labkit.sandbox.gateway import planes, signatures
from labkit.sandbox.gateway.errors import AuthenticationError
from labkit.sandbox.gateway.head import Head
from labkit.sandbox.gateway.refusals import unauthenticated
from labkit.sandbox.upstream.app import app, responses, router
from labkit.sandbox.upstream.iam import evaluator
from labkit.sandbox.upstream.s3 import s3

SIGNED_IN_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
"""Instead of a hash: each piece of the body has a signature of its own."""


def is_proven(asked: Head, service: str) -> bool:
    """Tell whether a request of the control plane is known to be its signer's.

    Parameters
    ----------
    asked
        The request's head.
    service
        MiniStack's name of the service.

    Raises
    ------
    labkit.sandbox.gateway.errors.AuthenticationError
        If it has no signature and needs one, or one that cannot be right.
    """
    signed = signatures.signed_by(asked.headers, asked.query)
    if not any(signed) and planes.is_bucket(asked.method, asked.path, asked.headers, asked.query):
        return False
    pinned = _pin(asked)
    if pinned is not None and pinned.s3_scoped and service == "s3":
        _check_presigned(asked)
        return True
    failure = _failure(asked, signed)
    if failure is None:
        return True
    if failure.code == "SignatureDoesNotMatch" and pinned and _takes_the_body(asked, pinned):
        return False
    raise unauthenticated(service, failure, asked.headers)


def _failure(asked: Head, signed: tuple[bool, bool]) -> Any:
    """Return what is wrong with a signature, as far as the head tells; None if it is right."""
    if all(signed):
        return signatures.SIGNED_TWICE
    if not any(signed):
        return signatures.UNSIGNED
    return signatures.verified_so_far(asked.headers, asked.query)


def _pin(asked: Head) -> Any:
    """Let MiniStack note the signature, as its application does; return its note of it."""
    key = router.extract_access_key_id(asked.headers, asked.query)
    try:
        responses.set_request_account_id(app._request_account_scope(key) if key else "")
    except evaluator.AmbiguousAccessKeyError:
        return None
    responses.set_request_region(router.extract_region(asked.headers, asked.query))
    evaluator.pin_signed_request(asked.method, asked.raw_path, asked.query, asked.fields)
    return evaluator._signed_request.get()


def _takes_the_body(asked: Head, pinned: Any) -> bool:
    """Tell whether it takes the whole body to see that a signature is right."""
    given = asked.headers.get("x-amz-content-sha256", "")
    return not pinned.sigv2 and (not given or given.startswith(SIGNED_IN_CHUNKS))


def _check_presigned(asked: Head) -> None:
    """Let S3 verify a presigned URL."""
    given = asked.method, asked.path, asked.headers, asked.query
    if refused := s3._verify_presigned_sigv4(*given):
        status, _, body = refused
        told = ElementTree.fromstring(body)
        raise AuthenticationError(
            told.findtext("Message", ""), told.findtext("Code", ""), status=status
        )
