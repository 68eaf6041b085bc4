"""Settings of a bucket that S3 refuses: versioning, encryption, ownership and websites.

MiniStack keeps any.
Source: S3 API Reference, PutBucketVersioning, PutBucketEncryption, PutBucketOwnershipControls and
PutBucketWebsite; some texts are on no record of an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.dom import minidom

from labkit.sandbox.gateway.errors import AwsError, refuse
from labkit.sandbox.services.s3 import lifecycle, requests

NO_STATUS = "The Versioning element must be specified"
NO_KEY = (
    "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
)
BAD_SUFFIX = "The IndexDocument Suffix is not well formed"
NO_SUFFIX = "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"
BOTH = "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."


def check(name: str, body: bytes) -> None:
    """Check a setting that is given as XML, by the name of its part of the query.

    Raises
    ------
    AwsError
        If S3 refuses it.
    """
    CHECKS[name](minidom.parseString(body))


def _texts(root: Any, name: str) -> list[str]:
    return [lifecycle.text(one) for one in root.getElementsByTagName(name)]


def _versioning(root: Any) -> None:
    if not _texts(root, "Status"):
        refuse("IllegalVersioningConfigurationException", NO_STATUS)


def _encryption(root: Any) -> None:
    for one in root.getElementsByTagName("ApplyServerSideEncryptionByDefault"):
        if _texts(one, "KMSMasterKeyID") and _texts(one, "SSEAlgorithm") == ["AES256"]:
            raise _argument(NO_KEY, "ApplyServerSideEncryptionByDefault")


def _ownership(root: Any) -> None:
    owners = _texts(root, "ObjectOwnership")
    if not owners or not set(owners) <= set(requests.OWNERSHIPS):
        refuse(*lifecycle.MALFORMED)


def _website(root: Any) -> None:
    redirects = root.getElementsByTagName("RedirectAllRequestsTo")
    suffixes = _texts(root, "Suffix")
    if redirects and (suffixes or root.getElementsByTagName("RoutingRules")):
        raise _argument(BOTH, "RedirectAllRequestsTo")
    if not redirects and not suffixes:
        raise _argument(NO_SUFFIX, "IndexDocument")
    if any(not suffix or "/" in suffix for suffix in suffixes):
        raise _argument(BAD_SUFFIX, "IndexDocument")


def _argument(said: str, name: str) -> AwsError:
    return AwsError(said, "InvalidArgument", members={"ArgumentName": name})


CHECKS: dict[str, Callable[[Any], None]] = {
    "encryption": _encryption,
    "ownershipControls": _ownership,
    "versioning": _versioning,
    "website": _website,
}
"""By part of the query: what is wrong with a setting."""
