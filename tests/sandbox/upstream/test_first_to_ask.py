"""Several threads are the first to ask for something at the same time: it is made once."""

from __future__ import annotations

from pathlib import Path

from tests.sandbox.conftest import within_a_server

ALL_AT_ONCE = """
import importlib, json, sys, threading
from labkit.sandbox.gateway import registry

AT_ONCE = 8
sys.setswitchinterval(1e-5)

def all_at_once(asks):
    barrier, found = threading.Barrier(len(asks)), [None] * len(asks)
    def ask(number):
        barrier.wait()
        found[number] = asks[number]()
    threads = [threading.Thread(target=ask, args=[n], daemon=True) for n in range(len(asks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "they wait for one another"
    return found
"""

PROVIDERS = (
    ALL_AT_ONCE
    + """
registry.install()
told = {}
for service in (*registry.SERVICES, *registry.BESIDE):
    def load(names=service.takes):
        for name in names:
            importlib.import_module(name)
    def ask(one=service):
        provider = one.provider
        return [id(provider), type(provider).__name__]
    found = all_at_once([ask, load] * (AT_ONCE // 2))
    told[service.name] = [one for one in found if one is not None]
print(json.dumps(told))
"""
)

INVOKERS = (
    ALL_AT_ONCE
    + """
registry.install()
registry.by_name("lambda").provider
from labkit.sandbox.services.lambda_ import invocation
print(json.dumps([id(one) for one in all_at_once([invocation.the_invoker] * AT_ONCE)]))
"""
)

COUNTED = (
    ALL_AT_ONCE
    + """
registry.install()
for name in ("lambda", "cloudwatch"):
    registry.by_name(name).provider
from labkit.sandbox.services.lambda_.retention import values_of
from labkit.sandbox.upstream.app import responses

METRICS = 150
sys.setswitchinterval(1e-6)
POINT = {"Value": 1.0, "Unit": "None", "Timestamp": 5, "Dimensions": {}}

def in_the_account(key, act):
    with responses.request_scope("111122223333", "ap-northeast-2"):
        return act(values_of(key))

def counted(number):
    key = ("Shop", "Orders", str(number))
    all_at_once([lambda: in_the_account(key, lambda values: values.append(dict(POINT)))] * AT_ONCE)
    return in_the_account(key, lambda values: sum(one.get("Count", 1.0) for one in values))

print(json.dumps(sorted({counted(number) for number in range(METRICS)})))
"""
)

IMPORTED = """
import importlib, json, sys
from labkit.sandbox.gateway import registry

loaded = {}
for service in (*registry.SERVICES, *registry.BESIDE):
    if service.folder:
        before = set(sys.modules)
        importlib.import_module(f"labkit.sandbox.services.{service.folder}.provider")
        loaded[service.name] = sorted(set(sys.modules) - before)
takes = {module for service in (*registry.SERVICES, *registry.BESIDE) for module in service.takes}
print(json.dumps({name: [m for m in found if m in takes] for name, found in loaded.items()}))
"""


def test_each_provider_is_one_and_takes_its_places_once(tmp_path: Path) -> None:
    for name, found in within_a_server(PROVIDERS, tmp_path).items():
        assert len(found) == 4, name
        assert len({one for one, _ in found}) == 1, name


def test_one_invoker_runs_every_call(tmp_path: Path) -> None:
    assert len(set(within_a_server(INVOKERS, tmp_path))) == 1


def test_no_value_of_a_new_metric_is_lost(tmp_path: Path) -> None:
    assert within_a_server(COUNTED, tmp_path) == [8.0]


def test_no_provider_is_loaded_together_with_a_module_in_which_it_takes_places(
    tmp_path: Path,
) -> None:
    """It would wait for who loads that module, who waits for the provider."""
    assert {k: v for k, v in within_a_server(IMPORTED, tmp_path).items() if v} == {}
