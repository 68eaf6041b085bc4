"""Panels: progress, resources and cost, environment; one look, each with a form in plain text."""

from __future__ import annotations

from labkit.show.panels.environment import EnvironmentPanel
from labkit.show.panels.frame import Panel
from labkit.show.panels.page import page
from labkit.show.panels.progress import ProgressPanel, Standing
from labkit.show.panels.resources import ResourcesPanel

__all__ = [
    "EnvironmentPanel",
    "Panel",
    "ProgressPanel",
    "ResourcesPanel",
    "Standing",
    "page",
]
