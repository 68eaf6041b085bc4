"""What AWS refuses of tables, their tags and their settings, each once taken in silence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.sandbox.conftest import CONFIG, Aws, wait_for
from tests.sandbox.dynamodb.conftest import Refuse, definition, keys, status

INVALID = "One or more parameter values were invalid: "
ONE = "1 validation error detected: "
UNITS = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}


def index(name: str = "by-customer", **more: Any) -> dict[str, Any]:
    """An index of the tests' table."""
    schema = keys("customer", "placedAt")
    return {"IndexName": name, "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}} | more


def including(*names: str) -> list[dict[str, Any]]:
    """One index that projects attributes by name."""
    projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(names)}
    return [index(Projection=projection)]


def tags(*names: str) -> list[dict[str, str]]:
    """Tags of these keys."""
    return [{"Key": name, "Value": "v"} for name in names]


@pytest.fixture(scope="module")
def unchecked(aws: Aws) -> Any:
    """A client that sends what boto3 would refuse itself, as other SDKs do."""
    return boto3.client(
        "dynamodb",
        endpoint_url=aws.endpoint,
        region_name=aws.region,
        aws_access_key_id=aws.account,
        aws_secret_access_key=aws.secret,
        config=CONFIG.merge(Config(parameter_validation=False)),
    )


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"StreamSpecification": {"StreamEnabled": True}},
            INVALID + "Table is being created with a stream enabled, UpdateViewType is required",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "ALL"}},
            ONE + "Value 'ALL' at 'streamSpecification.streamViewType' failed to satisfy "
            "constraint: Member must satisfy enum value set: "
            "[NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY]",
        ),
        (
            {"BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS},
            INVALID + "ProvisionedThroughput is not specified for index: by-customer",
        ),
        (
            {"GlobalSecondaryIndexes": [index(ProvisionedThroughput=UNITS)]},
            INVALID + "ProvisionedThroughput should not be specified for index: by-customer "
            "when BillingMode is PAY_PER_REQUEST",
        ),
        (
            {"GlobalSecondaryIndexes": including("note", "note")},
            INVALID + "Duplicate element in NonKeyAttributes: note",
        ),
        (
            {
                "GlobalSecondaryIndexes": [
                    index(KeySchema=[*keys("customer", "placedAt"), *keys("id")])
                ]
            },
            INVALID + "All HASH key attributes must precede RANGE key attributes in the KeySchema",
        ),
        (
            {
                "GlobalSecondaryIndexes": [
                    index(KeySchema=[*keys("customer"), *keys("id"), *keys("id")])
                ]
            },
            "The KeySchema contains multiple key attributes with the same name",
        ),
        (
            {"Tags": tags("a", "b", "a")},
            "Duplicate Tag Keys provided as input: Duplicate Tag Key found a",
        ),
        ({"Tags": tags("aws:run")}, "Tag Key cannot be prefixed with aws:, Key: aws:run"),
        ({"Tags": tags("what?")}, "The Tag Key provided is invalid, Key: what?"),
        (
            {"Tags": tags(*(f"key-{number}" for number in range(51)))},
            "Number of Tags exceed the current limit for the provided ResourceArn",
        ),
    ],
)
def test_a_table_is_refused(
    aws: Aws, dynamodb: Any, refuse: Refuse, change: dict[str, Any], text: str
) -> None:
    request = definition(aws.name("orders")) | change
    assert refuse(dynamodb.create_table, **request) == ("ValidationException", text)
    assert request["TableName"] not in dynamodb.list_tables()["TableNames"]


def test_an_attribute_that_is_defined_twice_is_refused(
    aws: Aws, dynamodb: Any, refuse: Refuse
) -> None:
    request = definition(aws.name("orders"))
    request["AttributeDefinitions"].append({"AttributeName": "id", "AttributeType": "N"})
    assert refuse(dynamodb.create_table, **request)[1] == "Attribute Name is duplicated: id"


