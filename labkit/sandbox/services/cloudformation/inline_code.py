"""A function that is written in a template finds the module `cfn-response` beside its own file.

Source: CloudFormation Template Reference, AWS::Lambda::Function Code (`ZipFile`); CloudFormation
User Guide, "cfn-response module".
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

MODULES = Path(__file__).with_name("inline")


def zip_inline(
    upstream: Any, source: str | None, handler: str, runtime: str = "python3.12"
) -> bytes | None:
    """Return the package of a function whose text a template holds."""
    package: bytes | None = upstream(source, handler, runtime)
    if package is None:
        return None
    buffer = io.BytesIO(package)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        if runtime.startswith("nodejs"):
            text = (MODULES / "cfn-response.js").read_text(encoding="utf-8")
            archive.writestr("node_modules/cfn-response.js", text)
        else:
            text = (MODULES / "cfnresponse.py").read_text(encoding="utf-8")
            archive.writestr("cfnresponse.py", text)
    return buffer.getvalue()
