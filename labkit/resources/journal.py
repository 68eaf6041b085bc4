"""Remembers what a run creates: one line of JSON per step, on disk before the step is taken."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from labkit.clock import clock
from labkit.errors import LabkitError
from labkit.resources.run import Run, new_id

State = Literal["maybe", "live", "deleting", "gone"]
"""``maybe``: the call that creates it was about to be sent, and no answer was noted."""


TIMES = ("started_at", "expires_at")
"""Fields of a run that are times."""

RENEWED = "RENEWED"
"""The event of a run that was given more time."""

OPENING = frozenset(["INTENT", "IMPLIED", "CREATED", "UNANSWERED"])
"""Events after which a closed run is open again: an answer may come after the teardown, or be lost
then."""


@dataclass(frozen=True)
class Item:
    """One resource, as the journal knows it.

    Attributes
    ----------
    op
        Number of the operation that creates it, 32 hexadecimal digits.
    kind
        Name of its kind, as in ``labkit.resources.kinds.KINDS``.
    name
        The name it was given; empty for a kind without names.
    id
        What AWS calls it; None as long as that is not known.
    state
        How far it has come.
    implied
        True for what AWS makes by itself alongside, such as a function's log group.
    intended_at, created_at
        When the call was about to be sent, or was given up without an answer; and when it was
        answered; UTC.
    gone_at
        When it was known to be gone; UTC.
    """

    op: str
    kind: str
    name: str
    id: str | None
    state: State
    implied: bool
    intended_at: datetime
    created_at: datetime | None = None
    gone_at: datetime | None = None


class Journal:
    """The journal of one run, a file of JSON lines.

    Each line is one ``write`` and one ``fsync`` under an exclusive lock, so that lines of two
    threads or kernels do not mix. A torn last line (the machine went down) is ignored.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        header = next((line for line in self._lines() if line["event"] == "RUN"), None)
        if header is None:
            raise LabkitError(f"{path} is not a journal: it does not say which run it is of.")
        fields: dict[str, Any] = {name: header.get(name) for name in Run.__dataclass_fields__}
        for line in self._lines():
            if line["event"] == RENEWED:
                fields["expires_at"] = line["expires_at"]
        times = {name: fields[name] and datetime.fromisoformat(fields[name]) for name in TIMES}
        self.run = Run(**fields | times)

    @classmethod
    def start(cls, folder: Path, run: Run) -> Journal:
        """Begin the journal of a new run in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{run.id}.jsonl"
        path.touch(mode=0o600)
        times = {name: time and time.isoformat() for name in TIMES for time in [getattr(run, name)]}
        header = asdict(run) | times
        _append(path, {"event": "RUN", **header})
        return cls(path)

    def intend(
        self, kind: str, name: str, operation: str, implied: Iterable[tuple[str, str]], op: str
    ) -> None:
        """Note that `operation` is about to be sent.

        Parameters
        ----------
        kind, name
            What it creates.
        implied
            Kind and name of what AWS will make alongside.
        op
            The operation's number, which its tags carry.
        """
        self._note(
            "INTENT",
            op,
            kind=kind,
            name=name,
            operation=operation,
            implied=list(implied),
        )

    def imply(self, kind: str, name: str) -> None:
        """Note what AWS may make by itself alongside something of the run's."""
        self._note("IMPLIED", new_id(), kind=kind, name=name)

    def created(self, op: str, resource_id: str) -> None:
        """Note the id that AWS gave."""
        self._note("CREATED", op, id=resource_id)

    def refused(self, op: str, code: str) -> None:
        """Note that AWS refused the call, so that nothing came of it."""
        self._note("REFUSED", op, code=code)

    def unanswered(self, op: str) -> None:
        """Note that nobody knows what came of the call: it may have been done until now."""
        self._note("UNANSWERED", op)

    def deleting(self, op: str) -> None:
        """Note that its deletion is about to be sent, or was."""
        self._note("DELETING", op)

    def gone(self, op: str, evidence: str) -> None:
        """Note that it is gone, and how that is known."""
        self._note("GONE", op, evidence=evidence)

    def renew(self, expires_at: datetime) -> None:
        """Note that the run's time is over later than it was."""
        _append(self.path, {"event": RENEWED, "expires_at": expires_at.isoformat()})
        self.run = replace(self.run, expires_at=expires_at)

    def adopt(self, kind: str, name: str, resource_id: str) -> None:
        """Note something of the run that was found, though the journal did not know of it."""
        op = new_id()
        self.intend(kind, name, "found by the inventory", [], op)
        self.created(op, resource_id)

    def close(self, evidence: str) -> None:
        """Note that nothing of the run is left, and how that is known."""
        if not self.closed:
            _append(self.path, {"event": "CLOSED", "evidence": evidence})

    @property
    def closed(self) -> bool:
        """Whether the run is over and nothing of it is left, as far as is known."""
        turns = [line["event"] for line in self._lines() if line["event"] in OPENING | {"CLOSED"}]
        return turns[-1:] == ["CLOSED"]

    def items(self) -> list[Item]:
        """Return every resource of the run in the order of creation, the gone ones included.

        A name that was created again while it was there (``CreateQueue`` answers with the same
        queue) is one item.
        """
        items: dict[str, Item] = {}
        for line in self._lines():
            _fold(items, line)
        return list(items.values())

    def open_items(self) -> list[Item]:
        """Return what is not known to be gone."""
        return [item for item in self.items() if item.state != "gone"]

    def _note(self, event: str, op: str, **fields: Any) -> None:
        _append(self.path, {"event": event, "op": op, **fields})

    def _lines(self) -> Iterator[dict[str, Any]]:
        for line in self._read().splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue  # torn: the process or the machine went down while it was written
            if isinstance(record, dict) and "event" in record:
                yield record

    def _read(self) -> bytes:
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise LabkitError(
                f"labkit could not read its journal {self.path}: {error}. Nothing more is created "
                "in this run. `labkit sweep` finds by names and tags what it made and deletes it; "
                "then run the lesson's first cell again."
            ) from error


