"""What a learner may do under the published policies, by calls and by stacks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import wait_for
from tests.sandbox.delivery import Account, Api, error
from tests.sandbox.iam.conftest import DENIED, RUN, TAGS, TRUST, Client, boundary_of

ALLOWED_CREATES = {
    "sqs": ("create_queue", {"QueueName": "lk-own", "tags": RUN}),
    "sns": ("create_topic", {"Name": "lk-own", "Tags": TAGS}),
    "logs": ("create_log_group", {"logGroupName": "lk-own", "tags": RUN}),
    "apigateway": ("create_rest_api", {"name": "lk-own", "tags": RUN}),
    "ec2": (
        "create_vpc",
        {
            "CidrBlock": "10.0.0.0/16",
            "TagSpecifications": [{"ResourceType": "vpc", "Tags": TAGS}],
        },
    ),
}


class TestStudentPolicy:
    @pytest.mark.parametrize("service", ALLOWED_CREATES)
    def test_own_names_with_the_runs_tag(self, learner: Client, service: str) -> None:
        operation, arguments = ALLOWED_CREATES[service]
        getattr(learner(service), operation)(**arguments)

    @pytest.mark.parametrize("service", ALLOWED_CREATES)
    def test_nothing_without_the_runs_tag(self, learner: Client, service: str) -> None:
        operation, arguments = ALLOWED_CREATES[service]
        untagged = {k: v for k, v in arguments.items() if k.lower() not in ("tags",)}
        untagged.pop("TagSpecifications", None)
        assert error(getattr(learner(service), operation), **untagged)[0] in DENIED

    @pytest.mark.parametrize(
        ("service", "operation", "arguments"),
        [
            ("sqs", "create_queue", {"QueueName": "bulk-own", "tags": RUN}),
            ("sns", "create_topic", {"Name": "other", "Tags": TAGS}),
            ("logs", "delete_log_group", {"logGroupName": "/aws/lambda/other"}),
            ("iam", "create_user", {"UserName": "lk-user"}),
            ("iam", "attach_user_policy", {"UserName": "labkit-learner",
                                           "PolicyArn": "arn:aws:iam::aws:policy/Admin"}),
            ("cloudwatch", "delete_alarms", {"AlarmNames": ["other"]}),
            ("kms", "list_keys", {}),
            ("ec2", "run_instances", {"ImageId": "ami-1", "InstanceType": "m5.large",
                                      "MinCount": 1, "MaxCount": 1}),
        ],
    )  # fmt: skip
    def test_nothing_else(
        self, learner: Client, service: str, operation: str, arguments: dict[str, Any]
    ) -> None:
        assert error(getattr(learner(service), operation), **arguments)[0] in DENIED

    def test_foreign_resources_stay(self, learner: Client, root: Account) -> None:
        api, (url, _) = Api(root), root.queue()
        vpc = root.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        assert error(learner("sqs").delete_queue, QueueUrl=url)[0] in DENIED
        assert error(learner("apigateway").delete_rest_api, restApiId=api.id)[0] in DENIED
        assert error(learner("ec2").delete_vpc, VpcId=vpc)[0] in DENIED

    def test_own_resources_go(self, learner: Client) -> None:
        api = learner("apigateway").create_rest_api(name="lk-mine", tags=RUN)["id"]
        learner("apigateway").delete_rest_api(restApiId=api)
        tags = [{"ResourceType": "vpc", "Tags": TAGS}]
        made = learner("ec2").create_vpc(CidrBlock="10.2.0.0/16", TagSpecifications=tags)
        learner("ec2").delete_vpc(VpcId=made["Vpc"]["VpcId"])

    def test_mappings_of_own_functions_only(self, learner: Client, root: Account) -> None:
        url, arn = root.queue()
        role = root.role(
            "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole",
        )
        function = root.function("def handler(event, context): pass", role=role)
        foreign = {"EventSourceArn": arn, "FunctionName": function}
        assert (
            error(learner("lambda").create_event_source_mapping, **foreign, Tags=RUN)[0] in DENIED
        )
        uuid = root.client("lambda").create_event_source_mapping(**foreign)["UUID"]
        for operation in ("update_event_source_mapping", "delete_event_source_mapping"):
            assert error(getattr(learner("lambda"), operation), UUID=uuid)[0] in DENIED
        root.client("sqs").delete_queue(QueueUrl=url)


class TestStacks:
    """A stack does what its caller may do."""

    @pytest.mark.parametrize(
        ("name", "tags", "properties", "reason"),
        [
            ("lk-own", TAGS, {}, None),
            (
                "lk-bulk",
                TAGS,
                {"QueueName": "bulk-own"},
                "sqs:CreateQueue on resource: arn:aws:sqs",
            ),
            ("lk-bare", [], {}, None),
        ],
    )
    def test_it_makes_what_the_caller_may_make(
        self, learner: Client, name: str, tags: Any, properties: Any, reason: str | None
    ) -> None:
        cloudformation = learner("cloudformation")
        own = {"Type": "AWS::SQS::Queue", "Properties": properties}
        request = {"StackName": name, "TemplateBody": json.dumps({"Resources": {"Queue": own}})}
        if not tags:
            assert error(cloudformation.create_stack, **request)[0] in DENIED
            return
        cloudformation.create_stack(**request, Tags=tags)
        status = wait_for(lambda: settled(cloudformation, name))
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        [failed] = [e for e in events if e["ResourceStatus"] == "CREATE_FAILED"] or [{}]
        assert status == ("ROLLBACK_COMPLETE" if reason else "CREATE_COMPLETE")
        assert (reason or "") in failed.get("ResourceStatusReason", "")

    def test_its_roles_need_the_boundary_and_keep_it(self, learner: Client, root: Account) -> None:
        cloudformation, name = learner("cloudformation"), "lk-role"
        role = {"AssumeRolePolicyDocument": json.loads(TRUST)}
        bound = role | {"PermissionsBoundary": boundary_of(root)}
        for properties, status in ((role, "ROLLBACK_COMPLETE"), (bound, "CREATE_COMPLETE")):
            made = {"Type": "AWS::IAM::Role", "Properties": properties}
            template = json.dumps({"Resources": {"Role": made}})
            cloudformation.create_stack(
                StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_IAM"], Tags=TAGS
            )
            assert wait_for(lambda: settled(cloudformation, name)) == status
            if status == "ROLLBACK_COMPLETE":
                cloudformation.delete_stack(StackName=name)
                cloudformation.get_waiter("stack_delete_complete").wait(
                    StackName=name, WaiterConfig={"Delay": 1}
                )
        detail = cloudformation.describe_stack_resource(StackName=name, LogicalResourceId="Role")
        physical = detail["StackResourceDetail"]["PhysicalResourceId"]
        found = root.client("iam").get_role(RoleName=physical)["Role"]
        assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary_of(root)


def settled(cloudformation: Any, name: str) -> str | None:
    """The status of a stack, None while something is under way."""
    [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    status = str(stack["StackStatus"])
    return None if status.endswith("_IN_PROGRESS") else status
