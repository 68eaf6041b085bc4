"""The learner's part in JupyterLab: its address, and what the course's own part is told of it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from types import SimpleNamespace
from typing import Any

import pytest

from labkit.classroom import learner
from labkit.classroom.frontend import EXTENSIONS
from labkit.classroom.reporter import VIEW
from labkit.course.server.extension import CLASSROOM
from tests.support import loops


def test_a_changed_extension_has_another_address() -> None:
    folder = EXTENSIONS / "labkit-class"
    load = json.loads((folder / "package.json").read_text())["jupyterlab"]["_build"]["load"]
    content = hashlib.sha256((folder / "static" / "class.js").read_bytes()).hexdigest()
    assert load == f"static/class.js?v={content[:8]}"


def test_the_sidebar_is_told_where_a_hand_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    routes: list[Any] = []
    app = SimpleNamespace(
        web_app=SimpleNamespace(
            settings={"base_url": "/user/learner-01/"},
            add_handlers=lambda _, rules: routes.extend(rules),
        ),
        io_loop=SimpleNamespace(asyncio_loop=None),
    )
    learner._load_jupyter_server_extension(app)
    assert CLASSROOM not in app.web_app.settings  # a server of no class
    monkeypatch.setenv(VIEW, "http://127.0.0.1:9")

    async def load() -> None:
        app.io_loop.asyncio_loop = asyncio.get_running_loop()
        learner._load_jupyter_server_extension(app)
        for task in app.labkit_class:
            task.cancel()
        await asyncio.gather(*app.labkit_class, return_exceptions=True)

    loops.run(load())
    ((path, handler, given),) = routes
    told = app.web_app.settings[CLASSROOM]
    assert (path, handler) == (f"/user/learner-01/{told()['hand']}", learner.ClassHandler)
    assert told()["raised"] is False
    given["reporter"].outbox.raise_hand(True)
    assert told()["raised"] is True
