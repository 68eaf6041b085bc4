"""Work that needs boto3 or takes long: each piece is a program of its own."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

LAST_LINES = 5
"""How much of what a failed program said is shown."""


@dataclass
class Errand:
    """A program that prints JSON, and what came of its last run.

    Attributes
    ----------
    arguments
        Of ``python -m``.
    running
        Whether it runs.
    result
        What it printed last; None before.
    error
        Why there is no result, in a sentence; "" otherwise.
    at
        When it last ended, UTC, ISO 8601; "" before.
    """

    arguments: Sequence[str]
    running: bool = False
    result: Any = None
    error: str = ""
    at: str = ""

    def start(self, changed: Callable[[], None]) -> asyncio.Task[None]:
        """Run it beside the server, in a session of its own: Ctrl-C there does not reach it.

        Parameters
        ----------
        changed
            Is called when it has begun, and when it has ended.
        """
        self.running, self.error = True, ""
        changed()
        return asyncio.get_running_loop().create_task(self._run(changed))

    def as_json(self) -> dict[str, Any]:
        """Return how it stands, for ``json.dumps``."""
        return {
            "running": self.running,
            "result": self.result,
            "error": self.error,
            "at": self.at,
        }

    async def _run(self, changed: Callable[[], None]) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", *self.arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            said, complained = await process.communicate()
            self._take(process.returncode, said.decode(), complained.decode(errors="replace"))
        except OSError as error:
            self.error = f"It could not be started: {error}."
        finally:
            self.running = False
            self.at = datetime.now(UTC).isoformat(timespec="seconds")
            changed()

    def _take(self, code: int | None, said: str, complained: str) -> None:
        """Read what the program printed; one that was killed or failed has printed no JSON."""
        try:
            self.result = json.loads(said)
        except ValueError:
            self.result = None
            ending = f"signal {-code}" if code is not None and code < 0 else f"code {code}"
            lines = complained.strip().splitlines()[-LAST_LINES:]
            self.error = "\n".join([f"It stopped before its end ({ending}).", *lines])
