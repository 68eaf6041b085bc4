"""What every state needs while it runs: its line of the history, its scope, its machine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from labkit.sandbox.services.stepfunctions.history import Line, StoppedError
from labkit.sandbox.services.stepfunctions.language.scope import JSONATA, Scope

State = dict[str, Any]

LOOK_SECONDS = 0.05
"""How often a state that waits looks whether its line goes on."""


@dataclass
class Walker:
    """Walks the states of a machine along one line of an execution.

    Attributes
    ----------
    line
        Where its events go.
    scope
        What its fields refer to.
    role_arn
        The role whose rights its tasks have.
    walk
        Walks a machine's states on such a line and returns the last one's output.
    """

    line: Line
    scope: Scope
    role_arn: str
    walk: Callable[[Walker, State, Any], Any]
    _never: threading.Event = field(default_factory=threading.Event)

    def branch(self, after: int, machine: State) -> Walker:
        """Return the walker of a branch or an iteration that begins after an event of this one."""
        scope = self.scope.branch(machine.get("QueryLanguage"))
        return Walker(self.line.branch(after), scope, self.role_arn, self.walk)

    def in_jsonata(self, state: State) -> bool:
        """Tell whether a state speaks JSONata."""
        return self.scope.language_of(state) == JSONATA

    def states(self, given: Any, **more: Any) -> dict[str, Any]:
        """Return what `$states` shows: `input`, `context`, and `result` or `errorOutput`."""
        return {"input": given, "context": self.scope.context, **more}

    def pause(self, seconds: float) -> None:
        """Wait, for as long as the line goes on.

        Raises
        ------
        StoppedError
            If it does not.
        """
        left = seconds
        while left > 0:
            self.go_on()
            self._never.wait(min(left, LOOK_SECONDS))
            left -= LOOK_SECONDS

    def go_on(self) -> None:
        """Do nothing, if the line goes on.

        Raises
        ------
        StoppedError
            If it does not.
        """
        if self.line.is_over:
            raise StoppedError
