"""Buckets of a stack, with the tags of their template and of their stack.

MiniStack's stacks leave both out.
Source: CloudFormation Template Reference, AWS::S3::Bucket, Tags; CloudFormation User Guide,
"Resource tags".
"""

from __future__ import annotations

from labkit.sandbox.services.cloudformation.handling import Properties
from labkit.sandbox.upstream.s3 import s3

BUCKET = "AWS::S3::Bucket"


def finish(name: str, properties: Properties, new: bool) -> None:
    """Give a bucket the tags that its stack gives it."""
    s3._bucket_tags[name] = {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}
