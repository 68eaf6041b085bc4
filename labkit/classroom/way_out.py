"""`python -m labkit.classroom.way_out`: the one way out of a room, to AWS's own names and no other.

A room has a cable to the host and no route. For a class that works in accounts of AWS this program
listens at the host's end of the cable and opens tunnels (HTTP's CONNECT), which SDKs take when
``HTTPS_PROXY`` names it. It finds the addresses itself, so a room needs no name server, and it
opens none that is private to the host or its network.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address

from labkit.classroom.running import served_class

NAMES = (".amazonaws.com", ".api.aws", ".on.aws")
"""What AWS's endpoints, APIs and buckets, and function URLs end in.

Source: AWS General Reference, "AWS service endpoints"; Lambda Developer Guide, "Creating and
managing Lambda function URLs"."""
HTTPS = 443
LONGEST_HEAD = 8192
HEAD_S = 10.0
CONNECT_S = 10.0
CHUNK = 65536

Resolve = Callable[[str], Awaitable[Sequence[str]]]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NotOpened(Exception):
    """A tunnel that is refused; the argument is HTTP's status line without its version."""


async def main() -> None:
    """Serve the class that the environment names, until SIGTERM.

    Raises
    ------
    LabkitError
        The class was never served.
    """
    _, running = served_class("the way out")
    server = await listen(running.address, running.way_out_port)
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    await over.wait()
    server.close()


async def listen(
    address: str, port: int, resolve: Resolve | None = None, to_port: int = HTTPS
) -> asyncio.Server:
    """Take requests for tunnels.

    Parameters
    ----------
    resolve
        Finds a name's addresses; by default public ones alone, as this host's name server has them.
    to_port
        The one port that tunnels go to.
    """
    find = resolve or public_addresses

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await _tunnel((reader, writer), find, to_port)
        writer.close()

    return await asyncio.start_server(take, address, port, limit=LONGEST_HEAD)


def allowed(host: str, port: int, to_port: int = HTTPS) -> bool:
    """Tell whether a tunnel may go there."""
    return port == to_port and host.lower().endswith(NAMES)


async def public_addresses(host: str) -> list[str]:
    """Return a name's public addresses."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, HTTPS, type=socket.SOCK_STREAM)
    addresses = dict.fromkeys(str(one[4][0]) for one in found)
    return [one for one in addresses if ip_address(one).is_global]


async def _tunnel(near: Streams, resolve: Resolve, to_port: int) -> None:
    try:
        host = await _asked(near[0], to_port)
        far = await _open(host, resolve, to_port)
    except NotOpened as refused:
        near[1].write(f"HTTP/1.1 {refused}\r\nContent-Length: 0\r\n\r\n".encode())
        await near[1].drain()
        return
    near[1].write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    try:
        await asyncio.gather(_pass_on(near[0], far[1]), _pass_on(far[0], near[1]))
    finally:
        far[1].close()


async def _asked(reader: asyncio.StreamReader, to_port: int) -> str:
    """Return the host that a request asks for."""
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_S)
    except (TimeoutError, asyncio.LimitOverrunError):
        raise NotOpened("400 Bad Request") from None
    method, _, rest = head.decode("latin-1").partition(" ")
    host, _, port = rest.partition(" ")[0].rpartition(":")
    if method != "CONNECT":
        raise NotOpened("405 Method Not Allowed")
    if not port.isdecimal() or not allowed(host, int(port), to_port):
        raise NotOpened("403 Only AWS can be reached from here")
    return host


async def _open(host: str, resolve: Resolve, to_port: int) -> Streams:
    """Connect to the first address that answers."""
    try:
        addresses = await resolve(host)
    except OSError:
        addresses = []
    for one in addresses:
        with suppress(OSError, TimeoutError):
            return await asyncio.wait_for(asyncio.open_connection(one, to_port), CONNECT_S)
    raise NotOpened("502 No public address of it answers")


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes until it ends, then the end."""
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.write_eof()


if __name__ == "__main__":
    asyncio.run(main())
