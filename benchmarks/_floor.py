"""A server that answers every Invoke at once: what is left of a call's time is the client's own.

It reads a request, looks at nothing but its length, and sends bytes that were made before. So the
time of a call to it is what boto3 and the loopback device need; no server can be quicker.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

END, LENGTH = b"\r\n\r\n", b"content-length:"
CHUNK_BYTES = 1 << 16

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Amz-Executed-Version: $LATEST\r\n"
    b"x-amzn-RequestId: 00000000-0000-4000-8000-000000000000\r\nContent-Length: 1\r\n\r\n7"
)
"""What the sandbox answers to a call with the payload `7`, but for its length."""


@contextmanager
def running_floor() -> Iterator[str]:
    """Run the server in a process of its own; give its endpoint."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def serve() -> None:
    """Listen on a free port, print the endpoint, and answer until the process is ended."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=answer, args=[connection], daemon=True).start()


def answer(connection: socket.socket) -> None:
    """Answer the requests of one connection until its client closes it."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    received = b""
    while chunk := connection.recv(CHUNK_BYTES):
        received += chunk
        while size := size_of_first(received):
            received = received[size:]
            connection.sendall(ANSWER)


def size_of_first(received: bytes) -> int:
    """Return the bytes of the first request, its body included; 0 while it is not whole."""
    head, end, body = received.partition(END)
    if not end:
        return 0
    _, named, rest = head.lower().partition(LENGTH)
    length = int(rest.split(b"\r\n", 1)[0]) if named else 0
    return len(head) + len(END) + length if len(body) >= length else 0


if __name__ == "__main__":
    serve()
