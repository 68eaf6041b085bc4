"""Speaks with the class view for one learner: sends what waits, and listens for notes."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass, field
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

from labkit.classroom.outbox import Outbox

VIEW = "LABKIT_CLASS_VIEW"
"""Environment variable: where the class view is."""
LOOK_S = 1.0
PAUSE_S = (1.0, 2.0, 5.0, 10.0)
"""After so many failures in a row; the view may be being started again."""
ANSWER_S = 10.0
LISTEN_S = 25.0
REFUSED = (400, 413)
"""The view will never take these events: a newer labkit's, or the learner's own invention."""
LINES_KEPT = 30


@dataclass
class Reporter:
    """What this server and the class view tell each other.

    Attributes
    ----------
    reaches
        Whether the view answered last time.
    about
        The class's name, and until when it keeps what is shared.
    hand
        Whether the hand is up as the view knows it.
    notes
        All notes so far, oldest first.
    lines
        The lines sent last, for the learner to see.
    """

    outbox: Outbox
    reaches: bool = False
    about: dict[str, str] = field(default_factory=dict)
    hand: bool = False
    notes: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)

    async def keep_sending(self) -> None:
        """Send what waits, for as long as the server runs."""
        failures = 0
        while True:
            try:
                await self.send()
                failures = 0
            except (HTTPClientError, OSError):
                failures += 1
            self.reaches = failures == 0
            await asyncio.sleep(PAUSE_S[min(failures, len(PAUSE_S)) - 1] if failures else LOOK_S)

    async def keep_listening(self) -> None:
        """Take the instructor's notes as they come, for as long as the server runs."""
        failures = 0
        while True:
            try:
                await self.listen()
                failures = 0
            except (HTTPClientError, OSError, ValueError):
                failures += 1
                await asyncio.sleep(PAUSE_S[min(failures, len(PAUSE_S)) - 1])

    async def send(self) -> None:
        """Send the learner's choice if the view does not know it, and the events that wait."""
        choice = self.outbox.choice
        if not choice.told and choice.shares is not None:
            shares, forget = choice.shares, choice.forget
            await self._ask("api/sharing", {"shares": shares, "forget": forget})
            if choice.shares == shares:
                choice.told, choice.forget = True, False
                self.outbox.save()
        loop = asyncio.get_running_loop()
        events, sent = await loop.run_in_executor(None, self.outbox.waiting)
        shared = self.outbox.choice.shares
        if not events:
            return
        lines = [one.as_json() for one in events]
        try:
            await self._ask("api/events", {"events": lines})
        except HTTPClientError as error:
            if error.code not in REFUSED:
                raise
        if self.outbox.choice.shares == shared:
            self.outbox.took(events, sent)
            self.lines = [*self.lines, *lines][-LINES_KEPT:]

    async def listen(self) -> None:
        """Wait for notes after the last one, and for the instructor to take the hand down."""
        after = self.notes[-1]["number"] if self.notes else 0
        first = not self.about
        wait = 0 if first else LISTEN_S
        answer = await self._ask(f"api/notes?after={after}&wait={wait:g}&hand={int(self.hand)}")
        self.about = {"class": answer["class"], "keep_until": answer["keep_until"]}
        self.notes += answer["notes"]
        changed, self.hand = answer["hand"] != self.hand, answer["hand"]
        choice = self.outbox.choice
        if (first or changed) and not choice.queue and choice.hand != self.hand:
            choice.hand = self.hand
            self.outbox.save()

    def state(self) -> dict[str, Any]:
        """Return what the learner's page shows."""
        choice = self.outbox.choice
        return self.about | {
            "shares": choice.shares,
            "hand": choice.hand,
            "seen": choice.seen,
            "notes": self.notes,
            "lines": self.lines,
            "reaches": self.reaches,
        }

    async def _ask(self, path: str, sent: dict[str, Any] | None = None) -> Any:
        request = HTTPRequest(
            f"{os.environ[VIEW]}/{path}",
            method="GET" if sent is None else "POST",
            body=None if sent is None else json.dumps(sent),
            headers={"Authorization": f"token {os.environ.get('JUPYTERHUB_API_TOKEN', '')}"},
            connect_timeout=ANSWER_S,
            request_timeout=ANSWER_S + LISTEN_S,
        )
        answer = await AsyncHTTPClient().fetch(request)
        return json.loads(answer.body)
