"""Looks after servers from outside: what the hub says of each, and what their rooms take."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from labkit.classroom.control_groups import group
from labkit.classroom.folder import MOST_USERS, ClassFolder
from labkit.classroom.running import Running
from labkit.classroom.view.overview import Health

ANSWER_S = 5


async def look(folder: ClassFolder, running: Running) -> dict[str, Health]:
    """Return the health of everybody's server; while the hub is away, what the host knows."""
    servers = await _servers(running)
    return {
        one.who: _health(folder, one.who, servers.get(one.who) if servers is not None else None)
        for one in folder.learners
    }


async def _servers(running: Running) -> dict[str, str] | None:
    """Return the state of each server as the hub sees it; None if it does not answer."""
    try:
        answer = await AsyncHTTPClient().fetch(
            f"{running.hub_api}/users?include_stopped_servers=1&limit={MOST_USERS}",
            headers={"Authorization": f"token {running.view_token}"},
            request_timeout=ANSWER_S,
        )
    except (HTTPClientError, OSError):
        return None
    return {user["name"]: _state(user.get("servers", {})) for user in json.loads(answer.body)}


def _state(servers: dict[str, dict[str, Any]]) -> str:
    if any(one["ready"] for one in servers.values()):
        return "running"
    return "starting" if any(one["pending"] for one in servers.values()) else "stopped"


def _health(folder: ClassFolder, who: str, server: str | None) -> Health:
    taken = group(folder.settings, who)
    home = folder.home(who)
    return Health(
        server=server or "unknown",
        memory_mb=round(taken.memory_mb()),
        killed=taken.killed(),
        disk_mb=_free_mb(home) if home.is_mount() else -1,
    )


def _free_mb(home: Path) -> int:
    try:
        return shutil.disk_usage(home).free // 2**20
    except OSError:
        return -1
