"""A connection that its client has closed ends at once.

Hypercorn leaves it open until its time to be idle is over, and each holds a descriptor: a class
that places orders with a new connection each would have used up a computer's few hundred.
"""

from __future__ import annotations

from labkit.sandbox.upstream import seams

SERVER = "hypercorn.asyncio.run"


def install() -> None:
    """Take the place of Hypercorn's connections."""
    upstream = seams.use(SERVER, "TCPServer", like="type")

    class Connection(upstream):  # type: ignore[misc, valid-type]
        """Stops waiting for a next request once the client has sent its last."""

        async def _read_data(self) -> None:
            await super()._read_data()
            await self.idle_task.stop()

    seams.replace(SERVER, "TCPServer", Connection, like="type")
