"""Tokens such as a run of a GitHub Actions workflow gets, for trying a role's trust policy.

In an account only GitHub itself can issue such a token, to a workflow that asks for it. Here the
issuer is played: it has a key of its own, and the provider that the lesson makes carries the public
half in a tag, where the embedded sandbox looks for it.
"""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from labkit.labs.lab_run import LabRun

HOST = "token.actions.githubusercontent.com"
"""GitHub's issuer (GitHub Docs, "OpenID Connect reference")."""

AUDIENCE = "sts.amazonaws.com"
ISSUER_KEY = "sandbox:issuer-key"
"""The tag in which the embedded sandbox looks for an issuer's public key."""

LIVES_S = 300
"""How long a token is good, in seconds."""


class GitHubRuns:
    """Plays GitHub's issuer for one run of a lesson.

    Parameters
    ----------
    lab
        The run.
    """

    def __init__(self, lab: LabRun) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec

        self._lab = lab
        self._key = ec.generate_private_key(ec.SECP256R1())

    def provider(self) -> str:
        """Make the account's provider for GitHub's tokens; return its ARN."""
        numbers = self._key.public_key().public_numbers()
        key = ":".join(_encoded(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        made = self._lab.client("iam").create_open_id_connect_provider(
            Url=f"https://{HOST}",
            ClientIDList=[AUDIENCE],
            Tags=[{"Key": ISSUER_KEY, "Value": f"P-256:{key}"}],
        )
        return str(made["OpenIDConnectProviderArn"])

    def token(self, sub: str) -> str:
        """Return the token of a workflow's run that GitHub would describe by `sub`."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        claims = {"iss": f"https://{HOST}", "aud": AUDIENCE, "sub": sub}
        signed = f"{_part({'alg': 'ES256', 'typ': 'JWT'})}.{_part(claims | _times())}"
        signature = self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(signature)
        return f"{signed}.{_encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _times() -> dict[str, int]:
    now = int(time.time())
    return {"iat": now, "exp": now + LIVES_S}


def _part(content: dict[str, Any]) -> str:
    return _encoded(json.dumps(content).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
