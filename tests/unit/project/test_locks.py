"""One truth about versions: pyproject.toml, both lock files and environment.yml agree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[3]
LOCKS = ["requirements.lock", "requirements-dev.lock"]


def locked(name: str) -> dict[str, set[str]]:
    """Return each package's locked specifiers, with their markers, by its canonical name."""
    found: dict[str, set[str]] = {}
    for line in (PROJECT / name).read_text().splitlines():
        requirement = Requirement(line)
        pin = f"{requirement.specifier} ; {requirement.marker}"
        found.setdefault(canonicalize_name(requirement.name), set()).add(pin)
    return found


def pyproject() -> dict[str, Any]:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


def environment() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((PROJECT / "environment.yml").read_text())
    return loaded


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_one_exact_version_a_line_and_no_address(name: str) -> None:
    lines = (PROJECT / name).read_text().splitlines()
    assert len(lines) > 100
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[\w.+!]+( ; .+)?", line), line
        assert "://" not in line


def test_the_development_lock_is_the_learners_and_more() -> None:
    learner, development = locked(LOCKS[0]), locked(LOCKS[1])
    for name, pins in learner.items():
        # what learners need on one Python alone, developers may need on all
        everywhere = {f"{pin.partition(' ;')[0]} ; None" for pin in pins}
        assert development.get(name) in (pins, everywhere), name
    assert len(development) > len(learner)


@pytest.mark.parametrize("name", LOCKS)
def test_the_locked_versions_are_what_pyproject_asks_for(name: str) -> None:
    versions = locked(name)
    for text in pyproject()["project"]["dependencies"]:
        asked = Requirement(text)
        for pin in versions[canonicalize_name(asked.name)]:
            version = pin.partition(" ;")[0].removeprefix("==")
            assert asked.specifier.contains(version), f"{asked} but {pin} is locked"


def test_what_make_extras_installs_is_locked_for_developers_and_spared_learners() -> None:
    learner, development = locked(LOCKS[0]), locked(LOCKS[1])
    for text in pyproject()["project"]["optional-dependencies"]["lint"]:
        name = canonicalize_name(Requirement(text).name)
        assert name in development
        assert name not in learner


def test_conda_installs_every_package_from_the_lock() -> None:
    conda, (extra,) = environment()["dependencies"][:-1], environment()["dependencies"][-1:]
    assert [Requirement(text).name for text in conda] == ["python", "pip"]
    assert extra == {"pip": ["--requirement requirements.lock", "--editable ."]}


def test_conda_and_pip_take_the_same_pythons() -> None:
    python = Requirement(environment()["dependencies"][0])
    assert python.specifier == SpecifierSet(pyproject()["project"]["requires-python"])
