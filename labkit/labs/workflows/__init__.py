"""State machines: executions with their history, drawn over time and as a graph."""

from __future__ import annotations

from labkit.labs.workflows.execution_timeline import execution_timeline
from labkit.labs.workflows.executions import attempts, execute, states_entered, transitions
from labkit.labs.workflows.state_graph import state_graph

__all__ = [
    "attempts",
    "execute",
    "execution_timeline",
    "state_graph",
    "states_entered",
    "transitions",
]
