"""Orders that are kept: the layer, what a million cost, tests of a handler, the map's table."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from labkit.course.contract import Exercise
from labkit.course.magics import _STUB
from labkit.course.solution_markers import with_stub
from labkit.errors import LabkitError
from labkit.labs.costs.keeping import keeping_a_million
from labkit.labs.delivery import handler_tests, plain, run_tests
from labkit.labs.delivery.delivery_map import DeliveryMapState, Part, draw, width
from labkit.labs.delivery.kept_orders import POWERTOOLS, layer_of

TESTS = """\
import order


def test_it_answers():
    assert order.handler({}, None) == 201, "no answer"


def test_it_fails():
    order.handler(None, None)
"""


PYTESTS_WAYS = """\
import order
import pytest


@pytest.fixture
def body():
    return "{}"


@pytest.mark.parametrize("body", ["two chickens", None])
def test_what_is_no_order(body):
    assert order.handler({"body": body}, None) == 400


def test_an_order(body):
    assert order.handler({"body": body}, None) == 201
"""


def test_a_layer_holds_packages_below_python() -> None:
    with zipfile.ZipFile(io.BytesIO(layer_of(POWERTOOLS))) as archive:
        names = set(archive.namelist())
    assert {
        "python/aws_lambda_powertools/__init__.py",
        "python/jmespath/__init__.py",
        "python/typing_extensions.py",
    } <= names
    assert all(name.startswith("python/") for name in names)


def test_a_package_that_is_not_installed_makes_no_layer() -> None:
    with pytest.raises(ModuleNotFoundError):
        layer_of(["no_such_package_anywhere"])


def test_a_million_orders_cost_by_their_units() -> None:
    costs = keeping_a_million(write_units=5, read_units=0.5).set_index(["way", "part"])["usd"]
    assert costs["N. Virginia", "writes"] == pytest.approx(5 * 0.625)
    assert costs["N. Virginia", "reads"] == pytest.approx(0.5 * 0.125)
    assert costs["Seoul", "writes"] == pytest.approx(5 * 0.68)


def test_an_item_loses_its_types() -> None:
    assert plain({"orderId": {"S": "ord-1"}, "totalKRW": {"N": "5"}}) == {
        "orderId": "ord-1",
        "totalKRW": 5,
    }


def test_each_test_of_a_handler_passes_or_says_why_not(tmp_path: Path) -> None:
    tests = tmp_path / "test_order.py"
    tests.write_text(TESTS, encoding="utf-8")
    handler = tmp_path / "order.py"
    handler.write_text("def handler(event, context):\n    return 201 if event == {} else 1 / 0\n")
    outcomes = dict(run_tests(tests, handler).to_numpy().tolist())
    assert outcomes == {
        "test_it_answers": "passed",
        "test_it_fails": "ZeroDivisionError: division by zero",
    }
    wrong = "def handler(event, context):\n    return 500\n"
    outcomes = dict(run_tests(tests, handler, wrong).to_numpy().tolist())
    assert outcomes == {"test_it_answers": "AssertionError: no answer", "test_it_fails": "passed"}


def test_pytests_own_ways_of_writing_a_test_are_understood(tmp_path: Path) -> None:
    tests = tmp_path / "test_order.py"
    tests.write_text(PYTESTS_WAYS, encoding="utf-8")
    handler = tmp_path / "order.py"
    handler.write_text("def handler(event, context):\n    return 400\n")
    outcomes = dict(run_tests(tests, handler).to_numpy().tolist())
    assert outcomes == {
        "test_what_is_no_order[two chickens]": "passed",
        "test_what_is_no_order[None]": "passed",
        "test_an_order": "AssertionError: assert 400 == 201",
    }


def test_a_file_of_tests_that_cannot_be_imported_is_no_success(tmp_path: Path) -> None:
    tests = tmp_path / "test_order.py"
    tests.write_text("import odrer\n", encoding="utf-8")
    (tmp_path / "order.py").write_text("", encoding="utf-8")
    (outcome,) = run_tests(tests, tmp_path / "order.py")["outcome"]
    assert outcome != "passed"


def test_tests_of_a_service_get_their_variables_and_no_file_beside_them(tmp_path: Path) -> None:
    tests = tmp_path / "test_contract.py"
    tests.write_text(
        "import os, pathlib\n\n\ndef test_it():\n    assert os.environ['ORDER_URL'] == 'here'\n"
        "    assert {one.name for one in pathlib.Path('.').glob('*.py')} == {'test_contract.py'}\n",
        encoding="utf-8",
    )
    assert list(run_tests(tests, environment={"ORDER_URL": "here"})["outcome"]) == ["passed"]
    assert list(run_tests(tests, environment={"ORDER_URL": "there"})["outcome"]) != ["passed"]


def test_a_handler_that_never_ends_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler_tests, "LONGEST_S", 2)
    tests = tmp_path / "test_order.py"
    tests.write_text("def test_it_ends():\n    while True:\n        pass\n", encoding="utf-8")
    (tmp_path / "order.py").write_text("", encoding="utf-8")
    with pytest.raises(LabkitError, match="did not end within 2 s"):
        run_tests(tests, tmp_path / "order.py")


def test_a_blank_in_yaml_is_a_comment_that_is_still_to_do() -> None:
    class Queues(Exercise):
        id = "queues"
        title = "The queues"
        hints = ("Which?",)

    source = "Orders:\n  ### BEGIN SOLUTION\n  Type: AWS::SQS::Queue\n  ### END SOLUTION"
    blank = with_stub(source, Queues(), "queues.yaml")
    assert blank.splitlines()[1].startswith("  # TODO: The queues")
    found = _STUB.search(blank)
    assert found is not None
    assert found[1] == "queues"
    assert 'lab.todo("queues")' in with_stub(source, Queues(), "queues.py")


def test_a_table_makes_the_map_wider() -> None:
    function = Part("order", "function", "order")
    table = Part("orders", "table", "orders", ("8 items",))
    assert width([function, table]) > width([function])
    assert "table orders (8 items)" in draw(DeliveryMapState((function, table)))
