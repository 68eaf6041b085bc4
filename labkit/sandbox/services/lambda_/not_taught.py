"""Settings of functions that AWS has and the sandbox has not: nobody gets less than was asked for.

What AWS itself refuses, it refuses in AWS's words.
Source: Lambda API Reference, CreateFunction and UpdateFunctionConfiguration.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from labkit.sandbox.gateway.errors import refuse

INVALID = "InvalidParameterValueException"

Settings = Mapping[str, Any]


WITHOUT_SNAP_START = re.compile(r"nodejs|provided|ruby|python3\.([89]|1[01])$")
"""Runtimes that have no SnapStart on AWS either, which MiniStack says (Lambda Developer Guide)."""


def _snap_start(settings: Settings) -> bool:
    asked = (settings.get("SnapStart") or {}).get("ApplyOn") == "PublishedVersions"
    return asked and not WITHOUT_SNAP_START.match(settings.get("Runtime") or "")


def _image(settings: Settings) -> bool:
    given = settings.get("Code") or settings
    return settings.get("PackageType") == "Image" or bool(given.get("ImageUri"))


def _given(name: str) -> Callable[[Settings], bool]:
    return lambda settings: bool(settings.get(name))


NOT_TAUGHT: Mapping[str, Callable[[Settings], bool]] = {
    "SnapStart": _snap_start,
    "container images": _image,
    "file systems (FileSystemConfigs)": _given("FileSystemConfigs"),
    "code signing (CodeSigningConfigArn)": _given("CodeSigningConfigArn"),
    "tenant isolation (TenancyConfig)": _given("TenancyConfig"),
    "durable functions (DurableConfig)": _given("DurableConfig"),
    "managed instances (CapacityProviderConfig)": _given("CapacityProviderConfig"),
}
"""By what it is called: whether settings ask for it."""


def check(settings: Settings) -> None:
    """Check that settings ask for nothing that the sandbox has not.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If they do; it says what, and that nothing was done.
    """
    for name, is_asked_for in NOT_TAUGHT.items():
        if is_asked_for(settings):
            text = f"The embedded sandbox has no {name}: AWS has. Nothing was created or changed."
            refuse(INVALID, text)
