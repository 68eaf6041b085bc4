"""The names that the sandbox goes by: this computer's own, and AWS's, to which SDKs sign.

Source: botocore's endpoints ("dnsSuffix" of each partition); RFC 6761, 6.3 ("localhost").
"""

from __future__ import annotations

import functools
import ipaddress
import re

AWS = (
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".api.aws",
    ".on.aws",
    ".api.amazonwebservices.com.cn",
)
"""Domains of AWS's endpoints. None of them can be pointed to this computer by its owner's page."""

HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,255}?)\.?(:[0-9]{1,5})?")


@functools.lru_cache(maxsize=256)
def name(host: str) -> str | None:
    """Return the name in a `Host` header, without port, final dot and upper case; None if none."""
    found = HOST.fullmatch(host.lower())
    return found[1].strip("[]") if found else None


@functools.lru_cache(maxsize=256)
def is_ours(name: str) -> bool:
    """Tell whether a name is this computer's own, or one of AWS's."""
    if name == "localhost" or name.endswith((".localhost", *AWS)):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
