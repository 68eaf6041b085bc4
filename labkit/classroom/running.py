"""What the programs of a running class must agree on: ports and tokens, kept over restarts."""

from __future__ import annotations

import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from labkit.classroom.class_settings import LOOPBACK
from labkit.classroom.folder import ClassFolder, open_class, write_private
from labkit.errors import LabkitError

FILE = "running.json"

FOLDER_ENV = "LABKIT_CLASS_FOLDER"
"""The variable that names the class's folder to the programs of a running class."""

APART_ENV = "LABKIT_CLASS_APART"
"""The hub's: 1 for rooms, 0 where learners trust each other."""


@dataclass(frozen=True)
class Running:
    """Ports and tokens of a class.

    Learners' servers that outlive `labkit class serve` hold the hub's port, so it never changes.

    Attributes
    ----------
    apart
        Whether learners have rooms; else they trust each other.
    address
        Where rooms, or trusting servers, find hub and view.
    proxy_token, view_token, keeper_token
        Of the proxy's API, of the class view at the hub, and of what starts learners' servers.
    """

    apart: bool
    address: str
    hub_port: int
    view_port: int
    proxy_port: int
    way_out_port: int
    proxy_token: str
    view_token: str
    keeper_token: str

    @property
    def hub(self) -> str:
        """The hub's address, without its path."""
        return f"http://{self.address}:{self.hub_port}"

    @property
    def view(self) -> str:
        """The class view's address, without its path."""
        return f"http://{self.address}:{self.view_port}"

    @property
    def way_out(self) -> str:
        """Where rooms find the way out to AWS."""
        return f"http://{self.address}:{self.way_out_port}"

    @property
    def proxy_api(self) -> str:
        """Where the hub tells the proxy its routes."""
        return f"http://{LOOPBACK}:{self.proxy_port}"

    @property
    def hub_api(self) -> str:
        """The hub's REST API."""
        return f"{self.hub}/hub/api"


def settle(folder: ClassFolder, *, apart: bool) -> Running:
    """Return the ports and tokens of a class; the first time, choose and write them."""
    address = folder.settings.hub_address if apart else LOOPBACK
    found = read(folder)
    if found and found.apart == apart and found.address == address:
        return found
    hub, view, proxy, way_out = _free_ports(4)
    tokens = [secrets.token_hex(32) for _ in range(3)]
    chosen = Running(apart, address, hub, view, proxy, way_out, *tokens)
    write_private(folder.private / FILE, json.dumps(asdict(chosen), indent=1))
    return chosen


def read(folder: ClassFolder) -> Running | None:
    """Return the ports and tokens of a class that was served before, else None."""
    try:
        return Running(**json.loads((folder.private / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def named_folder() -> ClassFolder:
    """Return the folder of the class that the environment names."""
    return open_class(Path(os.environ[FOLDER_ENV]))


def served_class(program: str) -> tuple[ClassFolder, Running]:
    """Return the class that the environment names, for one of its programs.

    Parameters
    ----------
    program
        What the program is called in messages.

    Raises
    ------
    LabkitError
        The class was never served.
    """
    folder = named_folder()
    running = read(folder)
    if running is None:
        raise LabkitError(f"`labkit class serve {folder.path}` starts {program}.")
    return folder, running


def _free_ports(number: int) -> list[int]:
    """Return ports that nothing listens on, different ones."""
    listeners = [socket.create_server((LOOPBACK, 0)) for _ in range(number)]
    ports = [int(one.getsockname()[1]) for one in listeners]
    for one in listeners:
        one.close()
    return ports


def hub_config(folder: ClassFolder) -> Path:
    """Write the file that JupyterHub is started with, and return it."""
    path = folder.private / "jupyterhub_config.py"
    write_private(path, "from labkit.classroom.hub import configure\n\nconfigure(get_config())\n")
    return path
