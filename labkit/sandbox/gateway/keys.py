"""Root's keys: an account's number is the key, this server's secret is its secret.

MiniStack takes any signature for root's. Here root's is verified as everybody's is. The keys of
IAM's users and of STS's sessions are MiniStack's own: random (`uuid4`, which asks the system), and
known to the server that made them alone.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

from labkit.sandbox.process import secret
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.iam import evaluator
from labkit.sandbox.upstream.module import put


def install() -> None:
    """Give root this server's secret, and have its signatures verified."""
    os.environ["AWS_SECRET_ACCESS_KEY"] = secret.read(Path(os.environ["LABKIT_SANDBOX_DIRECTORY"]))
    is_root = evaluator._is_root_key
    put(evaluator, "_is_root_key", lambda _: _trusted_unseen)
    put(evaluator, "resolve_caller_identity", lambda old: partial(_identity, is_root, old))


def server_secret() -> str:
    """Return this server's secret."""
    return os.environ["AWS_SECRET_ACCESS_KEY"]


def _identity(is_root: Any, upstream: Any, access_key_id: str) -> dict[str, Any] | None:
    root = access_key_id and is_root(access_key_id)
    found: dict[str, Any] | None = _root(access_key_id) if root else upstream(access_key_id)
    return found


def _trusted_unseen(_access_key_id: str) -> bool:
    """Tell whether a key's signature need not be looked at: none's."""
    return False


def _root(access_key_id: str) -> dict[str, Any]:
    account = responses.get_account_id()
    return {
        "accessKey": access_key_id,
        "accountId": account,
        "userArn": f"arn:aws:iam::{account}:root",
        "userId": account,
        "principalOrgId": None,
        "session": None,
    }
