"""What the tests of S3 share: a bucket of a test's own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Aws


class Bucket:
    """A bucket of a test's own."""

    def __init__(self, aws: Aws) -> None:
        self.aws, self.s3, self.name = aws, aws.client("s3"), aws.name("bucket")
        self.s3.create_bucket(
            Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": aws.region}
        )

    def rules(self, *rules: dict[str, Any], **more: Any) -> Any:
        """Put lifecycle rules."""
        return self.s3.put_bucket_lifecycle_configuration(
            Bucket=self.name, LifecycleConfiguration={"Rules": list(rules)}, **more
        )

    def read(self) -> Any:
        """Read them."""
        return self.s3.get_bucket_lifecycle_configuration(Bucket=self.name)

    def put(self, key: str = "menu", body: bytes = b"rice", **more: Any) -> Any:
        """Put an object."""
        return self.s3.put_object(Bucket=self.name, Key=key, Body=body, **more)


@pytest.fixture
def bucket(aws: Aws) -> Bucket:
    """A bucket of this test's own."""
    return Bucket(aws)
