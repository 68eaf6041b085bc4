"""Branches of a Parallel state and iterations of a Map state, each a line of its own.

The first that fails ends the others at once. What an ended one has under way, a function's call,
goes on by itself, and nobody hears of it. MiniStack lets all of them come to their end, and notes
only in part what happens in them. The seams are its walk of one, and the attempts at both kinds of
state.
Source: Amazon States Language specification, "Parallel State" and "Map State".
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, InvalidStateError, wait
from contextlib import suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ministack.services import stepfunctions

from labkit.sandbox.services.stepfunctions import history
from labkit.sandbox.services.stepfunctions.executions import Context, State, walk
from labkit.sandbox.services.stepfunctions.history import Chain, Execution
from labkit.sandbox.upstream import seams

MODULE = stepfunctions.__name__


@dataclass(frozen=True)
class Siblings:
    """The branches or iterations of one attempt at a state.

    Attributes
    ----------
    map_name
        The Map state's name; None for a Parallel state.
    after
        The id of the event that each of them follows.
    together
        Whether the first that fails ends the others: not so where a distributed Map counts
        failures.
    failure
        The first failure, once there is one.
    """

    map_name: str | None
    after: int
    together: bool
    failure: Future[None] = field(default_factory=Future)

    def hear_of(self, ended: Future[Any]) -> None:
        """End the others if one of them, which has ended, has failed."""
        error = ended.exception()
        if self.together and isinstance(error, stepfunctions._ExecutionError):
            with suppress(InvalidStateError):  # another one was first
                self.failure.set_exception(error)


_siblings: ContextVar[Siblings] = ContextVar("siblings")
"""Those that begin in this context."""


def install() -> None:
    """Take the walk of a branch or iteration, and the attempts at both kinds of state."""
    like = "(states, start_at, input_data, execution, ctx)"
    seams.replace(MODULE, "_run_sub_machine", run, like=like)
    _note_attempts("_run_parallel_branches", "Parallel")
    _note_attempts("_run_map_items", "Map")


def run(states: State, start_at: str, input_data: Any, execution: Execution, ctx: Context) -> Any:
    """Walk one branch or iteration to its end, or until another one fails.

    Raises
    ------
    ministack.services.stepfunctions._ExecutionError
        What made it fail, or the other one.
    """
    siblings = _siblings.get(None) or Siblings(None, 1, together=False)
    if siblings.failure.done():
        siblings.failure.result()  # raises: iterations that still queue never begin
    outer = history.line()
    inner = Chain(siblings.after, within=outer)
    history.chain.set(inner)
    index = ctx.get("Map", {}).get("Item", {}).get("Index")
    note = partial(_note_iteration, execution, siblings.map_name, index)
    go = partial(walk, states, start_at, copy.deepcopy(input_data), execution, ctx)
    walked = _on_a_thread(lambda: _noted(go, note))
    wait([walked, siblings.failure], return_when=FIRST_COMPLETED)
    ended = walked if walked.done() else siblings.failure
    if ended is walked:
        siblings.hear_of(walked)
    else:
        with history.stopping(execution):
            note("Aborted")
    outer.last = max(outer.last, inner.last)
    return ended.result()


def _noted(go: Callable[[], Any], note: Callable[[str], None]) -> Any:
    """Walk, and note how an iteration began and ended."""
    note("Started")
    try:
        output = go()
    except stepfunctions._ExecutionError:
        note("Failed")
        raise
    note("Succeeded")
    return output


def _note_iteration(
    execution: Execution, map_name: str | None, index: int | None, how: str
) -> None:
    """Note in the history how an iteration fares; a branch has no such events."""
    if map_name is not None:
        details = {f"mapIteration{how}EventDetails": {"name": map_name, "index": index}}
        history.add(execution, f"MapIteration{how}", details)


def _on_a_thread(work: Callable[[], Any]) -> Future[Any]:
    """Begin some work, in this context, on a thread that nobody has to wait for."""
    result: Future[Any] = Future()
    context = copy_context()

    def do() -> None:
        try:
            result.set_result(context.run(work))
        except Exception as error:
            result.set_exception(error)

    threading.Thread(target=do, daemon=True).start()
    return result


def _note_attempts(seam: str, kind: str) -> None:
    """Note in the history that a Parallel or Map state starts, and how that ended."""

    def attempt(state_def: State, raw_input: Any, execution: Execution, ctx: Context) -> Any:
        details = {"mapStateStartedEventDetails": {"length": _length(state_def, raw_input, ctx)}}
        started = history.add(execution, f"{kind}StateStarted", details if kind == "Map" else None)
        name = ctx["State"]["Name"] if kind == "Map" else None
        _siblings.set(Siblings(name, started["id"], together=not _is_distributed(state_def)))
        try:
            result = upstream(state_def, raw_input, execution, ctx)
        except stepfunctions._ExecutionError:
            history.add(execution, f"{kind}StateFailed")
            raise
        history.add(execution, f"{kind}StateSucceeded")
        return result

    like = "(state_def, raw_input, execution, ctx)"
    upstream = seams.replace(MODULE, seam, attempt, like=like)


def _is_distributed(state: State) -> bool:
    processor = state.get("ItemProcessor") or {}
    return (processor.get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED"


def _length(state: State, given: Any, ctx: Context) -> int:
    """Return how many iterations a Map state will have, 0 where JSONata chooses the items."""
    if "Items" in state:
        return 0
    taken = stepfunctions._apply_input_path(state, given, ctx)
    items = stepfunctions._resolve_path_or_ctx(state.get("ItemsPath", "$"), taken, ctx)
    return len(items) if isinstance(items, list) else 1
