"""Puts the course into Jupyter's server: its handlers, and a look at its files each second."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

from tornado.ioloop import PeriodicCallback
from tornado.websocket import WebSocketClosedError

from labkit.course.places import course_folder
from labkit.course.server.course import Course
from labkit.course.server.handlers import handlers

EVENT = "urn:labkit:course"
"""Names the event."""
SCHEMA = {
    "$id": EVENT,
    "version": "1",
    "title": "The course has changed",
    "description": "Progress, a run, or what the doctor found: labkit/state has it.",
    "type": "object",
    "properties": {},
}
EVERY_MS = 1000
CLASSROOM = "labkit_classroom"
"""Key of the web application's settings under which a class puts a `course.Classroom`."""

LOGS = ("tornado.general", "tornado.application", "asyncio")
"""Whose lines come into the server's log."""

_FALSE_ALARMS = re.compile(
    r"websocket_ping_timeout \(90000\) cannot be longer"
    r"|Kernel does not exist: |\b404 GET \S*/api/kernels/"
    r"|/\.~[^/]+ doesn't exist$"
    r"|^Got events for closed stream "
)
"""What Jupyter's server warns of though nothing is wrong, and no setting would keep it from.

It counts the pauses between pings in milliseconds, and Tornado reads them as seconds; only to give
up the pings would settle that: https://github.com/jupyter-server/jupyter_server/issues/1612.
A tab of yesterday asks today's server for its kernel, several times a minute. And a folder is
listed while a notebook in it is saved, by way of a file ``.~…`` that goes at once. What a kernel
says while its tab is reloaded comes to a stream that is closed.
"""


def no_false_alarm(record: logging.LogRecord) -> bool:
    """Tell whether a line of the server's log is worth a learner's time.

    What a kernel says to a tab that is closed or reloaded at that moment ends in a
    `WebSocketClosedError`: nobody is there to read it.
    """
    error = record.exc_info[1] if record.exc_info else None
    tab_has_gone = isinstance(error, WebSocketClosedError)
    return not tab_has_gone and not _FALSE_ALARMS.search(record.getMessage())


def load(server: Any) -> None:
    """Serve the course.

    JupyterLab is told of changes over the connection that it has for Jupyter's events anyway: a
    stream of our own would take one of the six that a browser opens to a server.

    Parameters
    ----------
    server
        The running ``jupyter_server.serverapp.ServerApp``.
    """
    for log in (server.log, *map(logging.getLogger, LOGS)):
        log.addFilter(no_false_alarm)
    settings = server.web_app.settings
    server.event_logger.register_event_schema(SCHEMA)
    course = Course(
        folder=course_folder(),
        root=Path(server.contents_manager.root_dir),
        tell=lambda: server.event_logger.emit(schema_id=EVENT, data={}),
        classroom=lambda: settings[CLASSROOM]() if CLASSROOM in settings else None,
    )
    server.web_app.add_handlers(".*$", handlers(server.base_url, course))
    PeriodicCallback(course.watch, EVERY_MS).start()
