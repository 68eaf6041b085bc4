"""The date that HTTP wants in each response, written once a second."""

from __future__ import annotations

import functools
import time
from email.utils import formatdate


def now() -> str:
    """Return the present time as HTTP writes it, for example ``Mon, 30 Nov 2026 09:18:11 GMT``."""
    return _written(int(time.time()))


@functools.lru_cache(maxsize=1)
def _written(second: int) -> str:
    return formatdate(second, usegmt=True)
