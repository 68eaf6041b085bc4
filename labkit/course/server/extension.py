"""Puts the course into Jupyter's server: its handlers, and a look at its files each second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tornado.ioloop import PeriodicCallback

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


def load(server: Any) -> None:
    """Serve the course.

    JupyterLab is told of changes over the connection that it has for Jupyter's events anyway: a
    stream of our own would take one of the six that a browser opens to a server.

    Parameters
    ----------
    server
        The running ``jupyter_server.serverapp.ServerApp``.
    """
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