def _fold(items: dict[str, Item], line: dict[str, Any]) -> None:
    event, op = line["event"], line.get("op", "")
    at = datetime.fromisoformat(line["at"])
    if event == "INTENT":
        items[op] = Item(op, line["kind"], line["name"], None, "maybe", False, at)
        for number, (kind, name) in enumerate(line["implied"], start=1):
            part = f"{op}.{number}"
            items[part] = Item(part, kind, name, name, "live", True, at, at)
    elif event == "IMPLIED":
        items[op] = Item(op, line["kind"], line["name"], line["name"], "live", True, at, at)
    elif event == "REFUSED":
        for refused in [key for key in items if key.partition(".")[0] == op]:
            del items[refused]
    elif event == "UNANSWERED" and op in items:
        items[op] = replace(items[op], state="maybe", intended_at=at, gone_at=None)
    elif event == "CREATED" and op in items:
        _take_in(items, replace(items[op], id=line["id"], state="live", created_at=at))
    elif event == "DELETING" and op in items and items[op].state != "gone":
        items[op] = replace(items[op], state="deleting")
    elif event == "GONE" and op in items:
        items[op] = replace(items[op], state="gone", gone_at=at)


def _take_in(items: dict[str, Item], created: Item) -> None:
    """Note a created item, unless it is one that is there already."""
    for op, item in items.items():
        if op != created.op and (item.kind, item.id) == (created.kind, created.id):
            if item.state == "live" and not item.implied:
                del items[created.op]
                return
            items[op] = replace(item, state="gone")
    items[created.op] = created


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _append(path: Path, record: dict[str, Any]) -> None:
    record = {"at": clock().now().isoformat(), **record}
    line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
    try:
        with _locked(path) as descriptor:
            if _torn(descriptor):
                line = b"\n" + line
            if os.write(descriptor, line) != len(line):
                raise OSError("only a part could be written")
            os.fsync(descriptor)
    except OSError as error:
        raise LabkitError(
            f"labkit could not write its journal {path}: {error}. A step that is not on record "
            "is not taken. Make room on the disk, then run this cell again."
        ) from error


def _torn(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
