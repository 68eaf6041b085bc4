"""Files to put into a function's package, so that each call says which environment ran it."""

from __future__ import annotations

from importlib.resources import files

PYTHON = "execution_environment.py"
NODE = "execution_environment.mjs"


def source(name: str) -> str:
    """Return the text of a probe.

    Parameters
    ----------
    name : str
        `PYTHON` or `NODE`. In the handler, call ``execution_environment.report()`` first.
    """
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
