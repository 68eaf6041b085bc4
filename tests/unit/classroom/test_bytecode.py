"""What learners import is compiled before they come."""

from __future__ import annotations

import os
from importlib.util import cache_from_source
from pathlib import Path

import labkit
from labkit.classroom.bytecode import compile_bytecode, folders


def test_what_is_missing_or_old_is_written(tmp_path: Path) -> None:
    source = tmp_path / "package" / "module.py"
    source.parent.mkdir()
    source.write_text("A = 1\n")
    compile_bytecode([tmp_path])
    compiled = Path(cache_from_source(str(source)))
    first = compiled.read_bytes()
    source.write_text("A = 2\n")
    os.utime(source, (0, 0))  # bytecode goes by the time of the source, in whole seconds
    compile_bytecode([tmp_path])
    assert compiled.read_bytes() != first


def test_what_is_no_python_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "a_template.py").write_text("{% if no %} python {% endif %}")
    (tmp_path / "module.py").write_text("A = 1\n")
    compile_bytecode([tmp_path])
    assert Path(cache_from_source(str(tmp_path / "module.py"))).exists()


def test_labkit_and_its_packages_are_among_it() -> None:
    import pandas

    for module in (labkit, pandas):
        assert any(Path(module.__file__).is_relative_to(folder) for folder in folders())
