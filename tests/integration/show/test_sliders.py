"""Sliders in a front end; where nobody can move them, the figure alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jupytext
import papermill
from jupyter_client.manager import start_new_kernel

CELL = """\
from labkit.show.picture import Picture
from labkit.show.sliders import explore
from labkit.labs.storage.archive_figures import keeping, payback
from labkit.labs.storage.prefix_figure import prefix_bars

def figure(gb: float = 7.0) -> Picture:
    return Picture(b"0" * 24, f"{gb:g} GB")

explore(figure, gb=(0.0, 10.0, 1.0))
"""


def test_papermill_keeps_the_static_figure(tmp_path: Path) -> None:
    source, done = tmp_path / "in.ipynb", tmp_path / "out.ipynb"
    jupytext.write(jupytext.reads(f"# %%\n{CELL}", "py:percent"), source)
    run = papermill.execute_notebook(source, done, kernel_name="python3", progress_bar=False)
    (output,) = run.cells[-1].outputs
    assert output["data"]["text/plain"] == "7 GB"
    assert "application/vnd.jupyter.widget-view+json" not in output["data"]


def test_a_front_end_gets_sliders() -> None:
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        shown: list[dict[str, Any]] = []
        client.execute_interactive(CELL, allow_stdin=True, output_hook=shown.append, timeout=60)
        (result,) = (m["content"] for m in shown if m["msg_type"] == "execute_result")
        assert "application/vnd.jupyter.widget-view+json" in result["data"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
