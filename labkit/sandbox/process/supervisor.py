"""The sandbox's outer process: it starts the server, watches it, and leaves nothing behind.

The server runs in a session of its own, so that everything it ever starts can be found by that
session's number. Whichever of the two processes dies first, however it dies, the other one sees
the end of a pipe, ends the session's processes and removes the private folder. If both die in the
same instant, the environments end by themselves and a waiting shell removes the folder.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.sandbox.process import secret
from labkit.sandbox.process.processes import end_session, get_ready, remove_afterwards

STARTUP_SECONDS = 30
"""How long the server may take to get healthy; it needs a fraction of a second."""

INHERITED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "VIRTUAL_ENV", "PYTHONPATH")
"""The owner's variables that the server sees. Nothing else: no AWS profile, key or proxy of the
owner can reach the server or a function, and no variable can switch MiniStack's ways."""

OWN_PREFIX = "LABKIT_SANDBOX_"
"""Variables of this prefix tune the sandbox and are handed on too."""


class StartError(RuntimeError):
    """The sandbox did not start; the message says why and what to do."""


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    port: int
    region: str
    account: str
    json: bool
    until_stdin_closes: bool
    learner_policy: list[Path]
    role_boundary: Path | None
    secret: str | None
    allow_origin: list[str]


@dataclass(frozen=True)
class AccessKey:
    """The credentials that the sandbox hands out."""

    id: str
    secret: str


def supervise(options: Options) -> int:
    """Start a server, announce it on standard output, and stay until it or its owner ends.

    Returns
    -------
    int
        The exit code: 0 when asked to end, 1 when the server ended by itself.

    Raises
    ------
    StartError
        If the port is taken or the server does not get healthy; nothing is left then.
    """
    wakeup = _watch_signals()
    os.umask(0o077)  # what the server writes, functions' code included, is its owner's alone
    server = None
    if options.secret:
        print(secret.GIVEN_UP, file=sys.stderr)
    roots = AccessKey(options.account, options.secret or secret.make())
    directory = Path(tempfile.mkdtemp(prefix="labkit-sandbox-"))  # mode 0700
    in_use = remove_afterwards(str(directory))
    try:
        secret.write(directory, roots.secret)
        with _listen(options.port) as listener:
            port = listener.getsockname()[1]
            held = [listener.fileno(), in_use]
            server = _start_server(options, held, directory, port)
        key = _wait_until_healthy(server, directory) or roots
        _announce(options, _description(options, server, directory, port, key))
        get_ready()
        return _wait_for_an_end(options, server, wakeup)
    finally:
        if server is not None:
            end_session(server.pid)
            server.wait()
        shutil.rmtree(directory, ignore_errors=True)


def _watch_signals() -> int:
    """Turn SIGINT, SIGTERM and SIGHUP into a byte on a pipe; return its reading end."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return reader


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port), backlog=1024)
    except OSError as error:
        raise StartError(
            f"cannot listen on 127.0.0.1:{port} ({os.strerror(error.errno or 0)}); "
            "nothing was started. Leave out --port to get a free one."
        ) from error


def _start_server(
    options: Options, held: list[int], directory: Path, port: int
) -> subprocess.Popen[str]:
    """Start the server; it inherits the descriptors `held`, of which the first one listens."""
    with (directory / "server.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "labkit.sandbox.process.server", str(held[0])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=_environment(options, directory, port),
            pass_fds=held,
            start_new_session=True,
            text=True,
        )


def _environment(options: Options, directory: Path, port: int) -> dict[str, str]:
    """Return the server's variables: a few of the owner's, and MiniStack's settings."""
    owner = {
        name: value
        for name, value in os.environ.items()
        if name in INHERITED or name.startswith(OWN_PREFIX)
    }
    root = str(Path(__file__).parents[3])
    return (
        owner
        | _learner(options)
        | {
            "PYTHONPATH": os.pathsep.join(filter(None, [root, owner.get("PYTHONPATH", "")])),
            "HOME": str(directory),
            "TMPDIR": str(directory),
            "MALLOC_ARENA_MAX": "2",  # of glibc: else each thread keeps memory of its own for good
            "TZ": "UTC0",  # as on AWS; without one, each strftime looks for the system's zone
            "LABKIT_SANDBOX_DIRECTORY": str(directory),
            "LABKIT_SANDBOX_ORIGINS": " ".join(options.allow_origin),
            "AUTH": "true",
            "DOCKER_HOST": f"unix://{directory}/no-docker",
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "MINISTACK_ACCOUNT_ID": options.account,
            "MINISTACK_REGION": options.region,
            "AWS_DEFAULT_REGION": options.region,
        }
    )


