"""Templates and stack policies in S3, by the addresses that S3 has.

MiniStack takes any address, and reads a bucket's name from its path alone.
Source: CloudFormation API Reference, CreateStack (`TemplateURL`) and SetStackPolicy; S3 User Guide,
"Virtual hosting of general purpose buckets"; the wording as AWS answers it.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.request import Request

ADDRESSES = ("TemplateURL", "StackPolicyURL", "StackPolicyDuringUpdateURL")
"""Parameters that say where in S3 a document lies."""

OF_A_BUCKET = re.compile(r"(?P<bucket>[a-z0-9][a-z0-9.-]+)\.s3[.-]")
"""How a host begins that names a bucket."""

OF_S3 = re.compile(r"s3[.-].*|localhost|127\.0\.0\.1|\[?::1\]?")
"""Hosts whose path begins with a bucket: S3, and this computer."""


def with_paths(request: Request) -> Request:
    """Return a request whose addresses have the bucket in their path.

    Raises
    ------
    labkit.sandbox.gateway.errors.ValidationError
        With what AWS answers, if one is no address of S3.
    """
    given = {name: request.form.text(name) for name in ADDRESSES}
    changed = {name: _with_path(name, url) for name, url in given.items() if url}
    return request.with_parameters(request.parameters | changed) if changed else request


def _with_path(name: str, url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "s3":
        raise ValidationError(
            f"S3 error: Domain name specified in {parts.netloc} is not a valid S3 domain"
        )
    host = parts.hostname or ""
    if match := OF_A_BUCKET.match(host):
        return f"{parts.scheme}://s3.amazonaws.com/{match['bucket']}{parts.path}"
    if parts.scheme not in ("http", "https") or not OF_S3.fullmatch(host):
        raise ValidationError(f"{name} must be a supported URL.")
    return url
