"""Root's keys: an account's number is the key, this server's secret is its secret.

MiniStack takes any signature for root's. Here root's is verified as everybody's is. The keys of
IAM's users and of STS's sessions are MiniStack's own: random (`uuid4`, which asks the system), and
known to the server that made them alone.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ministack.core import iam_evaluator as iam
from ministack.core.responses import get_account_id

from labkit.sandbox.process import secret
from labkit.sandbox.upstream import seams

EVALUATOR = iam.__name__


def install() -> None:
    """Give root this server's secret, and have its signatures verified."""
    os.environ["AWS_SECRET_ACCESS_KEY"] = secret.read(Path(os.environ["LABKIT_SANDBOX_DIRECTORY"]))
    is_root = seams.replace(EVALUATOR, "_is_root_key", _trusted_unseen, like="(access_key_id)")

    def identity(access_key_id: str) -> dict[str, Any] | None:
        root = access_key_id and is_root(access_key_id)
        found: dict[str, Any] | None = _root(access_key_id) if root else upstream(access_key_id)
        return found

    upstream = seams.replace(EVALUATOR, "resolve_caller_identity", identity, like="(access_key_id)")


def _trusted_unseen(_access_key_id: str) -> bool:
    """Tell whether a key's signature need not be looked at: none's."""
    return False


def _root(access_key_id: str) -> dict[str, Any]:
    account = get_account_id()
    return {
        "accessKey": access_key_id,
        "accountId": account,
        "userArn": f"arn:aws:iam::{account}:root",
        "userId": account,
        "principalOrgId": None,
        "session": None,
    }
