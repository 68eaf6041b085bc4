"""Which Python runs the notebooks: labkit's own, whatever else is called `python3`.

Jupyter looks for a kernel of a name in the folders of JUPYTER_PATH first, and with
JUPYTER_PREFER_ENV_PATH=0 in the user's before the environment's. What other people's `python3`
runs has no labkit.
Source: jupyter_core, "Data files"; jupyter_client, "Making kernels for Jupyter".
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "JUPYTER_PATH"


def prefer_own_kernel() -> None:
    """Have this process and those that it starts find the environment's kernels first."""
    own = str(Path(sys.prefix, "share", "jupyter"))
    others = [one for one in os.environ.get(VARIABLE, "").split(os.pathsep) if one not in ("", own)]
    os.environ[VARIABLE] = os.pathsep.join([own, *others])
