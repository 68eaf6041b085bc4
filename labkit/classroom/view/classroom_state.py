"""The class as the view's program holds it: what is known, and who waits for news."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from labkit.classroom.class_events import ClassEvent
from labkit.classroom.course_plan import CoursePlan
from labkit.classroom.folder import ClassFolder
from labkit.classroom.ledger import Ledger
from labkit.classroom.running import Running
from labkit.classroom.view.health import look
from labkit.classroom.view.overview import Health, LearnerRow, overview, rows
from labkit.classroom.view.renewing import RenewedSessions, sessions_of

HEALTH_EVERY_S = 5.0
LOOK_EVERY_S = 5.0
"""How often the class is looked at again: minutes pass also where nothing is sent."""
GATHER_S = 0.3
"""What comes in within this is shown at once."""


@dataclass
class Classroom:
    """What all handlers share: the class, what is known of it, and who waits for news."""

    folder: ClassFolder
    running: Running
    plan: CoursePlan
    ledger: Ledger
    health: dict[str, Health] = field(default_factory=dict)
    shown: str = ""
    version: int = 0
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @cached_property
    def sessions(self) -> RenewedSessions:
        """The learners' sessions in accounts of AWS."""
        return sessions_of(self.folder)

    def everyone(self) -> list[LearnerRow]:
        """Return everybody as they stand now."""
        return rows(self.folder, self.ledger, self.plan, self.health, datetime.now(UTC))

    def events(self) -> dict[str, list[ClassEvent]]:
        """Return the events of those who share."""
        sharing = self.ledger.sharing()
        return {who: of for who, of in self.ledger.events().items() if sharing.get(who)}

    def forget_when_due(self, today: date) -> None:
        """Delete everything after the day that learners were told of."""
        due = today > self.folder.settings.keep_until
        if due and (self.ledger.events() or self.ledger.sharing()):
            self.ledger.forget_all()

    async def refresh(self) -> None:
        """Look at the class, and tell those who wait if it has changed."""
        now = datetime.now(UTC)
        found = overview(self.folder, self.ledger, self.plan, self.everyone(), now)
        compared = json.dumps({key: value for key, value in found.items() if key != "at"})
        if compared != self.shown:
            self.shown = compared
            await self.tell()

    async def tell(self) -> None:
        """Wake those who wait."""
        async with self.news:
            self.version += 1
            self.news.notify_all()

    async def wait(self, version: int, seconds: float) -> int:
        """Wait until there is something newer than a version, or the time is up."""
        async with self.news:
            with suppress(TimeoutError):
                await asyncio.wait_for(
                    self.news.wait_for(lambda: self.version > version), timeout=seconds
                )
            return self.version

    def now(self) -> dict[str, Any]:
        """Return the class as the page shows it."""
        found: dict[str, Any] = json.loads(self.shown or "{}")
        return found | {"at": datetime.now(UTC).isoformat(timespec="seconds")}


async def keep_looking(classroom: Classroom) -> None:
    """Refresh what is shown, and health for as long as the program runs."""
    due = 0.0
    loop = asyncio.get_running_loop()
    while True:
        if loop.time() >= due:
            classroom.health = await look(classroom.folder, classroom.running)
            due = loop.time() + HEALTH_EVERY_S
        classroom.changed.clear()
        classroom.forget_when_due(date.today())
        await classroom.refresh()
        with suppress(TimeoutError):
            await asyncio.wait_for(classroom.changed.wait(), LOOK_EVERY_S)
        await asyncio.sleep(GATHER_S)
