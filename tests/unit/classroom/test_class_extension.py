"""The learner's part in JupyterLab: its address changes with its content."""

from __future__ import annotations

import hashlib
import json

from labkit.classroom.frontend import EXTENSIONS


def test_a_changed_extension_has_another_address() -> None:
    folder = EXTENSIONS / "labkit-class"
    load = json.loads((folder / "package.json").read_text())["jupyterlab"]["_build"]["load"]
    content = hashlib.sha256((folder / "static" / "class.js").read_bytes()).hexdigest()
    assert load == f"static/class.js?v={content[:8]}"
