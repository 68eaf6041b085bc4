"""The files that others start labkit from: each names only what is there, and what it runs runs."""

from __future__ import annotations

import json
import os
from fnmatch import fnmatch

import pytest
import yaml

from tests.support.source import DOCKERFILE, PROJECT, copied


def test_the_image_copies_what_is_there_and_not_ignored() -> None:
    allowed = (PROJECT / ".dockerignore").read_text().split("\n")
    for source in copied():
        assert (PROJECT / source).exists(), source
        assert any(fnmatch(source, line[1:]) for line in allowed if line.startswith("!")), source


@pytest.mark.parametrize("name", ["values.yaml", "my-values.example.yaml"])
def test_the_values_are_yaml_of_the_charts_own_sections(name: str) -> None:
    found = yaml.safe_load((PROJECT / "deploy" / "kubernetes" / name).read_text())
    sections = {"hub", "proxy", "singleuser", "scheduling", "prePuller", "ingress", "cull"}
    assert set(found) <= sections


def test_the_dev_container_runs_what_is_there() -> None:
    found = json.loads((PROJECT / ".devcontainer" / "devcontainer.json").read_text())
    script, lock, _ = found["postCreateCommand"].split()
    assert os.access(PROJECT / script, os.X_OK)
    assert (PROJECT / lock).exists()
    assert found["forwardPorts"] == [8888]
    assert "--port 8888" in found["postAttachCommand"]


def test_the_image_installs_the_learners_lock_and_nothing_by_address() -> None:
    assert "--no-deps --requirement requirements.lock" in DOCKERFILE
    assert "://" not in DOCKERFILE
