"""The plugin for The Littlest JupyterHub, with the pluggy, traitlets and JupyterHub of TLJH."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pluggy
import pytest
from jupyterhub.spawner import LocalProcessSpawner
from traitlets.config import Config

FOLDER = Path(__file__).resolve().parents[3] / "deploy" / "tljh"


class Specifications:
    """The hooks of TLJH 2.0 that the plugin takes, with their arguments: `tljh/hooks.py`."""

    spec = pluggy.HookspecMarker("tljh")

    @spec
    def tljh_post_install(self) -> None:
        """Run after everything is installed."""

    @spec
    def tljh_config_post_install(self, config: dict[str, Any]) -> None:
        """Change what `tljh-config` has."""

    @spec
    def tljh_custom_jupyterhub_config(self, c: Any) -> None:
        """Change the hub's configuration."""


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """Import the plugin where `tljh.hooks` is pluggy's marker, as it is in TLJH."""
    hooks = SimpleNamespace(hookimpl=pluggy.HookimplMarker("tljh"))
    monkeypatch.setitem(sys.modules, "tljh", ModuleType("tljh"))
    monkeypatch.setitem(sys.modules, "tljh.hooks", hooks)
    monkeypatch.setenv("LABKIT_CLASS_COURSE", str(tmp_path))
    spec = importlib.util.spec_from_file_location("labkit_tljh", FOLDER / "labkit_tljh.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def hook(plugin: ModuleType) -> Any:
    """Return TLJH's hooks with the plugin behind them; an unknown name or argument fails here."""
    manager = pluggy.PluginManager("tljh")
    manager.add_hookspecs(Specifications)
    manager.register(plugin)
    manager.check_pending()
    return manager.hook


def test_what_the_host_has_set_stays(hook: Any) -> None:
    config: dict[str, Any] = {"limits": {"memory": "1G"}, "users": {"admin": ["kim"]}}
    hook.tljh_config_post_install(config=config)
    assert config == {
        "limits": {"memory": "1G", "cpu": 2},
        "users": {"admin": ["kim"]},
        "services": {"cull": {"timeout": 10_800}},
    }


def test_a_server_is_the_course(hook: Any, tmp_path: Path) -> None:
    config = Config()
    hook.tljh_custom_jupyterhub_config(c=config)
    spawner = LocalProcessSpawner(config=config)
    python, script = spawner.cmd
    assert python == str(tmp_path / ".venv" / "bin" / "python")
    assert Path(script).relative_to(tmp_path) == Path("deploy/tljh/learner.py")
    assert spawner.environment == {"LABKIT_CLASS_COURSE": str(tmp_path)}
    assert spawner.default_url.startswith("/lab")


def test_the_environment_has_the_hubs_own_jupyterhub(
    hook: Any, plugin: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(plugin.subprocess, "run", lambda command, **_: ran.append(command))
    hook.tljh_post_install()
    setup, hub, compiled = ran
    assert (FOLDER.parents[1] / Path(setup[0]).name).exists()
    assert hub[-1] == f"jupyterhub=={importlib.metadata.version('jupyterhub')}"
    assert compiled[-1] == plugin.COMPILE
    compile(plugin.COMPILE, "COMPILE", "exec")
