"""Plugin of The Littlest JupyterHub 2: each user's server is the labkit course.

The course lies in a clone that users read and cannot change, with an environment of its own beside
TLJH's. Signing in, limits and TLS stay TLJH's. Invitation links, rooms and the class view are
`labkit class serve`'s, and are not here.

Source of the hooks' names and order: The Littlest JupyterHub 2.0, `tljh/hooks.py` and
`tljh/jupyterhub_config.py` (this plugin's configuration comes after `tljh-config`'s).
"""

from __future__ import annotations

import os
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tljh.hooks import hookimpl

COURSE = Path(os.environ.get("LABKIT_CLASS_COURSE", "/opt/labkit"))
"""The clone: whoever runs the hub owns it."""
USER_PYTHON = "/opt/tljh/user/bin/python"
"""Makes the course's environment; `setup.sh` looks for another if this one is before 3.11."""
PYTHON = COURSE / ".venv" / "bin" / "python"
COMPILE = "from labkit.classroom.bytecode import *; compile_bytecode(folders())"
LIMITS = {"memory": "2G", "cpu": 2}
"""Measured: 367 MB with one notebook, up to 200 MB for each further one (docs/teaching.md)."""
CULL_AFTER_S = 10_800
"""TLJH stops a server after ten idle minutes, and its sandbox with it; here not within a lesson."""


@hookimpl
def tljh_post_install() -> None:
    """Make the course's environment, with the hub's own version of JupyterHub."""
    _run(COURSE / "setup.sh", "requirements.lock", ".venv/.learner")
    _run(PYTHON, "-m", "pip", "install", "--quiet", f"jupyterhub=={version('jupyterhub')}")
    _run(PYTHON, "-c", COMPILE)


@hookimpl
def tljh_config_post_install(config: dict[str, Any]) -> None:
    """Set limits and culling, where `tljh-config` has not set them yet."""
    limits = config.setdefault("limits", {})
    for name, limit in LIMITS.items():
        limits.setdefault(name, limit)
    cull = config.setdefault("services", {}).setdefault("cull", {})
    cull.setdefault("timeout", CULL_AFTER_S)


@hookimpl
def tljh_custom_jupyterhub_config(c: Any) -> None:
    """Start the course instead of a bare JupyterLab."""
    c.Spawner.cmd = [str(PYTHON), str(COURSE / "deploy" / "tljh" / "learner.py")]
    c.Spawner.default_url = "/lab/workspaces/labkit"
    c.Spawner.environment = {"LABKIT_CLASS_COURSE": str(COURSE)}
    c.Spawner.start_timeout = 300
    c.SystemdSpawner.isolate_tmp = True
    c.SystemdSpawner.isolate_devices = True


def _run(*command: str | Path) -> None:
    environment = os.environ | {"PYTHON": USER_PYTHON}
    subprocess.run([str(word) for word in command], cwd=COURSE, env=environment, check=True)
