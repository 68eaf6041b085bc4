"""Permissions between services, through boto3 and HTTP alone: whose policy decides, and how."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from tests.sandbox.conftest import Aws, zipped
from tests.sandbox.delivery import Account, Api, error, statement

pytestmark = pytest.mark.contract(22)

GATEWAY = "apigateway.amazonaws.com"


class Sender:
    """An API that sends to a queue with a role of its own."""

    def __init__(self, account: Account) -> None:
        self.account, self.iam = account, account.client("iam")
        self.url, self.queue_arn = account.queue()
        self.role_arn = account.service_role(GATEWAY)
        self.role = self.role_arn.rpartition("/")[2]
        self.api = Api(account)
        path = f"{account.account}/{self.queue_arn.rpartition(':')[2]}"
        ids = self.api.method(
            self.api.resource("send"),
            type="AWS",
            integrationHttpMethod="POST",
            uri=f"arn:aws:apigateway:{account.region}:sqs:path/{path}",
            credentials=self.role_arn,
            requestParameters={
                "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"
            },
            requestTemplates={"application/json": "Action=SendMessage&MessageBody=order"},
        )
        self.api.answers(ids, "200")
        self.api.answers(ids, "403", "403")
        self.api.deploy()

    def allow(self, *statements: dict[str, Any]) -> None:
        """Make `statements` what the role's inline policy says."""
        self.account.allow(self.role_arn, *statements)

    def queue_policy(self, *statements: dict[str, Any]) -> None:
        """Make `statements` what the queue's policy says."""
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self.account.client("sqs").set_queue_attributes(
            QueueUrl=self.url, Attributes={"Policy": policy}
        )

    def sends(self) -> bool:
        """Tell whether a call brings a message to the queue."""
        status = self.api.call("/send", json={}).status_code
        count = int(self.account.attribute(self.url, "ApproximateNumberOfMessages"))
        if count:
            self.account.client("sqs").purge_queue(QueueUrl=self.url)
        assert (status == 200) == (count == 1)
        return count == 1


@pytest.fixture
def sender(aws: Aws) -> Sender:
    """An API whose role allows nothing yet."""
    return Sender(Account.of(aws))


class TestRole:
    def test_nothing_allowed(self, sender: Sender) -> None:
        assert not sender.sends()

    @pytest.mark.parametrize("action", ["sqs:SendMessage", "sqs:Send*", "sqs:*", "*"])
    def test_actions_with_wildcards(self, sender: Sender, action: str) -> None:
        sender.allow(statement(action, sender.queue_arn))
        assert sender.sends()

    @pytest.mark.parametrize("action", ["sqs:ReceiveMessage", "sns:*"])
    def test_other_actions(self, sender: Sender, action: str) -> None:
        sender.allow(statement(action, sender.queue_arn))
        assert not sender.sends()

    def test_another_queue(self, sender: Sender) -> None:
        sender.allow(statement("sqs:SendMessage", f"{sender.queue_arn}-other"))
        assert not sender.sends()

    def test_a_deny_wins(self, sender: Sender) -> None:
        deny = statement("sqs:SendMessage") | {"Effect": "Deny"}
        sender.allow(statement("sqs:*"), deny)
        assert not sender.sends()

    def test_an_attached_managed_policy(self, sender: Sender) -> None:
        sender.iam.attach_role_policy(
            RoleName=sender.role, PolicyArn="arn:aws:iam::aws:policy/AmazonSQSFullAccess"
        )
        assert sender.sends()

    def test_a_tag_of_the_resource(self, sender: Sender) -> None:
        tagged = {"Condition": {"StringEquals": {"aws:ResourceTag/team": "delivery"}}}
        sender.allow(statement("sqs:SendMessage") | tagged)
        assert not sender.sends()
        sqs = sender.account.client("sqs")
        sqs.tag_queue(QueueUrl=sender.url, Tags={"team": "kitchen"})
        assert not sender.sends()
        sqs.tag_queue(QueueUrl=sender.url, Tags={"team": "delivery"})
        assert sender.sends()

    def test_a_tag_that_a_boundary_asks_for(self, sender: Sender) -> None:
        sender.allow(statement("sqs:*"))
        tagged = {"Condition": {"Null": {"aws:ResourceTag/team": "false"}}}
        boundary = sender.iam.create_policy(
            PolicyName=sender.account.name("boundary"),
            PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": statement("sqs:*") | tagged}
            ),
        )["Policy"]["Arn"]
        sender.iam.put_role_permissions_boundary(RoleName=sender.role, PermissionsBoundary=boundary)
        assert not sender.sends()
        sender.account.client("sqs").tag_queue(QueueUrl=sender.url, Tags={"team": "x"})
        assert sender.sends()

    def test_a_boundary_limits(self, sender: Sender) -> None:
        sender.allow(statement("sqs:*"))
        boundary = sender.iam.create_policy(
            PolicyName=sender.account.name("boundary"),
            PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": statement("sqs:ReceiveMessage")}
            ),
        )["Policy"]["Arn"]
        sender.iam.put_role_permissions_boundary(RoleName=sender.role, PermissionsBoundary=boundary)
        assert not sender.sends()


class TestTrust:
    def trust(self, sender: Sender, **more: Any) -> None:
        document = statement("sts:AssumeRole", None) | {"Principal": {"Service": GATEWAY}} | more
        sender.iam.update_assume_role_policy(
            RoleName=sender.role,
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": document}),
        )

    def test_several_services(self, sender: Sender) -> None:
        sender.allow(statement("sqs:*"))
        self.trust(sender, Principal={"Service": ["lambda.amazonaws.com", GATEWAY]})
        assert sender.sends()

    def test_another_service(self, sender: Sender) -> None:
        sender.allow(statement("sqs:*"))
        self.trust(sender, Principal={"Service": "lambda.amazonaws.com"})
        assert not sender.sends()

    def test_the_account_is_not_the_service(self, sender: Sender) -> None:
        sender.allow(statement("sqs:*"))
        self.trust(sender, Principal={"AWS": f"arn:aws:iam::{sender.account.account}:root"})
        assert not sender.sends()


