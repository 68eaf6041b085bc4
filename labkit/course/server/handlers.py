"""The REST interface behind JupyterLab's sidebars; who may use the server may use it."""

from __future__ import annotations

import json
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from labkit.course.server.course import Course


class CourseHandler(APIHandler):
    """What all handlers share: the course, and how it answers."""

    def initialize(self, course: Course) -> None:
        """Take the course."""
        self.course = course

    def answer(self, told: Any) -> None:
        """Answer with JSON."""
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(told, ensure_ascii=False))


class LessonsHandler(CourseHandler):
    """``GET labkit/course``: the lessons, as they are whoever takes them."""

    @web.authenticated
    def get(self) -> None:
        """Answer with the lessons; one that is newer than the description is read meanwhile."""
        self.course.refresh()
        self.answer(self.course.described())


class StateHandler(CourseHandler):
    """``GET labkit/state``: progress, results, runs, findings, as they are now."""

    @web.authenticated
    def get(self) -> None:
        """Answer with the state; the first request lets the doctor look."""
        if not self.course.looking.at:
            self.course.look()
        self.answer(self.course.state())


class LookHandler(CourseHandler):
    """``POST labkit/look``: let the doctor look again."""

    @web.authenticated
    def post(self) -> None:
        """Begin; the state says when it has ended."""
        self.course.look()
        self.set_status(202)
        self.answer({})


class TearDownHandler(CourseHandler):
    """``POST labkit/teardown {"run": …}``: tear a run down."""

    @web.authenticated
    def post(self) -> None:
        """Begin; the state says how it goes and what came of it."""
        run = (self.get_json_body() or {}).get("run")
        if not isinstance(run, str) or not run.isalnum():
            raise web.HTTPError(400, "Name the run that is to be torn down.")
        self.course.tear_down(run)
        self.set_status(202)
        self.answer({})


class HintHandler(CourseHandler):
    """``POST labkit/hint {"lesson": slug, "exercise": id}``: show one more hint."""

    @web.authenticated
    def post(self) -> None:
        """Note it; the state then has one hint more."""
        asked = self.get_json_body() or {}
        if not self.course.hint(str(asked.get("lesson")), str(asked.get("exercise"))):
            raise web.HTTPError(404, "The course has no such exercise.")
        self.answer(self.course.state())


def handlers(
    base_url: str, course: Course
) -> list[tuple[str, type[CourseHandler], dict[str, Any]]]:
    """Return Tornado's rules for the interface."""
    rules: dict[str, type[CourseHandler]] = {
        "course": LessonsHandler,
        "state": StateHandler,
        "look": LookHandler,
        "teardown": TearDownHandler,
        "hint": HintHandler,
    }
    return [
        (url_path_join(base_url, "labkit", name), handler, {"course": course})
        for name, handler in rules.items()
    ]
