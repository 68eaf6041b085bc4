"""What of a resource's settings is no longer as it was created."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def given(params: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return those of a call's parameters that have one of these names."""
    return {name: params[name] for name in names if name in params}


def differing(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is wanted otherwise than it is; AWS leaves out what is empty."""
    return {
        name: value for name, value in wanted.items() if (now.get(name) or None) != (value or None)
    }
