"""The tokens of lists in pages: they say with which entry the next page begins."""

from __future__ import annotations

import base64
import binascii


def write(number: int) -> str:
    """Return the token of a page that begins with entry `number`."""
    return base64.b64encode(f"from:{number}".encode()).decode()


def read(token: str) -> int | None:
    """Return with which entry a token's page begins; None if it is no such token."""
    try:
        return int(base64.b64decode(token, validate=True).removeprefix(b"from:"))
    except (binascii.Error, ValueError):
        return None
