"""Tokens of identity providers outside of AWS, such as GitHub's for a workflow's run.

AWS gets an issuer's public keys from the address that the issuer itself names. The sandbox reaches
nobody, so it takes the public key from a tag of the provider (`ISSUER_KEY`). All else of a token is
looked at as AWS does: who issued it, for whom, until when, and its signature. MiniStack looks at
none of that, and knows the conditions of the role's trust policy, which it is asked about.
Source: STS API Reference, AssumeRoleWithWebIdentity; IAM User Guide, "Create an OpenID Connect
(OIDC) identity provider in IAM" and "Obtain credentials with AssumeRoleWithWebIdentity".
"""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.upstream.iam import iam

ISSUER_KEY = "sandbox:issuer-key"
"""The tag of a provider with its issuer's public key: ``P-256:<x>:<y>`` in URL-safe Base64."""

ALGORITHM = "ES256"
"""The one algorithm that the sandbox verifies; AWS takes RS256 to RS512 and ES256 to ES512."""

Claims = dict[str, Any]


@dataclass(frozen=True)
class Token:
    """A token that its issuer has signed.

    Attributes
    ----------
    claims
        What it says.
    provider
        The ARN of the provider whose issuer has signed it.
    """

    claims: Claims
    provider: str

    @property
    def audience(self) -> str:
        """For whom it is."""
        given = self.claims.get("aud")
        return str(given[0] if isinstance(given, list) and given else given)


def verified(text: str, role_arn: str) -> Token:
    """Return a token whose issuer is a provider of the role's account.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is no token, its issuer is not known, it is for somebody else, or too old, or its
        signature is not its issuer's.
    """
    header, claims = _parts(text)
    account = role_arn.split(":")[4] if role_arn.count(":") > 4 else ""
    issuer = str(claims.get("iss", ""))
    arn = f"arn:aws:iam::{account}:oidc-provider/{issuer.partition('://')[2].rstrip('/')}"
    provider = iam._oidc_providers.get_scoped(account, None, arn)
    if provider is None:
        raise _invalid(f"No OpenIDConnect provider found in your account for {issuer}")
    token = Token(claims, arn)
    if token.audience not in (provider.get("ClientIDList") or []):
        raise _invalid("Incorrect token audience")
    _check_time(claims)
    _check_signature(text, header, _key_of(provider))
    return token


def _parts(text: str) -> tuple[Claims, Claims]:
    try:
        header, claims, signature = map(_decoded, text.split("."))
        found = json.loads(header), json.loads(claims)
    except ValueError:
        found, signature = (None, None), b""
    if not signature or not all(isinstance(part, dict) for part in found):
        raise _invalid(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an "
            "Access Token)"
        )
    return found


def _check_time(claims: Claims) -> None:
    now, expires = time.time(), claims.get("exp")
    if not isinstance(expires, int | float):
        raise _invalid("Missing a required claim: exp")
    if now > expires:
        raise AwsError(
            f"Token expired: current date/time {_written(now)} must be before the expiration "
            f"date/time {_written(expires)}",
            "ExpiredTokenException",
        )


def _check_signature(text: str, header: Claims, key: Any) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    if header.get("alg") != ALGORITHM:
        raise _invalid(f"The embedded sandbox verifies tokens signed by {ALGORITHM} alone")
    signed, _, given = text.rpartition(".")
    signature = _decoded(given)
    r, s = (int.from_bytes(part) for part in (signature[:32], signature[32:]))
    try:
        key.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise _invalid("The token's signature is not its issuer's") from None


def _key_of(provider: dict[str, Any]) -> Any:
    """Return the public key that a provider's tag holds."""
    from cryptography.hazmat.primitives.asymmetric import ec

    tags = {tag["Key"]: tag["Value"] for tag in provider.get("Tags") or []}
    curve, _, numbers = tags.get(ISSUER_KEY, "").partition(":")
    try:
        x, y = (int.from_bytes(_decoded(part)) for part in numbers.split(":"))
        if curve != "P-256":
            raise ValueError(curve)
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError:
        raise _invalid(
            "Couldn't retrieve verification key from your identity provider. The embedded sandbox "
            f"reaches nobody: it takes the key from the provider's tag {ISSUER_KEY}"
        ) from None


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _invalid(text: str) -> AwsError:
    return AwsError(text, "InvalidIdentityToken")
