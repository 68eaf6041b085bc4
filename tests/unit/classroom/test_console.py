"""The link to AWS's console, as far as it goes without AWS.

Expected forms: IAM User Guide, "Enable custom identity broker access to the AWS console".
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from labkit.classroom.console import FEDERATION, console_link, login_url, token_url
from labkit.errors import LabkitError

KEYS = {"AccessKeyId": "ASIA1", "SecretAccessKey": "a/b+c=", "SessionToken": "t&o=k en"}


@contextmanager
def federation(answer: bytes, status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """Stand for AWS's endpoint on this computer; give its address, and what is asked of it."""
    asked: list[str] = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/federation", asked
        server.shutdown()


def query(url: str) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}


def test_the_token_is_asked_for_with_the_session_as_json() -> None:
    url = token_url(KEYS, 28_800)
    assert url.startswith(f"{FEDERATION}?")
    asked = query(url)
    session = json.loads(asked.pop("Session"))
    assert session == {"sessionId": "ASIA1", "sessionKey": "a/b+c=", "sessionToken": "t&o=k en"}
    assert asked == {"Action": "getSigninToken", "SessionDuration": "28800"}


def test_no_time_is_asked_for_where_a_role_assumed_the_role() -> None:
    assert "SessionDuration" not in query(token_url(KEYS, None))


def test_the_link_opens_the_regions_console_with_the_token() -> None:
    assert query(login_url("to+ken/=", "ap-northeast-2")) == {
        "Action": "login",
        "Issuer": "labkit",
        "Destination": "https://ap-northeast-2.console.aws.amazon.com/",
        "SigninToken": "to+ken/=",
    }


def test_the_link_holds_the_token_and_none_of_the_keys() -> None:
    with federation(b'{"SigninToken": "given"}') as (address, asked):
        link = console_link(KEYS, "us-east-1", 900, address)
    assert len(asked) == 1
    assert query(asked[0])["Action"] == "getSigninToken"
    assert query(link)["SigninToken"] == "given"
    assert not [secret for secret in KEYS.values() if secret in link]


@pytest.mark.parametrize(("answer", "status"), [(b"no", 400), (b"{}", 200), (b"<html>", 200)])
def test_no_link_is_said_without_the_keys(answer: bytes, status: int) -> None:
    with federation(answer, status) as (address, _), pytest.raises(LabkitError) as refused:
        console_link(KEYS, "us-east-1", None, address)
    assert "gave no link" in str(refused.value)
    assert not [secret for secret in KEYS.values() if secret in str(refused.value)]
