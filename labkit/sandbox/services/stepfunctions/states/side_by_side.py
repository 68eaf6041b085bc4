"""Branches of a Parallel state and iterations of a Map state, each a line of its own.

The first that fails ends the others at once. What an ended one has under way, a function's call,
goes on by itself, and nobody hears of it.
Source: Amazon States Language, "Parallel State" and "Map State".
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import Any

from labkit.sandbox.services.stepfunctions import history
from labkit.sandbox.services.stepfunctions.history import ABORTABLE, StoppedError
from labkit.sandbox.services.stepfunctions.language import jsonata, payloads
from labkit.sandbox.services.stepfunctions.language.errors import StateError
from labkit.sandbox.services.stepfunctions.states.tasks import on_a_thread
from labkit.sandbox.services.stepfunctions.states.walker import LOOK_SECONDS, State, Walker

AT_ONCE = 40
"""Iterations of an inline Map that run at the same time at the most (Step Functions quotas)."""


@dataclass
class Inner:
    """A branch or an iteration.

    Attributes
    ----------
    walker
        Its own line and scope.
    work
        Walks it to its end.
    name, index
        Of an iteration: the Map state's name, and its number; None for a branch.
    """

    walker: Walker
    work: Callable[[], Any]
    name: str | None = None
    index: int | None = None
    ended: Future[Any] = field(default_factory=Future)

    def note(self, how: str, *, after: int | None = None, follow: bool = False) -> None:
        """Note how an iteration fares; of a branch there are no such events."""
        if self.name is None:
            return
        details = {"index": self.index, "name": self.name}
        add = self.walker.line.add if follow else self.walker.line.append
        add(f"MapIteration{how}", details, after=after)


def parallel(walker: Walker, state: State, given: Any) -> Any:
    """Run the branches of a Parallel state once; return their outputs in order.

    Raises
    ------
    StateError
        The first branch's that fails.
    """
    taken = handed_on(walker, state, given, "Arguments")
    started = walker.line.add("ParallelStateStarted")
    branches = [_branch(walker, started, machine, taken) for machine in state["Branches"]]
    for branch in branches:
        branch.ended = on_a_thread(branch.work)
    outputs = together(walker, branches)
    walker.line.note("ParallelStateSucceeded")
    return selected(walker, state, outputs)


def _branch(walker: Walker, started: int, machine: State, taken: Any) -> Inner:
    inner = walker.branch(started, machine)
    return Inner(inner, lambda: inner.walk(inner, machine, taken))


def handed_on(walker: Walker, state: State, given: Any, field_of_jsonata: str) -> Any:
    """Return what branches get: the input after InputPath and Parameters, or the Arguments."""
    if walker.in_jsonata(state):
        if field_of_jsonata not in state:
            return given
        states = walker.states(given)
        return jsonata.fill(field_of_jsonata, state[field_of_jsonata], states, walker.scope)
    taken = payloads.taken_input(state, given, walker.scope)
    return (
        payloads.fill(state["Parameters"], taken, walker.scope) if "Parameters" in state else taken
    )


def selected(walker: Walker, state: State, result: Any) -> Any:
    """Return a result after ResultSelector."""
    if walker.in_jsonata(state) or "ResultSelector" not in state:
        return result
    return payloads.fill(state["ResultSelector"], result, walker.scope)


def iterate(walker: Walker, iterations: list[Inner], most: int) -> list[Any]:
    """Run iterations, at most so many at a time; return their outputs in order.

    Raises
    ------
    StateError
        The first one's that fails.
    """
    if most == 1:
        return _one_after_another(walker, iterations)
    room = threading.Semaphore(most or AT_ONCE)
    for iteration in iterations[: most or AT_ONCE]:
        iteration.note("Started", follow=True)
    begun = set(map(id, iterations[: most or AT_ONCE]))
    for iteration in iterations:
        iteration.ended = on_a_thread(_with_room(iteration, room, id(iteration) in begun))
    return together(walker, iterations)


def _with_room(iteration: Inner, room: threading.Semaphore, begun: bool) -> Callable[[], Any]:
    def work() -> Any:
        while not room.acquire(timeout=LOOK_SECONDS):
            iteration.walker.go_on()
        try:
            if not begun:
                iteration.note("Started", follow=True)
            return iteration.work()
        finally:
            room.release()

    return work


def _one_after_another(walker: Walker, iterations: list[Inner]) -> list[Any]:
    """Run one iteration at a time: the next one follows what the one before came to."""
    outputs = []
    for iteration in iterations:
        iteration.walker.line.last = walker.line.last
        iteration.note("Started", follow=True)
        iteration.ended = on_a_thread(iteration.work)
        outputs += together(walker, [iteration], last=iteration is iterations[-1])
    return outputs


def together(walker: Walker, inner: list[Inner], *, last: bool = True) -> list[Any]:
    """Wait for all, or for the first that fails, which ends the others.

    Parameters
    ----------
    last
        Whether what comes next follows the last iteration's MapIterationSucceeded; what follows
        one that is not the last follows its last state.

    Raises
    ------
    StateError
        The first one's that fails.
    """
    waiting = {one.ended: one for one in inner}
    try:
        while waiting:
            walker.go_on()
            done, _ = wait(waiting, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for ended in done:
                _take_in(walker, waiting.pop(ended), last)
    except StateError:
        _abort(walker, list(waiting.values()))
        raise
    except StoppedError:
        for one in inner:
            one.walker.line.stop()
        raise
    return [one.ended.result() for one in inner]


def _take_in(walker: Walker, one: Inner, last: bool) -> None:
    """Note how one has ended, and let this line go on from there."""
    with history.locked():
        try:
            one.ended.result()
        except StateError:
            walker.line.last = one.walker.line.last
            one.note("Failed")
            raise
        walker.line.last = max(walker.line.last, one.walker.line.last)
        one.note("Succeeded")
        if last and one.name is not None:
            walker.line.last = len(walker.line.execution["events"])


def _abort(walker: Walker, others: list[Inner]) -> None:
    """End those that still run."""
    with history.locked():
        for one in others:
            if one.walker.line.stop() in ABORTABLE:
                one.walker.line.append(
                    f"{one.walker.line.doing}StateAborted", after=walker.line.last
                )
            if one.walker.line.last and one.ended.running() is not None:
                one.note("Aborted", after=walker.line.last)
