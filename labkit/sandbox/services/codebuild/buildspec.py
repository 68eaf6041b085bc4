"""The buildspec: which commands are run in which phase, and which files are kept.

Source: CodeBuild User Guide, "Build specification reference for CodeBuild" (version 0.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

PHASES = ("install", "pre_build", "build", "post_build")
"""The phases that have commands, in their order."""

KNOWN = frozenset({"version", "env", "phases", "artifacts", "run-as"})
NOT_HERE = ("reports", "proxy", "batch", "cache")
"""Sections that the sandbox has nothing for."""

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
    """

    phases: dict[str, Phase]
    variables: dict[str, str]
    parameters: dict[str, str]
    secrets: dict[str, str]
    exported: tuple[str, ...]
    files: tuple[str, ...]
    base: str
    discard_paths: bool


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
    env, artifacts = document.get("env") or {}, document.get("artifacts") or {}
    for section in NOT_IN_ENV:
        if section in env:
            raise BuildspecError(f"the embedded sandbox has no {section} of a buildspec")
    phases = document.get("phases") or {}
    if unknown := phases.keys() - set(PHASES):
        raise BuildspecError(f"unknown phase {', '.join(sorted(unknown))}")
    return Buildspec(
        phases={name: _phase(phases.get(name) or {}) for name in PHASES},
        variables=_texts(env.get("variables")),
        parameters=_texts(env.get("parameter-store")),
        secrets=_texts(env.get("secrets-manager")),
        exported=tuple(env.get("exported-variables") or ()),
        files=tuple(artifacts.get("files") or ()),
        base=str(artifacts.get("base-directory") or "."),
        discard_paths=str(artifacts.get("discard-paths", "no")).lower() in ("yes", "true"),
    )


def _phase(section: dict[str, Any]) -> Phase:
    return Phase(
        commands=tuple(str(one) for one in section.get("commands") or ()),
        finally_=tuple(str(one) for one in section.get("finally") or ()),
        goes_on=section.get("on-failure", "ABORT") == "CONTINUE",
    )


def _texts(section: dict[str, Any] | None) -> dict[str, str]:
    return {str(key): str(value) for key, value in (section or {}).items()}
