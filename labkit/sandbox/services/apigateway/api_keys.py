"""A patch that disables an API key disables it: the values of patch operations are text.

MiniStack keeps the text, which counts as true; the seam is the key's update.
Source: API Gateway API Reference, "UpdateApiKey".
"""

from __future__ import annotations

from typing import Any

from ministack.services import apigateway_v1

from labkit.sandbox.upstream import seams


def install() -> None:
    """Take the update of a key."""

    def update(key_id: str, data: dict[str, Any]) -> Any:
        operations = [
            one | {"value": str(one.get("value")).lower() == "true"}
            if one.get("path") == "/enabled"
            else one
            for one in data.get("patchOperations", [])
        ]
        return upstream(key_id, data | {"patchOperations": operations})

    upstream = seams.replace(
        apigateway_v1.__name__, "_update_api_key", update, like="(key_id, data)"
    )