class TestResourcePolicy:
    def test_a_queue_policy_denies(self, sender: Sender) -> None:
        sender.allow(statement("sqs:*"))
        sender.queue_policy(
            statement("sqs:SendMessage", sender.queue_arn)
            | {"Effect": "Deny", "Principal": {"AWS": sender.role_arn}}
        )
        assert not sender.sends()

    def test_a_queue_policy_allows(self, sender: Sender) -> None:
        sender.queue_policy(
            statement("sqs:SendMessage", sender.queue_arn) | {"Principal": {"AWS": sender.role_arn}}
        )
        assert sender.sends()

    @pytest.mark.parametrize(("account", "allowed"), [("own", True), ("444455556666", False)])
    def test_a_functions_policy_with_a_source_account(
        self, sender: Sender, account: str, allowed: bool
    ) -> None:
        owner = sender.account
        function = owner.function_arn("def handler(event, context):\n    return {'body': 'hi'}")
        owner.client("lambda").add_permission(
            FunctionName=function,
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal=GATEWAY,
            SourceAccount=owner.account if account == "own" else account,
        )
        api = Api(owner)
        api.proxy(api.resource("hello"), function)
        api.deploy()
        assert api.call("/hello").status_code == (200 if allowed else 500)

    def test_a_permission_of_an_alias_is_the_aliass_alone(self, sender: Sender) -> None:
        owner, lambda_ = sender.account, sender.account.client("lambda")
        function = owner.function_arn("def handler(event, context):\n    return {'body': 'hi'}")
        version = lambda_.publish_version(FunctionName=function)["Version"]
        lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion=version)
        lambda_.add_permission(
            FunctionName=function, Qualifier="live", StatementId="api",
            Action="lambda:InvokeFunction", Principal=GATEWAY,
        )  # fmt: skip
        api = Api(owner)
        api.proxy(api.resource("alias"), f"{function}:live")
        api.proxy(api.resource("latest"), function)
        api.deploy()
        assert api.call("/alias").status_code == 200
        assert api.call("/latest").status_code == 500


class TestPassRole:
    def user(self, account: Account, *statements: dict[str, Any]) -> Any:
        """Return a session of a new user who may do what `statements` allow."""
        iam, name = account.client("iam"), account.name("user")
        iam.create_user(UserName=name)
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=account.region)

    def create(self, account: Account, user: Any, role: str) -> Any:
        return user.client("lambda", endpoint_url=account.endpoint).create_function(
            FunctionName=account.name("function"),
            Runtime="python3.13",
            Handler="index.handler",
            Role=role,
            Code={"ZipFile": zipped({"index.py": "def handler(event, context): pass"})},
        )

    def test_a_functions_role(self, account: Account) -> None:
        role = account.role()
        code, message = error(self.create, account, self.user(account, statement("lambda:*")), role)
        assert code == "AccessDeniedException"
        assert f"is not authorized to perform: iam:PassRole on resource: {role}" in message
        allowed = self.user(account, statement("lambda:*"), statement("iam:PassRole", role))
        assert self.create(account, allowed, role)["Role"] == role

    def test_the_service_it_is_passed_to(self, account: Account) -> None:
        condition = {"StringEquals": {"iam:PassedToService": GATEWAY}}
        user = self.user(
            account,
            statement("lambda:*"),
            statement("iam:PassRole") | {"Condition": condition},
        )
        assert error(self.create, account, user, account.role())[0] == "AccessDeniedException"

    def test_an_integrations_credentials(self, account: Account) -> None:
        api, role = Api(account), account.service_role(GATEWAY)
        user = self.user(account, statement("apigateway:*"))
        api.gateway = user.client("apigateway", endpoint_url=account.endpoint)
        code, _ = error(
            api.method,
            api.resource("orders"),
            type="AWS",
            integrationHttpMethod="POST",
            uri=f"arn:aws:apigateway:{account.region}:sqs:path/{account.account}/queue",
            credentials=role,
        )
        assert code == "AccessDeniedException"

    @pytest.mark.parametrize("service", ["stepfunctions", "events", "scheduler"])
    def test_a_role_for_another_service(self, account: Account, service: str) -> None:
        prefix = {"stepfunctions": "states"}.get(service, service)
        role, name = account.service_role(f"{prefix}.amazonaws.com"), account.name("made")
        account.client("events").put_rule(Name=name, ScheduleExpression="rate(1 hour)")
        target = {"Arn": account.queue()[1], "RoleArn": role}
        done = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
        operation, request = {
            "stepfunctions": (
                "create_state_machine",
                {"name": name, "roleArn": role, "definition": done},
            ),
            "events": ("put_targets", {"Rule": name, "Targets": [{"Id": "one"} | target]}),
            "scheduler": (
                "create_schedule",
                {
                    "Name": name,
                    "ScheduleExpression": "rate(1 hour)",
                    "FlexibleTimeWindow": {"Mode": "OFF"},
                    "Target": target,
                },
            ),
        }[service]

        def make(*statements: dict[str, Any]) -> Any:
            user = self.user(account, statement(f"{prefix}:*"), *statements)
            return getattr(user.client(service, endpoint_url=account.endpoint), operation)(
                **request
            )

        code, message = error(make)
        assert code == "AccessDeniedException"
        assert f"is not authorized to perform: iam:PassRole on resource: {role}" in message
        make(statement("iam:PassRole", role))
