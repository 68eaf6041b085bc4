"""How JupyterHub is set up for a class: who may do what, and where everything listens."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from labkit.classroom.authenticator import InvitationAuthenticator
from labkit.classroom.folder import INSTRUCTOR, MOST_USERS, ClassFolder
from labkit.classroom.running import APART_ENV, Running, named_folder, settle
from labkit.classroom.spawner import KEPT, RoomSpawner, TrustingSpawner

TEMPLATES = Path(__file__).parent / "templates"
REPORT, VIEW = "custom:class:report", "custom:class:view"
"""What a learner's server and an instructor's browser may do at the class view."""
KEEPS = ("list:users", "read:users:activity", "read:servers", "servers", "delete:servers", "proxy")
"""What starts everybody before the hour, stops who is idle, and mends a new proxy's routes."""
VIEW_ENV = "LABKIT_CLASS_VIEW"
"""Environment variable of a learner's server: where it reports to."""
START_S = 180
"""Five servers at once took 24 s on two cores, thirty would take two minutes."""
ROUTES_EVERY_S = 30
"""How often the hub looks whether the proxy has its routes. One that died has none; then the keeper
asks the hub to look at once."""


def configure(c: Any) -> None:
    """Fill in the configuration of the hub of the class that the environment names."""
    folder = named_folder()
    running = settle(folder, apart=os.environ.get(APART_ENV) == "1")
    _place(c, folder, running)
    _people(c, folder)
    _services(c, running)
    _servers(c, running)


def _place(c: Any, folder: ClassFolder, running: Running) -> None:
    """Say where hub and proxy listen, and where the hub keeps what it knows."""
    secure = bool(folder.settings.tls_cert)
    c.JupyterHub.bind_url = f"http{'s' * secure}://{folder.settings.bind}/"
    c.JupyterHub.hub_bind_url = running.hub
    c.JupyterHub.api_page_max_limit = MOST_USERS  # its own bound is 200 in one answer
    c.JupyterHub.last_activity_interval = ROUTES_EVERY_S
    c.ConfigurableHTTPProxy.should_start = False  # it outlives the hub, and its routes with it
    c.ConfigurableHTTPProxy.api_url = running.proxy_api
    c.ConfigurableHTTPProxy.auth_token = running.proxy_token
    c.JupyterHub.db_url = f"sqlite:///{folder.private / 'jupyterhub.sqlite'}"
    c.JupyterHub.cookie_secret_file = str(folder.private / "cookie_secret")
    c.JupyterHub.template_paths = [str(TEMPLATES)]
    c.JupyterHub.cleanup_servers = False  # learners work on while the hub is restarted
    c.JupyterHub.cleanup_proxy = False
    c.JupyterHub.init_spawners_timeout = -1


def _people(c: Any, folder: ClassFolder) -> None:
    """Say who there is and what each may do; nobody is an admin."""
    c.JupyterHub.authenticator_class = InvitationAuthenticator
    c.Authenticator.allowed_users = {one.who for one in folder.everyone}
    c.Authenticator.allow_existing_users = False
    c.Authenticator.delete_invalid_users = True
    c.JupyterHub.custom_scopes = {
        REPORT: {"description": "Report a learner's progress to the class view"},
        VIEW: {"description": "Look at the class view"},
    }
    may_watch = ["access:services!service=class", VIEW, "list:users", "servers"]
    c.JupyterHub.load_roles = [
        {"name": "user", "scopes": ["self", REPORT]},
        {"name": "instructors", "users": [INSTRUCTOR], "scopes": may_watch},
        {"name": "class-view", "services": ["class"], "scopes": ["list:users", "read:servers"]},
        {"name": "class-keeper", "services": ["keeper"], "scopes": list(KEEPS)},
    ]


def _services(c: Any, running: Running) -> None:
    """Name the class view, and what starts and stops servers; both run beside the hub."""
    c.JupyterHub.services = [
        {
            "name": "class",
            "url": running.view,
            "api_token": running.view_token,
            "oauth_no_confirm": True,
            "oauth_client_allowed_scopes": [VIEW, "access:services!service=class"],
        },
        {"name": "keeper", "api_token": running.keeper_token},
    ]


def _servers(c: Any, running: Running) -> None:
    """Say how a learner's server is started."""
    c.JupyterHub.spawner_class = RoomSpawner if running.apart else TrustingSpawner
    c.JupyterHub.concurrent_spawn_limit = max(2, os.cpu_count() or 2)
    c.Spawner.default_url = "/lab/workspaces/labkit"
    c.Spawner.cmd = ["python", "-m", "labkit.classroom.singleuser"]
    c.Spawner.start_timeout = c.Spawner.http_timeout = START_S
    c.Spawner.env_keep = list(KEPT)
    c.Spawner.environment = {VIEW_ENV: f"{running.view}/services/class"}
    c.Spawner.server_token_scopes = ["users:activity!user", "access:servers!server", REPORT]
    c.LocalProcessSpawner.interrupt_timeout = 5
    c.LocalProcessSpawner.term_timeout = 10