def test_lengths_and_ranges_are_held_without_an_sdk_that_holds_them(
    aws: Aws, unchecked: Any, refuse: Refuse
) -> None:
    name = aws.name("orders")
    many = [f"a{number}" for number in range(21)]
    code, text = refuse(
        unchecked.create_table, **definition(name, GlobalSecondaryIndexes=including(*many))
    )
    where = "globalSecondaryIndexes.1.member.projection.nonKeyAttributes"
    assert code == "ValidationException"
    assert text.endswith(
        f"at '{where}' failed to satisfy constraint: "
        "Member must have length less than or equal to 20"
    )
    _, text = refuse(unchecked.create_table, **definition(name, Tags=tags("k" * 129)))
    assert text.endswith("Member must have length less than or equal to 128")
    _, text = refuse(unchecked.create_table, **definition(name, Tags=[{"Key": "k"}]))
    assert text == "The Tag Value provided is invalid, Value: null"


def test_a_global_index_may_have_four_keys_of_a_kind(aws: Aws, dynamodb: Any) -> None:
    request = definition(aws.name("orders"))
    schema = [*keys("customer"), *keys("id"), {"AttributeName": "placedAt", "KeyType": "RANGE"}]
    made = dynamodb.create_table(**request | {"GlobalSecondaryIndexes": [index(KeySchema=schema)]})
    assert made["TableDescription"]["GlobalSecondaryIndexes"][0]["KeySchema"] == schema


@pytest.fixture(scope="module")
def kept(aws: Aws) -> Iterator[str]:
    """A table that no request of these tests changes: all are refused."""
    dynamodb = aws.client("dynamodb")
    name = aws.name("orders")
    dynamodb.create_table(**definition(name, DeletionProtectionEnabled=True))
    wait_for(lambda: status(dynamodb, name) == "ACTIVE")
    before = dynamodb.describe_table(TableName=name)["Table"]
    yield name
    assert dynamodb.describe_table(TableName=name)["Table"] == before


def create(name: str, **more: Any) -> dict[str, Any]:
    """An update that makes an index."""
    return {"Create": index(name, **more)}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"GlobalSecondaryIndexUpdates": []},
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
            "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, "
            "MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, "
            "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass "
            "is required",
        ),
        (
            {"BillingMode": "PROVISIONED"},
            INVALID + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED",
        ),
        (
            {"ProvisionedThroughput": UNITS},
            INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
            "BillingMode is PAY_PER_REQUEST",
        ),
        (
            {"DeletionProtectionEnabled": False, "BillingMode": "PAY_PER_REQUEST"},
            INVALID + "DeletionProtection modification must be the only operation in the request",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": True}},
            INVALID + "If stream is being enabled then UpdateViewType is required",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}},
            INVALID + "If stream is being disabled, then UpdateViewType must not be specified",
        ),
        (
            {
                "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
                "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by-customer"}}],
            },
            INVALID + "You cannot create or delete index while changing stream status",
        ),
        (
            {
                "GlobalSecondaryIndexUpdates": [
                    create("by-customer") | {"Delete": {"IndexName": "by-customer"}}
                ]
            },
            INVALID + "Only one global secondary index action is allowed per "
            "GlobalSecondaryIndexUpdate object",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [create("by-time")]},
            INVALID + "AttributeDefinitions is not specified for index: by-time",
        ),
        (
            {
                "AttributeDefinitions": definition("x")["AttributeDefinitions"],
                "GlobalSecondaryIndexUpdates": [create("by-customer")],
            },
            "Attempting to create an index which already exists",
        ),
    ],
)
def test_a_change_is_refused(
    dynamodb: Any, kept: str, refuse: Refuse, change: dict[str, Any], text: str
) -> None:
    assert refuse(dynamodb.update_table, TableName=kept, **change) == ("ValidationException", text)


def test_a_stream_is_not_switched_off_that_is_not_on(
    dynamodb: Any, kept: str, refuse: Refuse
) -> None:
    off = {"StreamEnabled": False}
    _, text = refuse(dynamodb.update_table, TableName=kept, StreamSpecification=off)
    assert text == f"Table has no stream to disable: TableName: {kept}"


def test_one_index_is_made_or_deleted_at_a_time(dynamodb: Any, kept: str, refuse: Refuse) -> None:
    updates = [create("by-time"), {"Delete": {"IndexName": "by-customer"}}]
    assert refuse(
        dynamodb.update_table,
        TableName=kept,
        AttributeDefinitions=definition("x")["AttributeDefinitions"],
        GlobalSecondaryIndexUpdates=updates,
    ) == (
        "LimitExceededException",
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously "
        "per table",
    )


