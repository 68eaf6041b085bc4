"""Taking a service's seams when its first request comes, as MiniStack loads it only then.

Loading every service at the start would take longer than the sandbox may take to be healthy. What
the seams were written against is checked at the start all the same, by the packages' versions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from labkit.sandbox import seams

Response = tuple[int, dict[str, Any], bytes]
Handler = Callable[..., Awaitable[Response]]


def on_first_request(service: str, install: Callable[[], None]) -> None:
    """Call `install` before the first request to `service`, one of MiniStack's names.

    Raises
    ------
    labkit.sandbox.seams.SeamError
        If MiniStack has no such service any more.
    """
    installed = False

    async def handle(*request: Any) -> Response:
        nonlocal installed
        if not installed:
            installed = True
            install()
        return await upstream(*request)

    upstream: Handler = seams.replace_item("ministack.app", "SERVICE_HANDLERS", service, handle)
