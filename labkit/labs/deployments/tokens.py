"""Tokens such as a run of a GitHub Actions workflow gets, for trying a role's trust policy.

In an account only GitHub itself can issue such a token, to a workflow that asks for it. Here the
issuer is played: it has a key of its own, and the provider that the lesson makes carries the public
half in a tag, where the embedded sandbox looks for it.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

import pandas as pd

from labkit.labs.lab_run import LabRun

HOST = "token.actions.githubusercontent.com"
"""GitHub's issuer (GitHub Docs, "OpenID Connect reference")."""

AUDIENCE = "sts.amazonaws.com"
ISSUER_KEY = "sandbox:issuer-key"
"""The tag in which the embedded sandbox looks for an issuer's public key."""

KEY_FILE = "issuer-key.pem"
"""The played issuer's private key, in the run's folder: a new kernel has it, too."""

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
        self._lab = lab
        self._key = _key(lab)

    def provider(self) -> str:
        """Make the account's provider for GitHub's tokens; return its ARN.

        An account has one for each issuer: if there is one already, it is taken as it is.
        """
        iam = self._lab.client("iam")
        numbers = self._key.public_key().public_numbers()
        key = ":".join(_encoded(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        try:
            made = iam.create_open_id_connect_provider(
                Url=f"https://{HOST}",
                ClientIDList=[AUDIENCE],
                Tags=[{"Key": ISSUER_KEY, "Value": f"P-256:{key}"}],
            )
        except iam.exceptions.EntityAlreadyExistsException:
            return f"arn:aws:iam::{self._lab.account}:oidc-provider/{HOST}"
        return str(made["OpenIDConnectProviderArn"])

    def tried(self, role_arn: str, runs: Mapping[str, str]) -> pd.DataFrame:
        """Let workflows' runs ask for a role's credentials.

        Parameters
        ----------
        role_arn
            The role.
        runs
            What each run is, and what its token's ``sub`` says.

        Returns
        -------
        pandas.DataFrame
            ``who`` asked, with which ``sub``, and the ``answer``: "let in", or AWS's error.
        """
        rows = [(who, sub, self._answer(role_arn, sub)) for who, sub in runs.items()]
        return pd.DataFrame(rows, columns=["who", "sub", "answer"])

    def _answer(self, role_arn: str, sub: str) -> str:
        from botocore.exceptions import ClientError

        try:
            self._lab.client("sts").assume_role_with_web_identity(
                RoleArn=role_arn, RoleSessionName="workflow", WebIdentityToken=self.token(sub)
            )
        except ClientError as error:
            return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
        return "let in"

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


def _key(lab: LabRun) -> Any:
    """Return the played issuer's private key, made at the first time."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    file = lab.folder / KEY_FILE
    if file.exists():
        return serialization.load_pem_private_key(file.read_bytes(), password=None)
    key = ec.generate_private_key(ec.SECP256R1())
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return key


def _times() -> dict[str, int]:
    now = int(time.time())
    return {"iat": now, "exp": now + LIVES_S}


def _part(content: dict[str, Any]) -> str:
    return _encoded(json.dumps(content).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
