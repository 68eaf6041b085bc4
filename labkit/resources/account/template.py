"""The templates of a prepared account, as CloudFormation takes them in one call."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

from labkit.resources.reaper.bundle import bundle

FOLDER = Path(__file__).parent

ACCOUNT, LEARNERS = "account", "learners"
"""The templates: what each Region in use gets, and what an account has once."""

LONGEST = 51_200
"""Bytes of a template that is sent along (CloudFormation quotas); a longer one needs a bucket."""

INCLUDE = "Fn::Transform"
"""With ``AWS::Include``, what stands for a file, as ``aws cloudformation package`` has it."""

REAPER = "reaper"
"""What stands for the reaper's code, where ``aws cloudformation package`` has its folder."""


def template(name: str) -> str:
    """Return a template with the files that it names put in, as JSON."""
    import yaml

    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    whole = _with_files(yaml.safe_load(text))
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def packed(program: str) -> str:
    """Return a short program that unpacks another one and runs it in its own place."""
    text = base64.b64encode(zlib.compress(program.encode(), 9)).decode()
    return (
        "# What python -m labkit.resources.reaper prints, packed to fit into a template\n"
        "import base64, zlib\n"
        f'exec(zlib.decompress(base64.b64decode("{text}")))\n'
    )


def _with_files(part: Any) -> Any:
    if isinstance(part, list):
        return [_with_files(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    if INCLUDE in part:
        return json.loads(_text(part[INCLUDE]["Parameters"]["Location"]))
    if part.get("Code") == REAPER:
        part = part | {"Code": {"ZipFile": packed(bundle())}}
    return {key: _with_files(inner) for key, inner in part.items()}


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
