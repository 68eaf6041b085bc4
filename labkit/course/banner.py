"""What a terminal shows when JupyterLab starts: where to click, how to stop, and what stays."""

from __future__ import annotations

from pathlib import Path

from labkit.course.copies import COPIES
from labkit.version import VERSION


def banner(folder: Path, opens: bool) -> str:
    """Return the lines; Jupyter prints its address below them.

    Parameters
    ----------
    folder
        The course's folder.
    opens
        Whether a browser will be opened.
    """
    where = (
        "JupyterLab opens in your browser. If it does not, click the last address below."
        if opens
        else "Click the last address below to open JupyterLab."
    )
    return f"""
labkit {VERSION} · a hands-on AWS serverless bootcamp. The sandbox is running.

  open   {where}
  stop   Ctrl-C here, then y. The sandbox ends with it, and all that is in it.
  keep   Your notebooks stay: {folder / COPIES}
  help   `labkit doctor` in another terminal, if something does not work.
"""
