"""What was found out for one request and holds for the next, while nothing else is asked.

What policies say of a caller changes by a request, or by itself, as a stack's deployment goes on.
Whoever knows of the change has heard of it in the answer to a request. So a finding is kept while
only requests are served that change nothing of its kind, and given up as soon as another one comes.
"""

from __future__ import annotations

import time
from typing import Generic, TypeVar

from labkit.sandbox.process.asgi import Application, Receive, Scope, Send

HOLDS_SECONDS = 0.1
"""How old a finding may be at most, though nothing was asked: some changes come by themselves."""

MOST = 256
"""How many findings are kept; of more, all are forgotten."""

Finding = TypeVar("Finding")


class Undisturbed(Generic[Finding]):
    """Keeps findings by a key, on the event loop, while no other request disturbs them."""

    def __init__(self) -> None:
        self._others = 0
        self._found: dict[object, tuple[float, Finding]] = {}

    def but_for(self, application: Application) -> Application:
        """Return `application`, of which every request makes all findings forgotten.

        While it serves one, none is kept: what that will have changed shows only afterwards.
        """

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            self._others += 1
            self._found.clear()
            try:
                await application(scope, receive, send)
            finally:
                self._others -= 1

        return serve

    def get(self, key: object) -> Finding | None:
        """Return what was found and still holds; None if it is to be found out anew."""
        known = self._found.get(key)
        if known is None or time.monotonic() - known[0] > HOLDS_SECONDS:
            return None
        return known[1]

    def keep(self, key: object, finding: Finding) -> None:
        """Keep what was found out just now, unless another request is being served."""
        if self._others:
            return
        if len(self._found) >= MOST:
            self._found.clear()
        self._found[key] = time.monotonic(), finding
