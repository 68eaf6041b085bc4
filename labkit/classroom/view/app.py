"""The class view's web application: what learners' servers send, and what instructors see."""

from __future__ import annotations

from typing import Any

from jupyterhub.services.auth import HubOAuthCallbackHandler
from tornado import web

from labkit.classroom.view import instructors, learners
from labkit.classroom.view.classroom_state import Classroom


def application(classroom: Classroom, prefix: str, cookie_secret: bytes) -> web.Application:
    """Return the web application under the prefix that the hub gave it."""
    routes: list[tuple[str, type[web.RequestHandler], dict[str, Any]]] = []
    shared = {"classroom": classroom}
    for path, handler in (*learners.ROUTES, *instructors.ROUTES):
        routes.append((f"{prefix}{path}", handler, shared))
    return web.Application(
        [
            *routes,
            (f"{prefix}oauth_callback", HubOAuthCallbackHandler),
            (f"{prefix}static/(.*)", web.StaticFileHandler, {"path": str(instructors.STATIC)}),
        ],
        cookie_secret=cookie_secret,
        xsrf_cookies=True,
        xsrf_cookie_kwargs={"path": prefix},
    )
