"""What a request to the class view has in its body."""

from __future__ import annotations

import json
from typing import Any

from tornado import web


def sent(handler: web.RequestHandler) -> dict[str, Any]:
    """Return what was sent; nothing, where there is no body.

    Raises
    ------
    HTTPError
        It is no JSON object.
    """
    try:
        found = json.loads(handler.request.body or b"{}")
    except ValueError:
        raise web.HTTPError(400, "not JSON") from None
    if not isinstance(found, dict):
        raise web.HTTPError(400, "not an object")
    return found
