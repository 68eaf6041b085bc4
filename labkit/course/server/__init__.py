"""A Jupyter server extension that feeds JupyterLab's sidebars, so that no kernel is spent on it."""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Tell Jupyter's server what to load."""
    return [{"module": "labkit.course.server"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Put the course's handlers into Jupyter's server."""
    from labkit.course.server.extension import load

    load(server)
