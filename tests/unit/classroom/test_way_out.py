"""The one way out of a room: tunnels to AWS's names, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from labkit.classroom.way_out import allowed, listen, public_addresses
from tests.support import loops

HERE = "127.0.0.1"


@pytest.mark.parametrize(
    ("host", "port", "may"),
    [
        ("sqs.ap-northeast-2.amazonaws.com", 443, True),
        ("abc.execute-api.us-east-1.AMAZONAWS.com", 443, True),
        ("abc.lambda-url.us-east-1.on.aws", 443, True),
        ("sqs.ap-northeast-2.api.aws", 443, True),
        ("sqs.ap-northeast-2.amazonaws.com", 80, False),
        ("sqs.ap-northeast-2.amazonaws.com", 22, False),
        ("amazonaws.com.example.org", 443, False),
        ("notamazonaws.com", 443, False),
        ("169.254.169.254", 443, False),
        ("10.213.1.1", 443, False),
        ("example.org", 443, False),
        ("", 443, False),
    ],
)
def test_only_awss_names_and_https(host: str, port: int, may: bool) -> None:
    assert allowed(host, port) is may


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send back everything, once the other side has said that it was all."""
    writer.write(await reader.read())
    writer.close()


async def _ask(port: int, head: bytes, body: bytes = b"") -> tuple[bytes, bytes]:
    """Return the head of the answer, and what came through the tunnel."""
    reader, writer = await asyncio.open_connection(HERE, port)
    writer.write(head)
    answer = await reader.readuntil(b"\r\n\r\n")
    through = b""
    if b" 200 " in answer:
        writer.write(body)
        writer.write_eof()
        through = await reader.read()
    writer.close()
    return answer, through


def tunnel(head: str, body: bytes = b"", addresses: Sequence[str] = (HERE,)) -> tuple[bytes, bytes]:
    """Ask a way out for a tunnel; AWS is an echo on this computer."""

    async def found(_: str) -> Sequence[str]:
        return addresses

    async def run() -> tuple[bytes, bytes]:
        far = await asyncio.start_server(_echo, HERE, 0)
        to_port = far.sockets[0].getsockname()[1]
        server = await listen(HERE, 0, found, to_port)
        port = server.sockets[0].getsockname()[1]
        try:
            return await _ask(port, head.replace("PORT", str(to_port)).encode(), body)
        finally:
            server.close()
            far.close()

    return loops.run(asyncio.wait_for(run(), 20))


def test_a_tunnel_passes_everything_on_both_ways() -> None:
    body = bytes(range(256)) * 4096  # 1 MB
    answer, through = tunnel("CONNECT sqs.us-east-1.amazonaws.com:PORT HTTP/1.1\r\n\r\n", body)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert through == body


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("CONNECT example.org:PORT HTTP/1.1\r\n\r\n", b" 403 "),
        ("CONNECT sqs.us-east-1.amazonaws.com:22 HTTP/1.1\r\n\r\n", b" 403 "),
        ("CONNECT sqs.us-east-1.amazonaws.com HTTP/1.1\r\n\r\n", b" 403 "),
        ("GET http://sqs.us-east-1.amazonaws.com/ HTTP/1.1\r\n\r\n", b" 405 "),
        ("CONNECT " + "a" * 9000 + "\r\n\r\n", b" 400 "),
        ("\r\n\r\n", b" 405 "),
    ],
)
def test_all_else_is_refused(head: str, status: bytes) -> None:
    assert status in tunnel(head)[0]


def test_a_name_without_an_address_that_answers_is_said() -> None:
    head = "CONNECT sqs.us-east-1.amazonaws.com:PORT HTTP/1.1\r\n\r\n"
    assert b" 502 " in tunnel(head, addresses=())[0]


def test_private_addresses_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's name server may say that a name of AWS is this host, or its instance's role."""
    places = ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "fd00:ec2::254", "52.95.1.1"]

    async def said(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (place, 443)) for place in places]

    async def run() -> list[str]:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", said)
        return await public_addresses("sqs.us-east-1.amazonaws.com")

    assert loops.run(run()) == ["52.95.1.1"]
