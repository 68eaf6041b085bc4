"""What instructors see and do: the page, its stream of news, one exercise, one learner, notes."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

from jupyterhub.services.auth import HubOAuth, HubOAuthenticated
from tornado import web
from tornado.iostream import StreamClosedError

from labkit.classroom.class_events import HAND_DOWN, ClassEvent
from labkit.classroom.hub import VIEW
from labkit.classroom.standing import over_class
from labkit.classroom.view.classroom_state import Classroom
from labkit.classroom.view.overview import as_csv
from labkit.classroom.view.sent import sent

STATIC = Path(__file__).parent / "static"
LONGEST_NOTE = 500
BEAT_S = 15.0
"""A line now and then keeps proxies from closing a quiet stream."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class InstructorsHandler(HubOAuthenticated, web.RequestHandler):  # type: ignore[misc]
    """Lets in who may look at the class."""

    hub_auth_class = HubOAuth
    hub_scopes = {VIEW}  # noqa: RUF012 (the base class's own name)

    def initialize(self, classroom: Classroom) -> None:
        """Take what all handlers share."""
        self.classroom = classroom

    def set_default_headers(self) -> None:
        """Keep the page to itself."""
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")


class Page(InstructorsHandler):
    """The page."""

    @web.authenticated
    async def get(self) -> None:
        """Send it, with the word that its own requests carry."""
        page = (STATIC / "index.html").read_text(encoding="utf-8")
        token = self.xsrf_token.decode("ascii")
        self.finish(page.replace("{{xsrf}}", token))


class Plan(InstructorsHandler):
    """The lessons and their exercises."""

    @web.authenticated
    async def get(self) -> None:
        """Send them."""
        self.finish({"lessons": self.classroom.plan.as_json()})


class Stream(InstructorsHandler):
    """The class, whenever it changes, as server-sent events."""

    @web.authenticated
    async def get(self) -> None:
        """Send it now, and again at each change until the page closes."""
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("X-Accel-Buffering", "no")
        version = 0
        try:
            while True:
                found = await self.classroom.wait(version, BEAT_S)
                if found > version:
                    version = found
                    self.write(f"data: {json.dumps(self.classroom.now())}\n\n")
                else:
                    self.write(": still here\n\n")
                await self.flush()
        except StreamClosedError:
            return


class WriteNote(InstructorsHandler):
    """Writes a note to everybody."""

    @web.authenticated
    async def post(self) -> None:
        """Take the note; learners get it at once, or when their server is back."""
        text = str(sent(self).get("text", "")).strip()
        if not 0 < len(text) <= LONGEST_NOTE:
            raise web.HTTPError(400, f"a note has 1 to {LONGEST_NOTE} characters")
        note = self.classroom.ledger.write_note(text)
        self.classroom.changed.set()
        self.finish(note.as_json())


class HandDown(InstructorsHandler):
    """Takes a hand down after the instructor has helped."""

    @web.authenticated
    async def post(self, who: str) -> None:
        """Take it down."""
        if who not in {one.who for one in self.classroom.folder.everyone}:
            raise web.HTTPError(404)
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        done = ClassEvent(key=f"down:{uuid.uuid4().hex}", at=at, event=HAND_DOWN)
        self.classroom.ledger.add(who, [done])
        self.classroom.changed.set()
        self.finish({})


class OneExercise(InstructorsHandler):
    """One exercise over the whole class."""

    @web.authenticated
    async def get(self, slug: str, exercise: str) -> None:
        """Send its counts."""
        lesson = self.classroom.plan.by_slug.get(slug)
        found = lesson.find(exercise) if lesson else None
        if lesson is None or found is None:
            raise web.HTTPError(404)
        self.finish(over_class(self.classroom.events(), lesson, found).as_json())


class OneLearner(InstructorsHandler):
    """What one learner has shared, the latest first."""

    @web.authenticated
    async def get(self, who: str) -> None:
        """Send it."""
        lines = [one.as_json() for one in reversed(self.classroom.events().get(who, []))]
        self.finish({"who": who, "events": lines[:200]})


class Export(InstructorsHandler):
    """The class as a table for spreadsheets."""

    @web.authenticated
    async def get(self) -> None:
        """Send it."""
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", 'attachment; filename="class.csv"')
        self.finish("\ufeff" + as_csv(self.classroom.everyone(), self.classroom.plan))


ROUTES: tuple[tuple[str, type[web.RequestHandler]], ...] = (
    ("", Page),
    ("api/plan", Plan),
    ("api/stream", Stream),
    ("api/note", WriteNote),
    ("api/hand/([a-z0-9-]+)/down", HandDown),
    ("api/exercise/([a-z0-9-]+)/([a-z0-9-]+)", OneExercise),
    ("api/learner/([a-z0-9-]+)", OneLearner),
    ("class.csv", Export),
)
