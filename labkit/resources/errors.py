"""Sorts what AWS answers when something is to be read or deleted."""

from __future__ import annotations

import re

DENIED = re.compile(r"AccessDenied|Unauthorized|NotAuthorized|AuthFailure|Forbidden")
"""Error codes that say: you may not."""

THROTTLED = re.compile(r"Throttl|TooManyRequests|RequestLimitExceeded|SlowDown")
"""Error codes that say: not so fast."""


def code_of(error: BaseException) -> str:
    """Return the code of AWS's answer, or the error's own name where AWS gave none."""
    answer = getattr(error, "response", None)
    if isinstance(answer, dict):
        return str(answer.get("Error", {}).get("Code", ""))
    return type(error).__name__


def is_denied(error: BaseException) -> bool:
    """Tell whether the credentials were not allowed to do it."""
    return DENIED.search(code_of(error)) is not None


def is_throttled(error: BaseException) -> bool:
    """Tell whether it came too soon after other calls."""
    return THROTTLED.search(code_of(error)) is not None
