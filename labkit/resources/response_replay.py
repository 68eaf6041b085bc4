"""Replays AWS's responses to what a run made, so that its cells can be run once more.

A kernel died, and its notebook is run again from the top: what is there already is not made twice.
The call that made it gets the answer that it got then.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import jmespath

from labkit.resources.classification import Adds, Creates, classify
from labkit.resources.journal import Journal
from labkit.resources.kind import Exists, Send

FILE = ".responses.jsonl"
"""In the run's own folder, which goes with the run."""

_TIME = "__time__"


class ResponseReplay:
    """The answers to the calls by which one run makes things.

    A call is answered from memory once, if the very same call was answered by an earlier kernel (or
    before the lesson's first cell was run again) and what it made is still there; `Kind.restore`
    then undoes what a lesson changed of it later. A call that sets everything again is sent. A
    part, such as a method of an API, is asked for again; where AWS says that it is there, as
    `Kind.exists` has it for that operation, the earlier answer holds.

    Parameters
    ----------
    folder
        The run's own folder.
    journal
        Tells what is still there.
    """

    def __init__(self, folder: Path, journal: Journal) -> None:
        self._path = folder / FILE
        self._journal = journal
        self._earlier: dict[str, list[dict[str, Any]]] = {}
        for line in self._lines():
            self._earlier.setdefault(line["call"], []).append(line["answer"])

    def around(self, send: Send, service: str) -> Send:
        """Return a function that sends only what the memory cannot answer."""

        def remembered(operation: str, params: dict[str, Any]) -> dict[str, Any]:
            does = classify(service, operation)
            if not isinstance(does, Creates | Adds):
                return send(operation, params)
            call = _named(service, operation, params)
            if isinstance(does, Adds):
                return self._added(does.kind.exists.get(operation), call, send, operation, params)
            answer = self._replayed(does, call, send, params)
            return self._noted(call, send(operation, params)) if answer is None else answer

        return remembered

    def _replayed(
        self, does: Creates, call: str, send: Send, params: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Return the earlier answer to a call whose resource is there, restored; None without."""
        earlier = [] if does.create.upserts else self._earlier.pop(call, [])
        while earlier:
            answer = earlier.pop(0)
            if self._is_there(does, params, answer):
                self._earlier[call] = earlier
                does.kind.restore(send, params, answer)
                return answer
        return None

    def _added(
        self,
        exists: Exists | None,
        call: str,
        send: Send,
        operation: str,
        params: dict[str, Any],
    ) -> dict[str, Any]:
        from botocore.exceptions import ClientError

        earlier = self._earlier.pop(call, [])
        try:
            answer = send(operation, params)
        except ClientError as error:
            said = error.response["Error"]
            if earlier and exists and exists.is_meant_by(said["Code"], said.get("Message", "")):
                return earlier[-1]
            raise
        return self._noted(call, answer)

    def _is_there(self, made: Creates, params: dict[str, Any], answer: dict[str, Any]) -> bool:
        create = made.create
        found = params.get(str(create.name)) if create.id is None else _search(create.id, answer)
        return any(
            item.kind == made.kind.name and found in (item.id, item.name)
            for item in self._journal.open_items()
            if item.state == "live"
        )

    def _noted(self, call: str, answer: dict[str, Any]) -> dict[str, Any]:
        """Write an answer down, and return it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"call": call, "answer": answer}, default=_in_short) + "\n"
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)
        return answer

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


def _named(service: str, operation: str, params: dict[str, Any]) -> str:
    """Return a name that two calls share if they ask for the same."""
    text = json.dumps(params, sort_keys=True, default=_in_short)
    return f"{service} {operation} {hashlib.sha256(text.encode()).hexdigest()}"


def _search(path: str, answer: dict[str, Any]) -> Any:
    return jmespath.search(path, answer)


def _in_short(value: object) -> object:
    """Stand for what JSON cannot hold."""
    if isinstance(value, datetime):
        return {_TIME: value.isoformat()}
    if isinstance(value, bytes | bytearray):
        return hashlib.sha256(value).hexdigest()
    return str(value)


def _as_it_was(value: dict[str, Any]) -> Any:
    return datetime.fromisoformat(value[_TIME]) if value.keys() == {_TIME} else value
