"""Every seam is checked at the start, also those in what is loaded later."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import ministack
import pytest

from labkit.sandbox.upstream import digests
from tests.sandbox.conftest import within_a_server

pytestmark = pytest.mark.usefixtures("own_sandbox")

TAKE_ALL = """
import json, sys
from labkit.sandbox.upstream import digests, seams
from labkit.sandbox.process import server

taken = set()

def noting(take):
    def note(module, *more, **named):
        taken.add(module)
        return take(module, *more, **named)
    return note

for name in ("replace", "replace_item", "use"):
    setattr(seams, name, noting(getattr(seams, name)))
server._assemble()
loaded, _ = set(sys.modules), taken.clear()
digests.digest = lambda name: "other"
digests.check()
print(json.dumps(sorted(taken - loaded)))
"""
"""Prints the modules in which seams are taken that the start does not load."""


def test_the_files_that_are_loaded_later_are_known(tmp_path: Path) -> None:
    assert set(within_a_server(TAKE_ALL, tmp_path)) <= set(digests.recorded())


@pytest.mark.contract(30)
def test_one_that_moved_ends_the_start_with_a_sentence(tmp_path: Path) -> None:
    package = tmp_path / "ministack"
    shutil.copytree(Path(ministack.__file__).parent, package, copy_function=os.symlink)
    module = package / "services" / "stepfunctions.py"
    text = module.read_text()
    module.unlink()
    module.write_text(text.replace("def _run_execution(exec_arn)", "def _run_it(exec_arn)"))
    ended = subprocess.run(
        [sys.executable, "-m", "labkit.sandbox", "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path)},
    )
    assert ended.returncode == 1
    assert ended.stderr == (
        "labkit.sandbox: ministack.services.stepfunctions._run_execution of ministack 1.5.33 is "
        "nothing; the sandbox was written against (exec_arn); install the locked packages again: "
        "make clean lab\n"
    )
    assert not list(tmp_path.glob("labkit-sandbox-*"))
