"""How an instance of a group passes from one lifecycle state to the next, on a boot clock.

Source: EC2 Auto Scaling User Guide, "Amazon EC2 Auto Scaling instance lifecycle" and "How lifecycle
hooks work".
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"


@dataclass(frozen=True)
class Step:
    """One lifecycle state for some seconds; at a hook until it is completed, at the longest."""

    state: str
    seconds: float
    hook: str = ""
    default: str = "CONTINUE"


@dataclass
class Transition:
    """What lies before an instance: its steps, and the state that it comes to in the end.

    Attributes
    ----------
    steps
        The states that are left to pass.
    final
        The state after them.
    abandoned
        Whether a hook ended with ABANDON.
    """

    steps: list[Step]
    final: str
    abandoned: bool = False
    _began: float = field(default_factory=time.monotonic)

    @property
    def state(self) -> str:
        """The lifecycle state as of the last `advance`."""
        return self.steps[0].state if self.steps else self.final

    @property
    def is_over(self) -> bool:
        """Whether the instance has come to its final state."""
        return not self.steps

    def advance(self) -> None:
        """Leave every state whose time is over."""
        while self.steps and time.monotonic() - self._began >= self.steps[0].seconds:
            self._began += self.steps[0].seconds
            self._leave(self.steps[0].default)

    def complete(self, hook: str, result: str) -> bool:
        """Leave a hook with `result`; tell whether the instance waited there."""
        if not self.steps or self.steps[0].hook != hook:
            return False
        self._began = time.monotonic()
        self._leave(result)
        return True

    def heartbeat(self, hook: str) -> bool:
        """Let the hook's time begin anew; tell whether the instance waited there."""
        if not self.steps or self.steps[0].hook != hook:
            return False
        self._began = time.monotonic()
        return True

    def _leave(self, result: str) -> None:
        hook = self.steps.pop(0).hook
        if hook and result == "ABANDON":
            self.abandoned = True
            self.steps.clear()


def transition_of(state: str, seconds: float, hooks: Iterable[Any], final: str) -> Transition:
    """Return the way through `state`, for `seconds`, and the waits of `hooks`, to `final`.

    Parameters
    ----------
    state
        For example `Pending` or `Warmed:Pending`.
    seconds
        How long the instance boots or starts.
    hooks
        The hooks of moto that hold at this transition.
    final
        For example `InService`.
    """
    waits = (
        Step(f"{state}:Wait", hook.heartbeat_timeout, hook.name, hook.default_result)
        for hook in hooks
    )
    return Transition([Step(state, seconds), *waits], final)
