"""A hands-on AWS serverless bootcamp: lessons drive it, it provisions, measures and cleans up.

A notebook needs one name from here::

    from labkit import Lab

    lab = Lab("delivery-queue")
    sqs = lab.client("sqs")  # an ordinary boto3 client
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.errors import LabkitError, NotAttempted, Refused, SandboxUnavailable
from labkit.polling import wait_until
from labkit.version import VERSION

if TYPE_CHECKING:
    from labkit.lab import Lab

__version__ = VERSION
__all__ = [
    "Lab",
    "LabkitError",
    "NotAttempted",
    "Refused",
    "SandboxUnavailable",
    "__version__",
    "wait_until",
]


def __getattr__(name: str) -> Any:
    """Import `Lab` only when it is asked for: the sandbox shares this package without it."""
    if name == "Lab":
        from labkit.lab import Lab

        return Lab
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
