"""`python -m labkit.classroom.view`: serve the class view until SIGTERM."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from pathlib import Path
from urllib.parse import urlsplit

from labkit.classroom.course_plan import read_plan
from labkit.classroom.folder import write_private
from labkit.classroom.ledger import FILE, Ledger
from labkit.classroom.running import served_class
from labkit.classroom.view.app import application
from labkit.classroom.view.classroom_state import Classroom, keep_looking

LONGEST_BODY = 4 * 1024 * 1024
"""Bytes of a request; 200 events of the longest texts are some 3 MB."""


async def main() -> None:
    """Serve the class that the environment names.

    Raises
    ------
    LabkitError
        The class was never served.
    """
    folder, running = served_class("the class view")
    plan = read_plan(folder.settings.start)
    ledger = Ledger(folder.private / FILE)
    classroom = Classroom(folder, running, plan, ledger)
    prefix = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
    where = urlsplit(running.view)
    server = application(classroom, prefix, _cookie_secret(folder.private)).listen(
        where.port or 0, where.hostname or "", max_body_size=LONGEST_BODY
    )
    looking = asyncio.create_task(keep_looking(classroom))
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    ended = asyncio.create_task(over.wait())
    done, _ = await asyncio.wait({looking, ended}, return_when=asyncio.FIRST_COMPLETED)
    server.stop()
    classroom.ledger.close()
    if looking in done:
        looking.result()  # it only ends by an error, and the keeper starts this program again


def _cookie_secret(folder: Path) -> bytes:
    """Return what signs the page's cookies; it outlives this program, so that sessions do."""
    file = folder / "view_cookie_secret"
    if not file.exists():
        write_private(file, secrets.token_hex(32))
    return file.read_bytes()


if __name__ == "__main__":
    asyncio.run(main())
