"""Pages of SNS's lists: a hundred entries each.

Source: SNS API Reference, ListTopics and ListSubscriptions.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import page_tokens
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
    begin = page_tokens.read(token) if token else 0
    if begin is None:
        arns.invalid("NextToken Reason: invalid value")
    following = begin + LENGTH
    after = {"NextToken": page_tokens.write(following)} if following < len(entries) else {}
    return entries[begin:following], after
