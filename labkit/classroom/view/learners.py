"""What learners' servers ask of the class view; each with the token that the hub gave it."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any

from jupyterhub.services.auth import HubAuth, HubAuthenticated
from tornado import web

from labkit.classroom.class_events import ClassEvent, NoEvent
from labkit.classroom.hub import REPORT
from labkit.classroom.standing import hand_since
from labkit.classroom.view.classroom_state import Classroom
from labkit.classroom.view.sent import sent
from labkit.errors import LabkitError

MOST_AT_ONCE = 500
LONGEST_WAIT_S = 25.0


class LearnersHandler(HubAuthenticated, web.RequestHandler):  # type: ignore[misc]
    """Lets in learners' servers alone, by the token in their request's head."""

    hub_auth_class = HubAuth
    hub_scopes = {REPORT}  # noqa: RUF012 (the base class's own name)

    def initialize(self, classroom: Classroom) -> None:
        """Take what all handlers share."""
        self.classroom = classroom
        self.hub_auth = _hub_auth()

    def check_xsrf_cookie(self) -> None:
        """Ask for no cookie: no browser sends these requests, and cookies let nobody in here."""

    @property
    def who(self) -> str:
        """The learner.

        Raises
        ------
        HTTPError
            It is somebody of no roster.
        """
        name: str = self.current_user["name"]
        if name not in {one.who for one in self.classroom.folder.everyone}:
            raise web.HTTPError(403)
        return name

    def get_login_url(self) -> str:
        """Say no, where a browser would be sent to sign in."""
        raise web.HTTPError(403)


class Events(LearnersHandler):
    """Takes a learner's events; sent twice they count once."""

    @web.authenticated
    async def post(self) -> None:
        """Take them all, or none where one is no event."""
        events = sent(self).get("events")
        if not isinstance(events, list) or len(events) > MOST_AT_ONCE:
            raise web.HTTPError(400, f"a list of at most {MOST_AT_ONCE} events")
        try:
            read = [ClassEvent.read(one) for one in events]
        except (NoEvent, TypeError) as error:
            raise web.HTTPError(400, str(error)) from None
        new = self.classroom.ledger.add(self.who, read)
        if new:
            self.classroom.changed.set()
        self.finish({"new": new})


class Sharing(LearnersHandler):
    """Notes whether a learner shares, and forgets."""

    @web.authenticated
    async def post(self) -> None:
        """Take the learner's choice; ``forget`` deletes what was sent before."""
        said = sent(self)
        if not isinstance(said.get("shares"), bool):
            raise web.HTTPError(400, "shares: true or false")
        self.classroom.ledger.share(self.who, said["shares"])
        if said.get("forget") is True:
            self.classroom.ledger.forget(self.who)
        self.classroom.changed.set()
        self.finish({})


class ReadNotes(LearnersHandler):
    """Hands out the instructor's notes."""

    @web.authenticated
    async def get(self) -> None:
        """Return the notes after a number; wait for one, or for the hand to go up or down."""
        after = _number(self.get_query_argument("after", "0"))
        up = self.get_query_argument("hand", "0") == "1"
        wait = min(float(_number(self.get_query_argument("wait", "0"))), LONGEST_WAIT_S)
        version = self.classroom.version
        end = self.request.request_time() + wait
        while not (found := self.classroom.ledger.notes(after)):
            left = end - self.request.request_time()
            if left <= 0 or up != self._hand():
                break
            version = await self.classroom.wait(version, left)
        settings = self.classroom.folder.settings
        self.finish(
            {
                "class": settings.name,
                "keep_until": settings.keep_until.isoformat(),
                "notes": [note.as_json() for note in found],
                "hand": self._hand(),
            }
        )

    def _hand(self) -> bool:
        """Tell whether the learner's hand is up here."""
        return bool(hand_since(self.classroom.ledger.events().get(self.who, [])))


class Credentials(LearnersHandler):
    """Hands out the keys of the learner's own session in an account of AWS."""

    @web.authenticated
    async def get(self) -> None:
        """Return them as SDKs take them from a program; 503 says why there are none."""
        who = self.who
        loop = asyncio.get_running_loop()
        try:
            self.finish(await loop.run_in_executor(None, self.classroom.sessions.of, who))
        except LabkitError as error:
            self.set_status(503)
            self.finish({"message": str(error)})


@cache
def _hub_auth() -> Any:
    """Return what knows learners by their token: not the one that knows instructors by cookie."""
    return HubAuth()


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 12:
        raise web.HTTPError(400, "a number")
    return int(text)


ROUTES: tuple[tuple[str, type[web.RequestHandler]], ...] = (
    ("api/events", Events),
    ("api/sharing", Sharing),
    ("api/notes", ReadNotes),
    ("api/credentials", Credentials),
)
