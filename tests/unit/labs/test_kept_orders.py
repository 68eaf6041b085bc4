"""Orders that are kept: the layer, what a million cost, tests of a handler, the map's table."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from labkit.course.contract import Exercise
from labkit.course.magics import _STUB
from labkit.course.solution_markers import with_stub
from labkit.labs.costs.keeping import keeping_a_million
from labkit.labs.delivery import plain, run_tests
from labkit.labs.delivery.delivery_map import DeliveryMapState, Part, draw, width
from labkit.labs.delivery.kept_orders import POWERTOOLS, layer_of

TESTS = """\
import order


def test_it_answers():
    assert order.handler({}, None) == 201, "no answer"


def test_it_fails():
    order.handler(None, None)
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
    wrong = ModuleType("order")
    wrong.handler = lambda event, context: 500  # type: ignore[attr-defined]
    outcomes = dict(run_tests(tests, wrong).to_numpy().tolist())
    assert outcomes == {"test_it_answers": "AssertionError: no answer", "test_it_fails": "passed"}


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
