"""A user's server on The Littlest JupyterHub: the course in a folder of their home."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from labkit.classroom.singleuser import main

os.environ.setdefault("LABKIT_COURSE_DIR", str(Path.home() / "course"))
main(sys.argv[1:])