def test_a_protected_table_stays(dynamodb: Any, kept: str, refuse: Refuse) -> None:
    assert refuse(dynamodb.delete_table, TableName=kept) == (
        "ValidationException",
        "Resource cannot be deleted as it is currently protected against deletion. "
        "Disable deletion protection first.",
    )


def test_tags_and_recovery_are_refused(
    dynamodb: Any, unchecked: Any, kept: str, refuse: Refuse
) -> None:
    arn = dynamodb.describe_table(TableName=kept)["Table"]["TableArn"]
    for given, text in (
        ([], "Atleast one Tag needs to be provided as Input."),
        (tags("AWS:x"), "Tag Key cannot be prefixed with aws:, Key: AWS:x"),
        (tags("x", "x"), "Duplicate Tag Keys provided as input: Duplicate Tag Key found x"),
    ):
        assert refuse(dynamodb.tag_resource, ResourceArn=arn, Tags=given)[1] == text
    assert refuse(dynamodb.untag_resource, ResourceArn=arn, TagKeys=[])[1] == (
        "Atleast one Tag Key needs to be provided as Input."
    )
    dynamodb.tag_resource(ResourceArn=arn, Tags=tags(*(f"key-{one}" for one in range(50))))
    assert refuse(dynamodb.tag_resource, ResourceArn=arn, Tags=tags("key-50"))[1] == (
        "Number of Tags exceed the current limit for the provided ResourceArn"
    )
    dynamodb.tag_resource(ResourceArn=arn, Tags=tags("key-49"))  # it has that one
    off = {"PointInTimeRecoveryEnabled": False, "RecoveryPeriodInDays": 3}
    assert refuse(
        dynamodb.update_continuous_backups,
        TableName=kept,
        PointInTimeRecoverySpecification=off,
    )[1] == (
        "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling "
        "point-in-time recovery."
    )
    long = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 36}
    assert refuse(
        unchecked.update_continuous_backups,
        TableName=kept,
        PointInTimeRecoverySpecification=long,
    )[1] == (
        ONE + "Value '36' at 'pointInTimeRecoverySpecification.recoveryPeriodInDays' failed to "
        "satisfy constraint: Member must have value less than or equal to 35"
    )


def test_how_items_expire_is_not_told_while_a_table_is_made(
    aws: Aws, dynamodb: Any, refuse: Refuse
) -> None:
    name = aws.name("orders")
    dynamodb.create_table(**definition(name))
    assert refuse(dynamodb.describe_time_to_live, TableName=name)[1] == (
        "Cannot describe time to live while table is in CREATING state: "
        "Current table state is CREATING"
    )
    wait_for(lambda: status(dynamodb, name) == "ACTIVE")
    answer = dynamodb.describe_time_to_live(TableName=name)
    assert answer["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"


def test_a_table_goes_back_in_time_if_its_changes_are_kept(
    aws: Aws, dynamodb: Any, table: str, refuse: Refuse
) -> None:
    back = {
        "SourceTableName": table,
        "TargetTableName": aws.name("restored"),
        "UseLatestRestorableTime": True,
    }
    assert refuse(dynamodb.restore_table_to_point_in_time, **back) == (
        "PointInTimeRecoveryUnavailableException",
        f"Point in time recovery is not enabled for table '{table}'",
    )
    on = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=on)
    dynamodb.restore_table_to_point_in_time(**back)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "This policy contains invalid Json"),
        ("{}", "Could not parse the policy: Statement is empty!"),
        ('{"Statement": [{"Effect": "Allow"}]}', "Missing required field Resource"),
    ],
)
def test_a_policy_that_is_none(
    dynamodb: Any, kept: str, refuse: Refuse, text: str, reason: str
) -> None:
    arn = dynamodb.describe_table(TableName=kept)["Table"]["TableArn"]
    assert refuse(dynamodb.put_resource_policy, ResourceArn=arn, Policy=text) == (
        "ValidationException",
        f"{INVALID}Invalid policy document: {reason}",
    )
