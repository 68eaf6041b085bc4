"""A patch that disables an API key disables it: the values of patch operations are text.

MiniStack keeps the text, which counts as true.
Source: API Gateway API Reference, "UpdateApiKey".
"""

from __future__ import annotations

from typing import Any


def update(upstream: Any, key_id: str, data: dict[str, Any]) -> Any:
    """Update a key, with values that are what their texts say."""
    operations = [
        one | {"value": str(one.get("value")).lower() == "true"}
        if one.get("path") == "/enabled"
        else one
        for one in data.get("patchOperations", [])
    ]
    return upstream(key_id, data | {"patchOperations": operations})
