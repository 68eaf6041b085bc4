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
class Stay:
    """One lifecycle state for some seconds; at a hook until it is completed, at the longest."""

    state: str
    seconds: float
    hook: str = ""
    default: str = "CONTINUE"


@dataclass
class Passage:
    """What lies before an instance: its stays, and the state that it comes to in the end.

    Attributes
    ----------
    stays
        The states that are left to pass.
    final
        The state after them.
    abandoned
        Whether a hook ended with ABANDON.
    """

    stays: list[Stay]
    final: str
    abandoned: bool = False
    _began: float = field(default_factory=time.monotonic)

    @property
    def state(self) -> str:
        """The lifecycle state as of the last `advance`."""
        return self.stays[0].state if self.stays else self.final

    @property
    def is_over(self) -> bool:
        """Whether the instance has come to its final state."""
        return not self.stays

    def advance(self) -> None:
        """Leave every state whose time is over."""
        while self.stays and time.monotonic() - self._began >= self.stays[0].seconds:
            self._began += self.stays[0].seconds
            self._leave(self.stays[0].default)

    def complete(self, hook: str, result: str) -> bool:
        """Leave a hook with `result`; tell whether the instance waited there."""
        if not self.stays or self.stays[0].hook != hook:
            return False
        self._began = time.monotonic()
        self._leave(result)
        return True

    def heartbeat(self, hook: str) -> bool:
        """Let the hook's time begin anew; tell whether the instance waited there."""
        if not self.stays or self.stays[0].hook != hook:
            return False
        self._began = time.monotonic()
        return True

    def _leave(self, result: str) -> None:
        hook = self.stays.pop(0).hook
        if hook and result == "ABANDON":
            self.abandoned = True
            self.stays.clear()


def passage(state: str, seconds: float, hooks: Iterable[Any], final: str) -> Passage:
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
        Stay(f"{state}:Wait", hook.heartbeat_timeout, hook.name, hook.default_result)
        for hook in hooks
    )
    return Passage([Stay(state, seconds), *waits], final)
