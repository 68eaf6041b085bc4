"""The calls by which a run makes things, with AWS's answers, kept in a file of the run's own."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from labkit.clock import clock

FILE = ".responses.jsonl"
"""In the run's own folder, which goes with the run."""

_TIME = "__time__"

_SECRET = re.compile(r"password|secret", re.IGNORECASE)
"""Parameters whose values are not written down: botocore's models do not mark all of them."""


@dataclass
class RecordedCall:
    """One call that was answered.

    Attributes
    ----------
    call
        The same for two calls that ask for the same.
    service, operation
        As botocore names them.
    params
        What the call asked for, in short.
    answer
        What AWS answered.
    at
        When, UTC; None for what an earlier version of labkit wrote down.
    used
        Number of the cell's execution that made the call or got this answer last; None if that was
        an earlier kernel.
    cell
        The cell that made the call, if it was this kernel.
    """

    call: str
    service: str
    operation: str
    params: dict[str, Any]
    answer: dict[str, Any]
    at: datetime | None = None
    used: int | None = None
    cell: str = ""


class RecordedCalls:
    """All that was answered in one run, oldest first.

    Parameters
    ----------
    folder
        The run's own folder.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self.all = [_read(line) for line in self._lines()]

    def add(self, asked: RecordedCall) -> None:
        """Keep an answer, here and in the file."""
        asked.at = clock().now()
        self.all.append(asked)
        kept = ("call", "service", "operation", "params", "answer", "at")
        line = json.dumps({name: getattr(asked, name) for name in kept}, default=_in_short) + "\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)

    def to(self, service: str, operation: str) -> list[RecordedCall]:
        """Return the answers to one operation, newest first."""
        return [
            one
            for one in reversed(self.all)
            if (one.service, one.operation) == (service, operation)
        ]

    def _lines(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        lines = []
        for text in self._path.read_text(encoding="utf-8").splitlines():
            try:
                lines.append(json.loads(text, object_hook=_as_it_was))
            except ValueError:
                continue  # torn: the kernel died while it was written
        return lines


def asked(
    service: str, operation: str, params: dict[str, Any], execution: int, cell: str
) -> RecordedCall:
    """Return the note of a call that has no answer yet."""
    text = json.dumps(params, sort_keys=True, default=_in_short)
    name = f"{service} {operation} {hashlib.sha256(text.encode()).hexdigest()}"
    return RecordedCall(name, service, operation, in_short(params), {}, used=execution, cell=cell)


def is_secret(name: str) -> bool:
    """Tell whether a parameter's value may be a secret."""
    return name == "Environment" or _SECRET.search(name) is not None


def in_short(params: dict[str, Any]) -> dict[str, Any]:
    """Return a call's parameters as JSON holds them; secrets and bytes only by their hash."""
    hidden = {
        name: _sha256(json.dumps(value, sort_keys=True, default=_in_short).encode())
        for name, value in params.items()
        if is_secret(name)
    }
    short: dict[str, Any] = json.loads(json.dumps(params | hidden, default=_in_short))
    return short


def _read(line: dict[str, Any]) -> RecordedCall:
    service, operation, _ = line["call"].split(" ")
    return RecordedCall(
        line["call"], service, operation, line.get("params", {}), line["answer"], line.get("at")
    )


def _sha256(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()


def _in_short(value: object) -> object:
    """Stand for what JSON cannot hold."""
    if isinstance(value, datetime):
        return {_TIME: value.isoformat()}
    if isinstance(value, bytes | bytearray):
        return _sha256(bytes(value))
    return str(value)


def _as_it_was(value: dict[str, Any]) -> Any:
    return datetime.fromisoformat(value[_TIME]) if value.keys() == {_TIME} else value
