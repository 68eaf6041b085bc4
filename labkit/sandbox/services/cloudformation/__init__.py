"""CloudFormation, held to AWS: templates, properties, rights, states, events, and REST APIs."""

from __future__ import annotations

from labkit.sandbox.services.cloudformation import callers
from labkit.sandbox.upstream.when_loaded import when_loaded


def install() -> None:
    """Put every part of this package into MiniStack."""
    when_loaded("ministack.services.cloudformation", _install)
    callers.install()


def _install() -> None:
    from labkit.sandbox.services.cloudformation import (
        budgets,
        functions,
        properties,
        rest_apis,
        rights,
        roles,
        rolled_back,
        schedules,
        stabilizing,
        stack_events,
        templates,
        topics,
    )

    makers = (templates, budgets, stabilizing, stack_events, roles, functions, rest_apis)
    messages = (schedules, topics)
    for part in (rolled_back, *makers, *messages, rights, properties):
        part.install()
