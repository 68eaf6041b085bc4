from __future__ import annotations

from typing import Any


def _load_jupyter_server_extension(app: Any) -> None: ...
