"""Buckets of a stack: their tags, and that they are deleted empty.

MiniStack's stacks leave out the tags of a template and of its stack, and delete a bucket with what
is in it. CloudFormation deletes no object: it fails to delete such a bucket.
Source: CloudFormation Template Reference, AWS::S3::Bucket; CloudFormation User Guide, "Resource
tags" and "Troubleshooting CloudFormation" (delete stack fails).
"""

from __future__ import annotations

import secrets
from typing import Any

from labkit.sandbox.services.cloudformation.handling import Handlers, Properties
from labkit.sandbox.upstream.s3 import s3

BUCKET = "AWS::S3::Bucket"


def finish(name: str, properties: Properties, new: bool) -> None:
    """Give a bucket the tags that its stack gives it."""
    s3._bucket_tags[name] = {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}


def deleted_empty(handlers: Handlers) -> Handlers:
    """Return handlers that refuse to delete a bucket in which something is."""

    def delete(name: str, properties: Properties, *more: Any) -> Any:
        bucket = s3._buckets.get(name)
        if bucket and (bucket["objects"] or s3._bucket_has_versions(name)):
            raise ValueError(_not_empty())
        return handlers["delete"](name, properties, *more)

    return handlers | {"delete": delete}


def _not_empty() -> str:
    """Write what S3 says, as CloudFormation hands it on."""
    request, extended = secrets.token_hex(8).upper(), secrets.token_urlsafe(56)
    return (
        'Resource handler returned message: "The bucket you tried to delete is not empty (Service: '
        f'S3, Status Code: 409, Request ID: {request}, Extended Request ID: {extended})" '
        "(HandlerErrorCode: GeneralServiceException)"
    )
