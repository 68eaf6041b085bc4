"""MiniStack and moto as they come, to be measured and tested beside the sandbox."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from labkit.polling import wait_until

STARTUP_SECONDS = 60
"""moto's server has needs of its own, which may have to be downloaded first."""

PORT_VARIABLES = {"IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0"}
"""Keep MiniStack to one port."""


def command(name: str, port: int) -> list[str]:
    """Return the command that starts `MiniStack` or `moto` in the version of the sandbox."""
    if name == "MiniStack":
        return [sys.executable, "-m", "ministack"]
    package = f"moto[server,all]=={version('moto')}"
    moto = ["--from", package, "--python", sys.executable, "moto_server", "-p", str(port)]
    return [sys.executable, "-m", "uv", "tool", "run", *moto]


@contextmanager
def running_stock(name: str, account: str, region: str) -> Iterator[str]:
    """Run `MiniStack` or `moto` unchanged; give its endpoint.

    Raises
    ------
    labkit.polling.NotInTime
        If it does not listen within a minute.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    variables = os.environ | PORT_VARIABLES | {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1"}
    variables |= {"MINISTACK_ACCOUNT_ID": account, "MOTO_ACCOUNT_ID": account}
    variables |= {"MINISTACK_REGION": region, "AWS_DEFAULT_REGION": region}
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            command(name, port),
            env=variables | {"TMPDIR": folder},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_until(lambda: listens(port), STARTUP_SECONDS)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def listens(port: int) -> bool:
    """Tell whether somebody accepts connections on `port`."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
