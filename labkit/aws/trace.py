"""Writes down every call of labkit's clients, where ``LABKIT_TRACE`` names a file for that."""

from __future__ import annotations

import json
import os
from typing import Any

TRACE = "LABKIT_TRACE"
"""Environment variable with the file's name."""


def attach(client: Any) -> None:
    """Note each call of a client: service, operation and parameters, one line of JSON each."""
    path = os.environ.get(TRACE)
    if not path:
        return

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        record = {
            "service": model.service_model.service_name,
            "operation": model.name,
            "params": params,
        }
        line = json.dumps(record, ensure_ascii=False, default=_in_short) + "\n"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)

    client.meta.events.register_last("before-parameter-build", note)


def _in_short(value: object) -> str:
    """Stand for what JSON cannot hold, such as a function's zip file."""
    return f"{len(value)} bytes" if isinstance(value, bytes) else str(value)
