"""Layers of a function: how many there may be, and one version of each.

MiniStack takes any number, and two versions of one layer.
Source: Lambda Developer Guide, "Lambda quotas" (five layers) and "Adding layers to functions"; the
texts as AWS answers them.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.upstream.lambda_ import lambda_svc

MOST = 5

INVALID = "InvalidParameterValueException"


def check(settings: dict[str, Any]) -> None:
    """Check the layers that a function is to have.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If Lambda refuses them.
    """
    layers = settings.get("Layers") or []
    if len(layers) > MOST:
        raise AwsError(f"Cannot reference more than {MOST} layers.", INVALID)
    known: dict[str, str] = {}
    for version in layers:
        name = version.rpartition(":")[0]
        if name in known:
            raise AwsError(
                "Two different versions of the same layer are not allowed to be referenced in the "
                f"same function. {known[name]} and {version} are versions of the same layer.",
                INVALID,
            )
        known[name] = version
        _check_extensions(version)


def _check_extensions(version: str) -> None:
    """Check that a layer brings no extension: the sandbox would not start it."""
    archive = lambda_svc._resolve_layer_zip(version)
    try:
        with zipfile.ZipFile(io.BytesIO(archive or b"")) as layer:
            names = layer.namelist()
    except zipfile.BadZipFile:
        return
    if any(name.startswith("extensions/") and not name.endswith("/") for name in names):
        text = f"The embedded sandbox starts no extensions, and {version} has one: AWS does."
        raise AwsError(f"{text} Nothing was created or changed.", INVALID)
