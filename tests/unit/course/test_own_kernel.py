"""labkit's own Python runs the notebooks."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from labkit.course.own_kernel import prefer_own_kernel


@pytest.mark.parametrize("variable", ["JUPYTER_PATH", "JUPYTER_DATA_DIR"])
def test_no_other_python3_is_taken_for_ours(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    other = {"argv": ["/usr/bin/other"], "display_name": "Python 3", "language": "python"}
    spec.write_text(json.dumps(other), encoding="utf-8")
    monkeypatch.delenv("JUPYTER_PATH", raising=False)  # another test may have started notebooks
    monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    assert KernelSpecManager().get_kernel_spec("python3").argv == ["/usr/bin/other"]
    monkeypatch.setenv("JUPYTER_PATH", os.environ.get("JUPYTER_PATH", ""))
    prefer_own_kernel()
    found = KernelSpecManager().get_kernel_spec("python3")
    assert Path(found.resource_dir).is_relative_to(sys.prefix)
    assert "/usr/bin/other" not in found.argv


def test_other_folders_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_PATH", os.pathsep.join(["/one", "/two"]))
    prefer_own_kernel()
    prefer_own_kernel()
    own = str(Path(sys.prefix, "share", "jupyter"))
    assert os.environ["JUPYTER_PATH"].split(os.pathsep) == [own, "/one", "/two"]
