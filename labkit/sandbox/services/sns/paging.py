"""Pages of SNS's lists: a hundred entries each.

Source: SNS API Reference, ListTopics and ListSubscriptions.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from labkit.sandbox.services.sns import arns

LENGTH = 100
"""Entries of a page."""


def page(entries: list[Any], token: str | None) -> tuple[list[Any], dict[str, str]]:
    """Return the entries after a token, and the NextToken if more follow.

    Raises
    ------
    ValidationError
        If the token is none of SNS's.
    """
    begin = _begin(token) if token else 0
    following = begin + LENGTH
    after = {"NextToken": _token(following)} if following < len(entries) else {}
    return entries[begin:following], after


def _token(number: int) -> str:
    return base64.b64encode(f"from:{number}".encode()).decode()


def _begin(token: str) -> int:
    try:
        return int(base64.b64decode(token, validate=True).removeprefix(b"from:"))
    except (binascii.Error, ValueError):
        arns.invalid("NextToken Reason: invalid value")
