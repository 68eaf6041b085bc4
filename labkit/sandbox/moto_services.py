"""EC2, Auto Scaling, RDS and Elastic Load Balancing by moto, behind MiniStack's endpoint.

moto refuses most of what EC2 refuses where MiniStack says yes, so these services are its own. Its
import takes a second, so it waits for the first request to one of them.
"""

from __future__ import annotations

import asyncio
import importlib
import threading
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from labkit.sandbox import seams

ENTRY_POINTS = {
    "autoscaling": "moto.autoscaling.urls",
    "ec2": "moto.ec2.urls",
    "elasticloadbalancing": "moto.elb.urls",
    "rds": "moto.rds.urls",
}
"""MiniStack's name of each service, and the moto module that maps its one URL to a function.
`moto.elb.urls` tells the classic from the newer API by the version in the request."""

Response = tuple[int, dict[str, Any], bytes]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, list[str]]], Awaitable[Response]]


def install() -> None:
    """Hand the services of `ENTRY_POINTS` to moto; MiniStack still checks the caller's rights."""
    for service, module in ENTRY_POINTS.items():
        seams.replace_item("ministack.app", "SERVICE_HANDLERS", service, _handler(service, module))


def _handler(service: str, module: str) -> Handler:
    one_at_a_time = threading.Lock()

    async def handle(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, list[str]],
    ) -> Response:
        from ministack.core.responses import get_account_id, get_region

        url = f"https://{service}.{get_region()}.amazonaws.com{path or '/'}"
        if query:
            url += "?" + urlencode(query, doseq=True)
        scoped = {**headers, "x-moto-account-id": get_account_id()}

        def answer() -> Response:
            with one_at_a_time:
                return _ask_moto(module, method, url, scoped, body)

        return await asyncio.to_thread(answer)

    return handle


def _ask_moto(module: str, method: str, url: str, headers: dict[str, str], body: bytes) -> Response:
    from moto.core.request import Request
    from werkzeug.exceptions import HTTPException

    (entry,) = importlib.import_module(module).url_paths.values()
    request = Request.from_primitives(method, url, headers, body)
    try:
        status, answered, content = entry(request, request.raw_url, request.headers)
    except HTTPException as error:
        status, answered, content = error.code, dict(error.get_headers()), error.get_body()
    return status, dict(answered), content if isinstance(content, bytes) else content.encode()
