"""Replays AWS's responses to what a run made, so that its cells can be run once more.

A kernel died, and its notebook is run again from the top; or a cell was corrected and is run again:
what is there already is not made twice. The call that made it gets the answer that it got then.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jmespath

from labkit.resources import already_there
from labkit.resources.cell_executions import CellExecutions
from labkit.resources.classification import Adds, Creates, classify
from labkit.resources.journal import Journal
from labkit.resources.kind import Send
from labkit.resources.recorded_calls import FILE, RecordedCall, RecordedCalls, asked

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

__all__ = ["FILE", "ResponseReplay"]


class ResponseReplay:
    """The answers to the calls by which one run makes things.

    A creating call is answered from memory once, if the very same call was answered by an earlier
    kernel (or before the lesson's first cell was run again) and what it made is still there;
    `Kind.restore` then undoes what a lesson changed of it later. A call that sets everything again
    is sent. A part, such as a method of an API, is asked for again; where AWS says that it is
    there, as `Kind.exists` has it for that operation, the earlier answer holds.

    So it is when one kernel runs a cell again, but nothing that was changed since is undone: if
    what is there is as the call asks, the earlier answer holds; if not, the call is sent, and AWS's
    refusal says what differs and which call changes it. After a restart, where all cells are run
    once more, it is changed to what a corrected cell asks for, if its kind can do so.

    Parameters
    ----------
    folder
        The run's own folder.
    journal
        Tells what is still there.
    cells
        Tells the executions of cells apart; by default all calls are of one.
    """

    def __init__(self, folder: Path, journal: Journal, cells: CellExecutions | None = None) -> None:
        self._recorded = RecordedCalls(folder)
        self._journal = journal
        self._cells = cells or CellExecutions()
        self._changing = False

    @contextmanager
    def changing_what_is_there(self) -> Iterator[None]:
        """Within the block, let a call change what it finds there, as after a restart."""
        before, self._changing = self._changing, True
        try:
            yield
        finally:
            self._changing = before

    def around(self, send: Send, service: str) -> Send:
        """Return a function that sends only what the memory cannot answer."""

        def remembered(operation: str, params: dict[str, Any]) -> dict[str, Any]:
            does = classify(service, operation)
            if not isinstance(does, Creates | Adds):
                return send(operation, params)
            call = asked(service, operation, params, self._cells.number, self._cells.cell)
            if isinstance(does, Creates):
                answer = self._replayed(does, call, send, params)
                if answer is not None:
                    return answer
            return self._sent(does, call, send, params)

        return remembered

    def _replayed(
        self, does: Creates, call: RecordedCall, send: Send, params: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Return the earlier answer to a call whose resource is there; None without."""
        if does.create.upserts:
            return None
        for earlier in self._recorded.all:
            if earlier.call != call.call or not self._is_there(does, earlier):
                continue
            if earlier.used is None:
                earlier.used, earlier.cell = call.used, call.cell
                does.kind.restore(send, params, earlier.answer)
                return earlier.answer
            differs = already_there.Difference.of(does, call, earlier, send, params)
            if _is_run_again(earlier, call) and not differs:
                return self._again(earlier, call)
        return None

    def _sent(
        self, does: Creates | Adds, call: RecordedCall, send: Send, params: dict[str, Any]
    ) -> dict[str, Any]:
        from botocore.exceptions import ClientError

        try:
            call.answer = send(call.operation, params)
        except ClientError as error:
            if not already_there.is_said(does, error):
                raise
            return self._found(does, call, send, params, error)
        if isinstance(does, Creates):
            self._tell_of_another(does, call)
        self._recorded.add(call)
        return call.answer

    def _tell_of_another(self, does: Creates, call: RecordedCall) -> None:
        """Say that a corrected cell has made one more, where AWS does not refuse that."""
        made = self._id(does, call)
        for earlier in self._recorded.to(call.service, call.operation):
            other = self._id(does, earlier)
            if _is_run_again(earlier, call) and other != made and self._is_there(does, earlier):
                print(already_there.one_more(does, call, other))
                return

    def _found(
        self,
        does: Creates | Adds,
        call: RecordedCall,
        send: Send,
        params: dict[str, Any],
        error: ClientError,
    ) -> dict[str, Any]:
        """Answer a call for what is there already; raise AWS's error where it asks for another."""
        earlier = self._earlier(does, call)
        if earlier is None or earlier.used == call.used:
            raise error
        if isinstance(does, Adds):
            if earlier.call == call.call:
                return self._again(earlier, call)
            raise already_there.explained(error, already_there.part(call, earlier), earlier)
        differs = already_there.Difference.of(does, call, earlier, send, params)
        if not differs and earlier.call == call.call:
            return self._again(earlier, call)
        if differs and not (self._may_change(earlier) and differs.can_be_changed):
            raise already_there.explained(error, differs, earlier)
        if differs:
            does.kind.restore(send, params, earlier.answer)
            print(f"{call.operation}: it was there already; now it has {differs.asked}, as asked.")
        call.answer = already_there.read_again(does, earlier, send, params)
        self._recorded.add(call)
        return call.answer

    def _may_change(self, earlier: RecordedCall) -> bool:
        return earlier.used is None or self._changing

    def _earlier(self, does: Creates | Adds, call: RecordedCall) -> RecordedCall | None:
        """Return the answer to the call that made what is in the way of this one."""
        answers = self._recorded.to(call.service, call.operation)
        if isinstance(does, Creates):
            answers = [one for one in answers if self._is_there(does, one)]
        return already_there.nearest(answers, call, does)

    def _again(self, earlier: RecordedCall, call: RecordedCall) -> dict[str, Any]:
        """Return an earlier answer; say so where it was this kernel that got it."""
        if earlier.used is not None:
            print(f"{call.operation}: it is there already, as asked; nothing was made.")
        earlier.used = call.used
        return earlier.answer

    def _is_there(self, does: Creates, earlier: RecordedCall) -> bool:
        found = self._id(does, earlier)
        return any(
            item.kind == does.kind.name and found in (item.id, item.name)
            for item in self._journal.open_items()
            if item.state == "live"
        )

    @staticmethod
    def _id(does: Creates, earlier: RecordedCall) -> Any:
        """Return the id that a call's answer gives what it made, or its name."""
        if does.create.id is None:
            return does.create.name_in(earlier.params)
        return jmespath.search(does.create.id, earlier.answer)


def _is_run_again(earlier: RecordedCall, call: RecordedCall) -> bool:
    """Whether a call comes from a later run of the cell that an earlier one came from."""
    return bool(call.cell) and earlier.cell == call.cell and earlier.used not in (None, call.used)
