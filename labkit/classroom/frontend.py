"""Where the learner's part of a class in JupyterLab is: an extension without a build step."""

from __future__ import annotations

from pathlib import Path

EXTENSIONS = Path(__file__).parent / "labextensions"
"""A folder that JupyterLab takes as ``--LabApp.extra_labextensions_path``."""
