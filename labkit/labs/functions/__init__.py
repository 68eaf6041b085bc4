"""The Lambda lessons: functions with a probe, APIs that wait, and models to explore."""

from __future__ import annotations

from labkit.labs.functions.deployment import (
    add_probe,
    deploy,
    network_role,
    point_alias,
    rest_api,
    submit,
    unreserve,
)
from labkit.labs.functions.model_figures import (
    arrivals_figure,
    backlog_figure,
    memory_figure,
    provisioned_figure,
    scale_out_figure,
)
from labkit.labs.functions.sources import PADDING, importing, many_functions, padding

__all__ = [
    "PADDING",
    "add_probe",
    "arrivals_figure",
    "backlog_figure",
    "deploy",
    "importing",
    "many_functions",
    "memory_figure",
    "network_role",
    "padding",
    "point_alias",
    "provisioned_figure",
    "rest_api",
    "scale_out_figure",
    "submit",
    "unreserve",
]
