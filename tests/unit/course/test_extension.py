"""JupyterLab's extension: what is shipped is what its sources make, and no registry is named."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest

from labkit.course.launch import EXTENSIONS

PROJECT = Path(__file__).resolve().parents[3]
SHIPPED = EXTENSIONS / "labkit"


def test_what_is_shipped_was_built_from_these_sources() -> None:
    """`make extension` builds it anew; with Node, `.ci/extension --check` compares every byte."""
    sources = runpy.run_path(str(PROJECT / ".ci" / "extension_sources.py"))
    built_from = (PROJECT / "extension" / "built-from.sha256").read_text().strip()
    assert sources["digest"]() == built_from


def test_a_changed_extension_has_another_address_for_browsers_keep_the_old_one_for_a_year() -> None:
    load = json.loads((SHIPPED / "package.json").read_text())["jupyterlab"]["_build"]["load"]
    assert re.fullmatch(r"static/remoteEntry\.[0-9a-f]{16}\.js", load)
    assert (SHIPPED / load).is_file()


@pytest.mark.parametrize("name", ["package.json", "package-lock.json"])
def test_no_registry_is_named(name: str) -> None:
    text = (PROJECT / "extension" / name).read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert not re.search('https?://[^"]*(registry|npmjs)', text)
