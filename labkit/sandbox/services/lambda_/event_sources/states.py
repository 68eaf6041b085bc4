"""The states of a mapping: Creating, Updating, Enabling, Disabling and Deleting take a while.

Source: Lambda API Reference, CreateEventSourceMapping (`State`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.upstream.app import concurrency
from labkit.sandbox.upstream.lambda_ import lambda_svc

TRANSITION_SECONDS = 0.5
"""How long a transition takes; on AWS it is some seconds up to a minute."""

Mapping = dict[str, Any]


@dataclass(frozen=True)
class Transition:
    """What becomes of a mapping, and when; `final` is None for one that is being deleted."""

    final: str | None
    at: float


_transitions: dict[str, Transition] = {}


def begin(mapping: Mapping, state: str, final: str | None) -> None:
    """Put `mapping` into the passing `state` that ends in `final`."""
    mapping["State"] = state
    _transitions[mapping["UUID"]] = Transition(final, time.monotonic() + TRANSITION_SECONDS)


def settle() -> None:
    """End every transition whose time has come."""
    for key, mapping in list(lambda_svc._esms._data.items()):
        transition = _transitions.get(mapping["UUID"])
        if transition is None or time.monotonic() < transition.at:
            continue
        del _transitions[mapping["UUID"]]
        if transition.final is None:
            lambda_svc._esms._data.pop(key, None)
        else:
            mapping["State"] = transition.final
        concurrency.esm_wake.set()
