"""The buildspec: which commands are run in which phase, and which files are kept.

Source: CodeBuild User Guide, "Build specification reference for CodeBuild" (version 0.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

PHASES = ("install", "pre_build", "build", "post_build")
"""The phases that have commands, in their order."""

KNOWN = frozenset({"version", "env", "phases", "reports", "artifacts", "run-as"})
NOT_HERE = ("proxy", "batch", "cache")
"""Sections that the sandbox has nothing for."""

JUNIT = "JUNITXML"
"""The format of test results that is taken where a buildspec names none."""

MOST_REPORTS = 5
"""Report groups of a buildspec (User Guide, "Create test reports")."""

NOT_IN_ENV = ("git-credential-helper",)


class BuildspecError(ValueError):
    """A buildspec cannot be read; the message says where."""


@dataclass(frozen=True)
class Phase:
    """The commands of a phase.

    Attributes
    ----------
    commands
        Run one after the other, until one fails.
    finally_
        Run afterwards, whatever happened.
    goes_on
        Whether the build goes on when a command fails.
    """

    commands: tuple[str, ...] = ()
    finally_: tuple[str, ...] = ()
    goes_on: bool = False


@dataclass(frozen=True)
class Results:
    """Test results that become a report.

    Attributes
    ----------
    group
        The ARN of a report group, or what follows the project's name in the name of one.
    files, base, discard_paths
        Where they are, as in `Buildspec`.
    """

    group: str
    files: tuple[str, ...]
    base: str
    discard_paths: bool


@dataclass(frozen=True)
class Buildspec:
    """What a build does.

    Attributes
    ----------
    phases
        By their names.
    variables, parameters, secrets
        Environment variables: by value, by the name of a parameter, by ``secret-id:json-key``.
    exported
        Variables that a pipeline gets.
    files, base, discard_paths
        What is kept: patterns of files, the folder that they are looked for in, and whether they
        lose their folders.
    reports
        Test results that become reports.
    """

    phases: dict[str, Phase]
    variables: dict[str, str]
    parameters: dict[str, str]
    secrets: dict[str, str]
    exported: tuple[str, ...]
    files: tuple[str, ...]
    base: str
    discard_paths: bool
    reports: tuple[Results, ...] = ()


def parse(text: str) -> Buildspec:
    """Read a buildspec.

    Raises
    ------
    BuildspecError
        If it is none, or asks for what the sandbox has not.
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BuildspecError(str(error)) from None
    if not isinstance(document, dict) or str(document.get("version")) not in ("0.1", "0.2"):
        raise BuildspecError("a version of 0.1 or 0.2 is expected")
    for section in document:
        if section in NOT_HERE:
            raise BuildspecError(f"the embedded sandbox has no {section} of a buildspec")
        if section not in KNOWN:
            raise BuildspecError(f"unknown key {section}")
    env, artifacts = _section(document, "env"), _section(document, "artifacts")
    for section in NOT_IN_ENV:
        if section in env:
            raise BuildspecError(f"the embedded sandbox has no {section} of a buildspec")
    phases = _section(document, "phases")
    if unknown := phases.keys() - set(PHASES):
        raise BuildspecError(f"unknown phase {', '.join(sorted(unknown))}")
    return Buildspec(
        phases={name: _phase(_section(phases, name)) for name in PHASES},
        variables=_texts(_section(env, "variables")),
        parameters=_texts(_section(env, "parameter-store")),
        secrets=_texts(_section(env, "secrets-manager")),
        exported=_listed(env, "exported-variables"),
        files=_listed(artifacts, "files"),
        base=str(artifacts.get("base-directory") or "."),
        discard_paths=_discards_paths(artifacts),
        reports=_reports(_section(document, "reports")),
    )


def _phase(section: dict[str, Any]) -> Phase:
    return Phase(
        commands=_listed(section, "commands"),
        finally_=_listed(section, "finally"),
        goes_on=section.get("on-failure", "ABORT") == "CONTINUE",
    )


def _reports(section: dict[str, Any]) -> tuple[Results, ...]:
    if len(section) > MOST_REPORTS:
        raise BuildspecError(f"reports has {len(section)} report groups, and {MOST_REPORTS} may be")
    return tuple(_results(str(group), _section(section, group)) for group in section)


def _results(group: str, section: dict[str, Any]) -> Results:
    if (form := section.get("file-format", JUNIT)) != JUNIT:
        raise BuildspecError(f"the embedded sandbox reads reports of {JUNIT}, and not of {form}")
    if not (files := _listed(section, "files")):
        raise BuildspecError(f"files of {group} is missing")
    base = str(section.get("base-directory") or ".")
    return Results(group, files, base, _discards_paths(section))


def _section(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what stands below a key; empty where nothing does."""
    found = document.get(name) or {}
    if not isinstance(found, dict):
        raise BuildspecError(f"{name} is expected to hold keys, and not {found!r}")
    return found


def _listed(section: dict[str, Any], name: str) -> tuple[str, ...]:
    found = section.get(name) or []
    if not isinstance(found, list):
        raise BuildspecError(f"{name} is expected to be a list, and not {found!r}")
    return tuple(str(one) for one in found)


def _texts(section: dict[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in section.items()}


def _discards_paths(section: dict[str, Any]) -> bool:
    return str(section.get("discard-paths", "no")).lower() in ("yes", "true")