def _learner(options: Options) -> dict[str, str]:
    """Return the variables that ask for a learner with policies; none for a sandbox of root's."""
    if not options.learner_policy:
        return {}
    files = os.pathsep.join(str(file.absolute()) for file in options.learner_policy)
    boundary = options.role_boundary
    return {
        "LABKIT_SANDBOX_LEARNER_POLICIES": files,
        "LABKIT_SANDBOX_ROLE_BOUNDARY": str(boundary.absolute()) if boundary else "",
    }


def _wait_until_healthy(server: subprocess.Popen[str], directory: Path) -> AccessKey | None:
    """Wait for the server's greeting; return the key of the learner whom it made, if any."""
    assert server.stdout is not None
    readable, _, _ = select.select([server.stdout], [], [], STARTUP_SECONDS)
    answer = server.stdout.readline().strip() if readable else ""
    match answer.split():
        case ["healthy"]:
            return None
        case ["healthy", key_id, secret]:
            return AccessKey(key_id, secret)
    if not readable:
        raise StartError(f"the server was not healthy after {STARTUP_SECONDS} s; it was ended")
    raise StartError(answer or f"the server ended while starting: {_last_line(directory)}")


def _last_line(directory: Path) -> str:
    lines = (directory / "server.log").read_text(errors="replace").splitlines()
    return lines[-1] if lines else "it left no message"


def _description(
    options: Options,
    server: subprocess.Popen[str],
    directory: Path,
    port: int,
    key: AccessKey,
) -> dict[str, Any]:
    return {
        "endpoint": f"http://127.0.0.1:{port}",
        "account": options.account,
        "region": options.region,
        "access_key_id": key.id,
        "secret_access_key": key.secret,
        "pid": os.getpid(),
        "server_pid": server.pid,
        "directory": str(directory),
        "root_secret_file": str(directory / secret.FILE),
    }


def _announce(options: Options, sandbox: dict[str, Any]) -> None:
    if options.json:
        print(json.dumps(sandbox), flush=True)
        return
    print(
        f"export AWS_ENDPOINT_URL={sandbox['endpoint']}\n"
        "export AWS_DISABLE_HOST_PREFIX_INJECTION=true\n"
        f"export AWS_ACCESS_KEY_ID={sandbox['access_key_id']}\n"
        f"export AWS_SECRET_ACCESS_KEY={sandbox['secret_access_key']}\n"
        f"export AWS_DEFAULT_REGION={sandbox['region']}\n"
        "# The embedded AWS runs until Ctrl-C.",
        flush=True,
    )


def _wait_for_an_end(options: Options, server: subprocess.Popen[str], wakeup: int) -> int:
    """Wait for a signal, the end of standard input, or the end of the server's output."""
    assert server.stdout is not None
    watched = [wakeup, server.stdout.fileno()]
    if options.until_stdin_closes:
        watched.append(sys.stdin.fileno())
    while True:
        readable, _, _ = select.select(watched, [], [])
        if wakeup in readable:
            return 0
        if server.stdout.fileno() in readable and not os.read(server.stdout.fileno(), 4096):
            print("labkit.sandbox: the server ended unexpectedly", file=sys.stderr)
            return 1
        if sys.stdin.fileno() in readable and not os.read(sys.stdin.fileno(), 4096):
            return 0
