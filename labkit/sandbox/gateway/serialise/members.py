"""What the protocols share: timestamps, blobs, and the members that an output has."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any


def given(shape: Any, members: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield the name, the shape and the value of each member that has a value.

    Raises
    ------
    KeyError
        If the structure has no such member.
    """
    for name, value in members.items():
        if value is not None:
            yield name, shape.members[name], value


def timestamp(value: Any, form: str) -> Any:
    """Write a point in time.

    Parameters
    ----------
    value
        A `datetime`, a number of seconds since 1970, or a text, which stays as it is.
    form
        ``iso8601``, ``rfc822`` or ``unixTimestamp``, as the models name them.
    """
    if isinstance(value, str):
        return value
    if form == "unixTimestamp":
        return value.timestamp() if isinstance(value, datetime) else value
    time = value if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)
    time = time.astimezone(UTC)
    if form == "rfc822":
        return format_datetime(time, usegmt=True)
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def blob(value: Any) -> str:
    """Write bytes as Base64; a text is taken as written already."""
    return value if isinstance(value, str) else base64.b64encode(value).decode()
