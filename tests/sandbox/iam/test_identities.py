"""An IAM user under the published policies, in accounts that see nothing of others."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Aws, zipped
from tests.sandbox.delivery import Account, Api, error, policy, statement
from tests.sandbox.iam.conftest import DENIED, RUN, TAGS, TRUST, Client, boundary_of, clients_of


class TestKeys:
    def test_the_learner_is_a_user_of_the_sandboxs_account(
        self, sandbox: dict[str, Any], learner: Client
    ) -> None:
        assert learner("sts").get_caller_identity()["Arn"] == (
            f"arn:aws:iam::{sandbox['account']}:user/labkit-learner"
        )

    @pytest.mark.parametrize(
        ("service", "call"),
        [("sqs", "list_queues"), ("lambda", "list_functions"), ("sns", "list_topics"),
         ("apigateway", "get_rest_apis"), ("ec2", "describe_vpcs")],
    )  # fmt: skip
    def test_a_wrong_secret_is_refused(
        self, sandbox: dict[str, Any], service: str, call: str
    ) -> None:
        wrong = clients_of(sandbox, sandbox["access_key_id"], "wrong")
        code, _ = error(getattr(wrong(service), call))
        assert code in ("SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure")

    def test_a_wrong_secret_for_iam_is_a_signature_that_does_not_match(
        self, sandbox: dict[str, Any]
    ) -> None:
        wrong = clients_of(sandbox, sandbox["access_key_id"], "wrong")
        code, message = error(wrong("iam").list_roles)
        assert code == "SignatureDoesNotMatch"
        assert "The request signature we calculated does not match" in message

    def test_without_policies_the_keys_are_roots(self, aws: Aws) -> None:
        assert aws.client("sts").get_caller_identity()["Arn"].endswith(":root")

    def test_a_policy_that_is_none_stops_the_start(self, tmp_path: Path) -> None:
        bad = tmp_path / "bad.json"
        bad.write_text("{")
        ended = subprocess.run(
            [sys.executable, "-m", "labkit.sandbox", "--json", "--learner-policy", str(bad)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 1
        assert f"the policy {bad} cannot be read" in ended.stderr
        assert ended.stdout == ""


class TestRoles:
    def role(self, learner: Client, root: Account, name: str) -> dict[str, Any]:
        role: dict[str, Any] = learner("iam").create_role(
            RoleName=name,
            AssumeRolePolicyDocument=TRUST,
            PermissionsBoundary=boundary_of(root),
            Tags=TAGS,
        )["Role"]
        return role

    def test_no_role_without_the_boundary(self, learner: Client, root: Account) -> None:
        arguments = {"RoleName": "lk-free", "AssumeRolePolicyDocument": TRUST, "Tags": TAGS}
        other = "arn:aws:iam::aws:policy/AdministratorAccess"
        for more in ({}, {"PermissionsBoundary": other}):
            assert error(learner("iam").create_role, **arguments, **more)[0] == "AccessDenied"

    def test_the_boundary_stays_on_and_as_it_is(self, learner: Client, root: Account) -> None:
        self.role(learner, root, "lk-bound")
        iam = learner("iam")
        assert error(iam.delete_role_permissions_boundary, RoleName="lk-bound")[0] == "AccessDenied"
        assert (
            error(
                iam.create_policy_version,
                PolicyArn=boundary_of(root),
                PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement("*")}),
                SetAsDefault=True,
            )[0]
            == "AccessDenied"
        )

    def test_no_policy_on_a_role_without_the_boundary(self, learner: Client, root: Account) -> None:
        root.client("iam").create_role(RoleName="lk-loose", AssumeRolePolicyDocument=TRUST)
        admin = "arn:aws:iam::aws:policy/AdministratorAccess"
        call = learner("iam").attach_role_policy
        assert error(call, RoleName="lk-loose", PolicyArn=admin)[0] == "AccessDenied"

    def test_a_function_can_do_no_more_than_the_boundary(
        self, learner: Client, root: Account
    ) -> None:
        role = self.role(learner, root, "lk-admin")
        learner("iam").attach_role_policy(
            RoleName="lk-admin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        )
        code = (
            "import boto3\n"
            "def handler(event, context):\n"
            "    try:\n"
            "        return getattr(boto3.client(event['service']), event['call'])(**event['with'])"
            "['ResponseMetadata']['HTTPStatusCode']\n"
            "    except Exception as error:\n"
            "        return str(error)\n"
        )
        learner("lambda").create_function(
            FunctionName="lk-admin", Runtime="python3.13", Handler="index.handler",
            Role=role["Arn"], Code={"ZipFile": zipped({"index.py": code})}, Tags=RUN, Timeout=30,
        )  # fmt: skip
        learner("lambda").get_waiter("function_active_v2").wait(FunctionName="lk-admin")

        def ask(service: str, call: str, **arguments: Any) -> Any:
            event = {"service": service, "call": call, "with": arguments}
            answer = learner("lambda").invoke(FunctionName="lk-admin", Payload=json.dumps(event))
            return json.loads(answer["Payload"].read())

        assert "AccessDenied" in ask("iam", "list_users")
        assert "AccessDenied" in ask("sqs", "create_queue", QueueName="lk-new")
        root.client("sqs").create_queue(QueueName="lk-there")
        assert ask("sqs", "get_queue_url", QueueName="lk-there") == 200


class TestResourceTags:
    """A policy can tell resources by their tags, also those that have no name of their own."""

    @pytest.mark.parametrize(
        ("service", "kind", "id_", "tags", "more"),
        [
            ("apigateway", "rest_api", ("restApiId", "id"), "tags", {"name": "orders"}),
            ("apigateway", "api_key", ("apiKey", "id"), "tags", {"name": "orders"}),
            ("apigateway", "usage_plan", ("usagePlanId", "id"), "tags", {"name": "orders"}),
            ("apigatewayv2", "api", ("ApiId", "ApiId"), "Tags",
             {"Name": "orders", "ProtocolType": "HTTP"}),
        ],
    )  # fmt: skip
    def test_only_what_bears_the_tag(
        self, sandbox: dict[str, Any], root: Account, service: str, kind: str,
        id_: tuple[str, str], tags: str, more: dict[str, Any],
    ) -> None:  # fmt: skip
        user = _user(sandbox, root, "apigateway:DELETE", {"aws:ResourceTag/team": "kitchen"})
        parameter, member = id_
        delete = getattr(user(service), f"delete_{kind}")
        create = getattr(root.client(service), f"create_{kind}")
        other = create(**more, **{tags: {"team": "counter"}})[member]
        assert error(delete, **{parameter: other})[0] in DENIED
        delete(**{parameter: create(**more, **{tags: {"team": "kitchen"}})[member]})


def _user(sandbox: dict[str, Any], root: Account, action: str, condition: dict[str, str]) -> Client:
    """The clients of a new user who may do `action` under `condition`."""
    iam, name = root.client("iam"), root.name("user")
    iam.create_user(UserName=name)
    document = policy(statement(action) | {"Condition": {"StringEquals": condition}})
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return clients_of(sandbox, key["AccessKeyId"], key["SecretAccessKey"])


class TestLambdaActions:
    """Each operation asks for the action of its own name."""

    @pytest.mark.parametrize(
        ("operation", "more", "action"),
        [
            ("delete_alias", {"Name": "live"}, "DeleteAlias"),
            ("get_alias", {"Name": "live"}, "GetAlias"),
            ("delete_function_concurrency", {}, "DeleteFunctionConcurrency"),
            ("get_provisioned_concurrency_config", {"Qualifier": "live"},
             "GetProvisionedConcurrencyConfig"),
            ("delete_provisioned_concurrency_config", {"Qualifier": "live"},
             "DeleteProvisionedConcurrencyConfig"),
            ("put_function_event_invoke_config", {"MaximumRetryAttempts": 0},
             "PutFunctionEventInvokeConfig"),
            ("list_function_event_invoke_configs", {}, "ListFunctionEventInvokeConfigs"),
            ("delete_function_url_config", {}, "DeleteFunctionUrlConfig"),
            ("get_policy", {}, "GetPolicy"),
            ("remove_permission", {"StatementId": "x"}, "RemovePermission"),
            ("invoke", {}, "InvokeFunction"),
        ],
    )  # fmt: skip
    def test_action(
        self, sandbox: dict[str, Any], root: Account, operation: str, more: dict[str, Any],
        action: str,
    ) -> None:  # fmt: skip
        iam, name = root.client("iam"), root.name("user")
        iam.create_user(UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        client = clients_of(sandbox, key["AccessKeyId"], key["SecretAccessKey"])("lambda")
        call = getattr(client, operation)
        code, message = error(call, FunctionName="function", **more)
        assert code == "AccessDeniedException"
        assert f"is not authorized to perform: lambda:{action} on resource: " in message


class TestAccounts:
    """An access key of 12 digits is an account of its own."""

    A, B = "100000000001", "100000000002"

    @pytest.fixture
    def accounts(self, aws: Aws) -> list[Account]:
        """Two accounts of one server."""
        return [
            Account(aws.endpoint, number, aws.region, aws.secret) for number in (self.A, self.B)
        ]

    @pytest.mark.contract(31)
    def test_each_sees_only_its_own(self, accounts: list[Account]) -> None:
        a, b = accounts
        name = a.name("shared")
        for account in accounts:
            account.client("sqs").create_queue(QueueName=name)
            account.client("sns").create_topic(Name=name)
            account.client("logs").create_log_group(logGroupName=name)
            account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
            account.client("events").put_rule(Name=name, ScheduleExpression="rate(1 day)")
            account.client("cloudwatch").put_metric_data(
                Namespace=name, MetricData=[{"MetricName": "m", "Value": 1}]
            )
            account.client("s3").create_bucket(
                Bucket=f"{name}-{account.account}",
                CreateBucketConfiguration={"LocationConstraint": account.region},
            )
            account.client("ec2").create_vpc(
                CidrBlock="10.0.0.0/16",
                TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "n", "Value": name}]}],
            )
        a.client("sqs").delete_queue(
            QueueUrl=a.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
        )
        a.client("iam").delete_role(RoleName=name)
        assert b.client("iam").get_role(RoleName=name)["Role"]["Arn"].split(":")[4] == self.B
        assert f"/{self.B}/" in b.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
        topics = [t["TopicArn"] for t in b.client("sns").list_topics()["Topics"]]
        assert {arn.split(":")[4] for arn in topics} == {self.B}
        assert len(b.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]) == 1
        metrics = b.client("cloudwatch").list_metrics(Namespace=name)["Metrics"]
        assert len(metrics) == 1
        buckets = [bucket["Name"] for bucket in b.client("s3").list_buckets()["Buckets"]]
        assert f"{name}-{self.A}" not in buckets
        found = b.client("ec2").describe_vpcs(Filters=[{"Name": "tag:n", "Values": [name]}])
        assert [vpc["OwnerId"] for vpc in found["Vpcs"]] == [self.B]

    @pytest.mark.contract(31)
    def test_a_call_reaches_the_right_accounts_api(self, accounts: list[Account]) -> None:
        apis = []
        for account in accounts:
            code = f"def handler(event, context): return {{'body': {account.account!r}}}"
            function = account.function_arn(code, account=account.account)
            api = Api(account)
            api.proxy(api.resource("who"), function)
            api.permit(function)
            api.deploy()
            apis.append(api)
        assert [api.call("/who").text for api in apis] == [self.A, self.B]

    @pytest.mark.contract(31)
    def test_updating_a_function_does_not_disturb_its_namesake(
        self, accounts: list[Account]
    ) -> None:
        a, b = accounts
        name = a.name("namesake")
        code = "import os\ndef handler(event, context): return os.getpid()"
        for account in accounts:
            account.function(code, FunctionName=name, account=account.account)
        before = b.invoke(name).payload
        a.update(name, MemorySize=256)
        a.client("lambda").update_function_code(
            FunctionName=name, ZipFile=zipped({"index.py": "def handler(e, c): return 'new'"})
        )
        a.client("lambda").get_waiter("function_updated_v2").wait(FunctionName=name)
        assert a.invoke(name).payload == "new"
        assert b.invoke(name).payload == before
        a.client("lambda").delete_function(FunctionName=name)
        assert b.invoke(name).payload == before

    @pytest.mark.contract(31)
    def test_anothers_queue_is_denied(self, accounts: list[Account]) -> None:
        a, b = accounts
        url, _ = a.queue()
        sqs = b.client("sqs")
        for call, more in (
            (sqs.send_message, {"MessageBody": "x"}),
            (sqs.receive_message, {}),
            (sqs.purge_queue, {}),
            (sqs.delete_queue, {}),
            (sqs.get_queue_attributes, {"AttributeNames": ["All"]}),
            (sqs.set_queue_attributes, {"Attributes": {"DelaySeconds": "1"}}),
        ):
            with pytest.raises(ClientError) as raised:
                call(QueueUrl=url, **more)
            assert raised.value.response["Error"]["Code"] in DENIED
        assert a.attribute(url, "ApproximateNumberOfMessages") == "0"
