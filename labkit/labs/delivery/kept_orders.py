"""The tables that keep orders, and what a function needs to write into them.

Every builder is plain boto3 and may be run again: what is already there is found and used.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from labkit.labs.lab_run import LabRun
from labkit.polling import wait_until

TABLE_S = 120
"""How long a table may take until it is active."""

POWERTOOLS = ("aws_lambda_powertools", "jmespath", "typing_extensions")
"""Powertools for AWS Lambda with what it imports."""

WRITES = ("GetItem", "PutItem", "UpdateItem", "DeleteItem")


def table(lab: LabRun, logical: str, key: str, **more: Any) -> str:
    """Create a table on demand with one key attribute, a text, and wait; return its name.

    Parameters
    ----------
    logical
        What the lesson calls it.
    key
        The key attribute.
    **more
        More arguments of ``create_table``; attributes of indexes are defined here, too.
    """
    dynamodb = lab.client("dynamodb")
    name = lab.name(logical)
    defined = more.pop("AttributeDefinitions", [])
    with contextlib.suppress(dynamodb.exceptions.ResourceInUseException):
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}, *defined],
            **more,
        )
    wait_until_active(lab, name)
    return name


def orders_table(lab: LabRun) -> str:
    """Create the table of orders, with its index by customer, as lesson 11 does by hand."""
    index = {
        "IndexName": "by-customer",
        "KeySchema": [
            {"AttributeName": "customer", "KeyType": "HASH"},
            {"AttributeName": "placedAt", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "ALL"},
    }
    texts = [{"AttributeName": name, "AttributeType": "S"} for name in ("customer", "placedAt")]
    return table(
        lab, "orders", "orderId", AttributeDefinitions=texts, GlobalSecondaryIndexes=[index]
    )


def wait_until_active(lab: LabRun, name: str) -> None:
    """Wait until a table, named in full, can be written to."""
    dynamodb = lab.client("dynamodb")
    wait_until(
        lambda: dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE",
        seconds=TABLE_S,
        what=f"the table {name} to be ACTIVE",
    )


def let_write(
    lab: LabRun, tables: Mapping[str, str], layers: Sequence[str] = (), logical: str = "order"
) -> None:
    """Let a function write into tables, and tell it their names.

    Parameters
    ----------
    tables
        Name of an environment variable → full name of the table.
    layers
        ARNs of layer versions that the function gets.
    logical
        What the lesson calls the function; its role is called so with "-role".
    """
    awslambda = lab.client("lambda")
    arns = [f"arn:aws:dynamodb:{lab.region}:{lab.account}:table/{one}" for one in tables.values()]
    actions = [f"dynamodb:{operation}" for operation in WRITES]
    statement = {"Effect": "Allow", "Action": actions, "Resource": arns}
    lab.client("iam").put_role_policy(
        RoleName=lab.name(f"{logical}-role"),
        PolicyName="keep-orders",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    awslambda.update_function_configuration(
        FunctionName=lab.name(logical),
        Environment={"Variables": dict(tables)},
        Layers=list(layers),
    )
    updated = awslambda.get_waiter("function_updated_v2")
    updated.wait(FunctionName=lab.name(logical), WaiterConfig={"Delay": 1, "MaxAttempts": 300})


def powertools_layer(lab: LabRun) -> str:
    """Publish Powertools for AWS Lambda, as it is installed here, as a layer; return its ARN."""
    published = lab.client("lambda").publish_layer_version(
        LayerName=lab.name("powertools"),
        Content={"ZipFile": layer_of(POWERTOOLS)},
        CompatibleRuntimes=["python3.13"],
    )
    return str(published["LayerVersionArn"])


def layer_of(packages: Sequence[str]) -> bytes:
    """Pack installed packages as a layer for Python: everything below ``python/``.

    Raises
    ------
    ModuleNotFoundError
        If one is not installed.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for package in packages:
            for file, name in _files(package):
                archive.write(file, f"python/{name}")
    return packed.getvalue()


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item without its types: ``{"total": {"N": "5"}}`` becomes ``{"total": 5}``."""
    read = TypeDeserializer().deserialize
    return {name: read(value) for name, value in item.items()}


def _files(package: str) -> list[tuple[Path, str]]:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed: run make lab again")
    origin = Path(spec.origin)
    if origin.name != "__init__.py":
        return [(origin, origin.name)]
    root = origin.parent
    files = (file for file in sorted(root.rglob("*.py")))
    return [(file, file.relative_to(root.parent).as_posix()) for file in files]
