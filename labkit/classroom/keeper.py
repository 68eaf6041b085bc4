"""Starts everybody's server before the hour, and stops them all at the end."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests

from labkit.classroom.folder import MOST_USERS
from labkit.classroom.running import Running
from labkit.errors import LabkitError
from labkit.polling import NotInTime, wait_until

ANSWER_S = 30
UP_S = 90.0
FULL = 429
"""What the hub answers while as many servers start as may at a time."""
READY_S = 300.0
"""For one server, its wait for a place included."""
STOPPED_S = 60.0


@dataclass(frozen=True)
class Keeper:
    """The hub's REST API, as far as starting and stopping go."""

    running: Running
    over: threading.Event = field(default_factory=threading.Event)
    """Set when nothing more is to be started."""

    def wait_for_hub(self) -> None:
        """Wait until the hub answers.

        Raises
        ------
        LabkitError
            It does not.
        """
        try:
            wait_until(self.answers, UP_S, "the hub's answer")
        except NotInTime as error:
            raise LabkitError(
                f"The hub did not answer within {UP_S:g} s; its log says why."
            ) from error

    def answers(self) -> bool:
        """Tell whether the hub answers."""
        try:
            return requests.get(f"{self.running.hub}/hub/health", timeout=2).ok
        except requests.RequestException:
            return False

    def restore_routes(self) -> None:
        """Have the hub give its routes to a proxy that was started again."""
        until = time.monotonic() + UP_S
        while time.monotonic() < until and not self.over.is_set():
            with suppress(LabkitError):
                if self._ask("POST", "proxy").ok:
                    return
            self.over.wait(0.5)

    def start(self, who: str) -> None:
        """Ask for a learner's server, when there is a place; one that runs is left alone.

        That the hub took the request says nothing yet, nor does a 500: it is the answer, too, where
        the server ends at once and the hub does not know it yet.

        Raises
        ------
        LabkitError
            The hub refused.
        """
        until = time.monotonic() + READY_S
        while time.monotonic() < until and not self.over.is_set():
            answer = self._ask("POST", f"users/{who}/server")
            if answer.status_code in (401, 403, 404):
                raise LabkitError(f"The hub did not start {who}'s server: {answer.text.strip()}")
            if answer.status_code != FULL:
                return
            self.over.wait(1)  # the hub says when there may be a place, in tens of seconds

    def start_all(self, everyone: Sequence[str]) -> list[str]:
        """Start everybody's server, wait for each, and return who has none all the same."""
        with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
            list(pool.map(self.start, everyone))
        with suppress(NotInTime):
            wait_until(self.settled, READY_S, "all servers to start")
        ready = self.ready()
        return [who for who in everyone if who not in ready]

    def stop_idle(self, hours: float, now: datetime) -> list[str]:
        """Stop the servers that nobody has used for so long; return whose they were."""
        stopped = []
        for who, servers in self._users().items():
            used = [datetime.fromisoformat(one["last_activity"]) for one in servers]
            if used and now - max(used) > timedelta(hours=hours):
                self._ask("DELETE", f"users/{who}/server")
                stopped.append(who)
        return stopped

    def stop_all(self) -> None:
        """Stop every server; homes and progress stay."""
        self.over.set()
        for who in self._users():
            self._ask("DELETE", f"users/{who}/server")
        with suppress(NotInTime):
            wait_until(lambda: not any(self._users().values()), STOPPED_S, "the servers' end")

    def settled(self) -> bool:
        """Tell whether every server runs, or has failed to: nothing is pending any more."""
        return not any(server["pending"] for one in self._users().values() for server in one)

    def ready(self) -> set[str]:
        """Return whose server runs."""
        users = self._users()
        return {who for who, servers in users.items() if any(one["ready"] for one in servers)}

    def _users(self) -> dict[str, list[dict[str, Any]]]:
        """Return everybody's servers that run or are about to, by user.

        Raises
        ------
        LabkitError
            The hub does not say.
        """
        answer = self._ask("GET", "users", include_stopped_servers="1", limit=str(MOST_USERS))
        if not answer.ok:
            raise LabkitError(f"The hub does not say who has a server: {answer.text.strip()}")
        return {
            user["name"]: [
                server
                for server in user.get("servers", {}).values()
                if server["ready"] or server["pending"]
            ]
            for user in answer.json()
        }

    def _ask(self, method: str, path: str, **query: str) -> requests.Response:
        """Ask the hub, and once more while it is being started again.

        Raises
        ------
        LabkitError
            It does not answer.
        """
        for last in (False, True):
            try:
                return requests.request(
                    method,
                    f"{self.running.hub_api}/{path}",
                    params=query,
                    headers={"Authorization": f"token {self.running.keeper_token}"},
                    timeout=ANSWER_S,
                )
            except requests.RequestException as error:
                if last:
                    raise LabkitError(f"The hub does not answer ({error}).") from error
                self.wait_for_hub()
        raise AssertionError("the loop returns or raises")
