"""The learner's part of a class in their own server: an extension of Jupyter Server.

It sends what the learner shares, and gives their page what it shows: notes, the hand, the switch.
"""

from __future__ import annotations

import asyncio
import os
import re
from functools import partial
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from labkit.classroom.class_events import KERNEL_DIED
from labkit.classroom.outbox import Outbox
from labkit.classroom.reporter import VIEW, Reporter
from labkit.course.server.extension import CLASSROOM

HAND_AT = "labkit/class"
"""Below the server's own address."""
KERNELS_EVERY_S = 2.0
_LESSON = re.compile(r"day-\d+/\d+-([a-z0-9-]+)\.ipynb$")


class ClassHandler(APIHandler):
    """What the page asks: the state, and each thing that a learner can say."""

    _track_activity = False  # looking every other second is no work

    def initialize(self, reporter: Reporter) -> None:
        """Take what the extension made."""
        self.reporter = reporter

    @web.authenticated
    def get(self) -> None:
        """Send the state."""
        self.finish(self.reporter.state())

    @web.authenticated
    def post(self) -> None:
        """Take one thing: ``shares`` (with ``forget``), ``raised`` or ``seen``."""
        said = self.get_json_body() or {}
        outbox = self.reporter.outbox
        if isinstance(said.get("shares"), bool):
            outbox.share(said["shares"], forget=said.get("forget") is True)
        elif isinstance(said.get("raised"), bool):
            outbox.raise_hand(said["raised"])
        elif isinstance(said.get("seen"), int):
            outbox.choice.seen = said["seen"]
            outbox.save()
        else:
            raise web.HTTPError(400, "shares, raised or seen")
        self.finish(self.reporter.state())


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: Any) -> None:
    """Begin to send and listen, if this server belongs to a class."""
    if VIEW not in os.environ:
        return
    reporter = Reporter(Outbox())
    settings = app.web_app.settings
    path = url_path_join(settings["base_url"], HAND_AT)
    app.web_app.add_handlers(".*$", [(path, ClassHandler, {"reporter": reporter})])
    settings[CLASSROOM] = lambda: {"hand": HAND_AT, "raised": reporter.outbox.choice.hand}
    loop = app.io_loop.asyncio_loop
    app.labkit_class = [  # the loop alone would let them be collected
        loop.create_task(reporter.keep_sending()),
        loop.create_task(reporter.keep_listening()),
        loop.create_task(_watch_kernels(app, reporter.outbox)),
    ]


async def _watch_kernels(app: Any, outbox: Outbox) -> None:
    """See when a kernel dies; who shares nothing is not told of."""
    watched: set[str] = set()
    while True:
        for kernel in set(app.kernel_manager.list_kernel_ids()) - watched:
            watched.add(kernel)
            for event in ("restart", "dead"):
                died = partial(_died, app, outbox, kernel)
                app.kernel_manager.add_restart_callback(kernel, died, event)
        await asyncio.sleep(KERNELS_EVERY_S)


def _died(app: Any, outbox: Outbox, kernel: str) -> None:
    if not outbox.choice.shares:
        return
    manager = app.session_manager
    row = manager.cursor.execute("SELECT path FROM session WHERE kernel_id = ?", (kernel,))
    found = row.fetchone()
    match = _LESSON.search(found[0] if found else "")
    outbox.put(KERNEL_DIED, match[1] if match else "")
