"""Tokens of GitHub's kind: which of them a role lets in.

Source: STS API Reference, AssumeRoleWithWebIdentity; GitHub, "OpenID Connect reference" (`sub`).
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.sandbox.conftest import Aws

HOST = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
MAIN = "repo:delivery@41/orders@77:ref:refs/heads/main"


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def tag_of(key: Any) -> str:
    numbers = key.public_key().public_numbers()
    return "P-256:" + ":".join(encoded(n.to_bytes(32)) for n in (numbers.x, numbers.y))


def token(key: Any, **claims: Any) -> str:
    now = int(time.time())
    said = {"iss": f"https://{HOST}", "aud": AUDIENCE, "sub": MAIN, "exp": now + 300} | claims
    header = encoded(json.dumps({"alg": "ES256", "typ": "JWT"}).encode())
    signed = f"{header}.{encoded(json.dumps(said).encode())}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{encoded(r.to_bytes(32) + s.to_bytes(32))}"


@pytest.fixture(scope="module")
def key() -> Any:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def provider(aws: Aws, key: Any) -> Iterator[str]:
    iam = aws.client("iam")
    arn = iam.create_open_id_connect_provider(
        Url=f"https://{HOST}",
        ClientIDList=[AUDIENCE],
        Tags=[{"Key": "sandbox:issuer-key", "Value": tag_of(key)}],
    )["OpenIDConnectProviderArn"]
    yield arn
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)


@pytest.fixture(scope="module")
def role(aws: Aws, provider: str) -> str:
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{HOST}:aud": AUDIENCE, f"{HOST}:sub": MAIN}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = aws.client("iam").create_role(
        RoleName=aws.name("deploys"), AssumeRolePolicyDocument=document
    )
    return str(made["Role"]["Arn"])


def assume(aws: Aws, role: str, text: str) -> Any:
    return aws.client("sts").assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="run", WebIdentityToken=text
    )


def refused(aws: Aws, role: str, text: str) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        assume(aws, role, text)
    told = error.value.response["Error"]
    return told["Code"], told["Message"]


def test_the_run_that_the_role_trusts_gets_its_credentials(
    aws: Aws, key: Any, provider: str, role: str
) -> None:
    answer = assume(aws, role, token(key))
    assert answer["SubjectFromWebIdentityToken"] == MAIN
    assert answer["Audience"] == AUDIENCE
    assert answer["Provider"] == provider
    assert answer["AssumedRoleUser"]["Arn"].endswith("/run")
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")


@pytest.mark.parametrize(
    "sub",
    [
        "repo:delivery/orders:ref:refs/heads/main",
        "repo:delivery@41/orders@77:ref:refs/heads/try",
        "repo:delivery@41/orders@77:pull_request",
        "repo:somebody@99/orders@77:ref:refs/heads/main",
    ],
)
def test_another_run_is_not_authorized(aws: Aws, key: Any, role: str, sub: str) -> None:
    code, text = refused(aws, role, token(key, sub=sub))
    assert code == "AccessDenied"
    assert text == "Not authorized to perform sts:AssumeRoleWithWebIdentity"


@pytest.mark.parametrize(
    ("claims", "code", "text"),
    [
        ({"aud": "https://github.com/delivery"}, "InvalidIdentityToken", "audience"),
        ({"iss": "https://example.com"}, "InvalidIdentityToken", "No OpenIDConnect provider"),
        ({"exp": 1}, "ExpiredTokenException", "Token expired"),
    ],
)
def test_a_token_that_is_not_for_here_is_refused(
    aws: Aws, key: Any, role: str, claims: dict[str, Any], code: str, text: str
) -> None:
    told = refused(aws, role, token(key, **claims))
    assert told[0] == code
    assert text in told[1]


def test_a_token_that_somebody_else_has_signed_is_refused(aws: Aws, role: str) -> None:
    code, text = refused(aws, role, token(ec.generate_private_key(ec.SECP256R1())))
    assert (code, "signature" in text) == ("InvalidIdentityToken", True)


@pytest.mark.parametrize("form", ["github", "{signed}.", "{signed}.a", "{signed}.é", "a.b.c"])
def test_a_text_that_is_no_token_is_refused(aws: Aws, key: Any, role: str, form: str) -> None:
    signed = token(key).rpartition(".")[0]
    code, text = refused(aws, role, form.format(signed=signed))
    assert (code, "not a valid JWT" in text) == ("InvalidIdentityToken", True)
