"""Resources that a stack makes are as their services make them, as AWS was seen to answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.cloudformation.stack import FUNCTION, ROLE, Stack, having

TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {}}
METHOD: dict[str, Any] = {
    "Type": "AWS::ApiGateway::Method",
    "Properties": {
        "RestApiId": {"Ref": "Api"},
        "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
        "HttpMethod": "GET",
        "AuthorizationType": "NONE",
        "MethodResponses": [{"StatusCode": 200}],
        "Integration": {
            "Type": "MOCK",
            "IntegrationResponses": [{"StatusCode": 200, "SelectionPattern": 200}],
        },
    },
}


class TestApiGateway:
    def test_a_stage_has_its_access_log(self, stack: Stack) -> None:
        group = {"Type": "AWS::Logs::LogGroup", "Properties": {}}
        log = {"DestinationArn": {"Fn::GetAtt": ["Group", "Arn"]}, "Format": "$context.status"}
        template = {
            "Resources": {
                "Group": group,
                "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": stack.name}},
                "Get": METHOD,
                "Deployment": {
                    "Type": "AWS::ApiGateway::Deployment",
                    "Properties": {"RestApiId": {"Ref": "Api"}},
                    "DependsOn": "Get",
                },
                "Stage": {
                    "Type": "AWS::ApiGateway::Stage",
                    "Properties": {
                        "RestApiId": {"Ref": "Api"},
                        "DeploymentId": {"Ref": "Deployment"},
                        "StageName": "live",
                        "AccessLogSetting": log,
                    },
                },
            },
            "Outputs": {
                "Api": {"Value": {"Ref": "Api"}},
                "Root": {"Value": {"Fn::GetAtt": ["Api", "RootResourceId"]}},
            },
        }
        assert stack.create(json.dumps(template)) == "CREATE_COMPLETE"
        api, told = stack.aws.client("apigateway"), stack.outputs()
        stage = api.get_stage(restApiId=told["Api"], stageName="live")
        settings = stage["accessLogSettings"]
        assert settings["format"] == "$context.status"
        assert not settings["destinationArn"].endswith(":*")
        assert api.get_rest_api(restApiId=told["Api"])["endpointConfiguration"]["types"] == ["EDGE"]
        method = api.get_method(restApiId=told["Api"], resourceId=told["Root"], httpMethod="GET")
        assert method["methodResponses"] == {"200": {"statusCode": "200"}}
        responses = method["methodIntegration"]["integrationResponses"]
        assert responses == {"200": {"statusCode": "200", "selectionPattern": "200"}}


class TestBuckets:
    @pytest.mark.parametrize("versioned", [False, True])
    def test_are_not_deleted_while_there_is_something_in_them(
        self, stack: Stack, versioned: bool
    ) -> None:
        state = {"VersioningConfiguration": {"Status": "Enabled"}} if versioned else {}
        stack.create({"Bucket": {"Type": "AWS::S3::Bucket", "Properties": state}})
        [bucket] = stack.cloudformation.describe_stack_resources(StackName=stack.name)[
            "StackResources"
        ]
        s3, name = stack.aws.client("s3"), bucket["PhysicalResourceId"]
        version = s3.put_object(Bucket=name, Key="order", Body=b"1").get("VersionId")
        if versioned:
            s3.delete_object(Bucket=name, Key="order")  # the version is still there
        stack.cloudformation.delete_stack(StackName=stack.name)
        assert stack.settled() == "DELETE_FAILED"
        [failed] = [
            event
            for event in stack.cloudformation.describe_stack_events(StackName=stack.name)[
                "StackEvents"
            ]
            if event["ResourceStatus"] == "DELETE_FAILED" and event["LogicalResourceId"] == "Bucket"
        ]
        assert "The bucket you tried to delete is not empty" in failed["ResourceStatusReason"]
        for one in s3.list_object_versions(Bucket=name).get("DeleteMarkers", []):
            s3.delete_object(Bucket=name, Key="order", VersionId=one["VersionId"])
        s3.delete_object(Bucket=name, Key="order", **({"VersionId": version} if version else {}))
        stack.delete()

    def test_one_has_the_tags_of_its_template_and_its_stack(self, stack: Stack) -> None:
        def tags() -> dict[str, str]:
            told = s3.get_bucket_tagging(Bucket=stack.outputs()["Name"])["TagSet"]
            return {tag["Key"]: tag["Value"] for tag in told}

        def template(*keys: str) -> str:
            given = [{"Key": key, "Value": "yes"} for key in keys]
            bucket = {"Type": "AWS::S3::Bucket", "Properties": {"Tags": given}}
            outputs = {"Name": {"Value": {"Ref": "Bucket"}}}
            return json.dumps({"Resources": {"Bucket": bucket}, "Outputs": outputs})

        s3 = stack.aws.client("s3")
        made = stack.create(template("menu"), Tags=[{"Key": "team", "Value": "kitchen"}])
        assert made == "CREATE_COMPLETE"
        first = tags()
        assert (first["menu"], first["team"]) == ("yes", "kitchen")
        assert first["aws:cloudformation:logical-id"] == "Bucket"
        assert stack.update(template("rice")) == "UPDATE_COMPLETE"
        assert (tags()["rice"], tags().get("menu")) == ("yes", None)


class TestTopicsAndFunctions:
    def test_a_fifo_topic_is_one(self, stack: Stack) -> None:
        topic = {"TopicName": f"{stack.name}.fifo", "FifoTopic": True}
        fifo = having(TOPIC, ContentBasedDeduplication=True, **topic)
        template = {"Resources": {"Topic": fifo}, "Outputs": {"Arn": {"Value": {"Ref": "Topic"}}}}
        assert stack.create(json.dumps(template)) == "CREATE_COMPLETE"
        sns = stack.aws.client("sns")
        attributes = sns.get_topic_attributes(TopicArn=stack.outputs()["Arn"])["Attributes"]
        assert {name: attributes[name] for name in ("FifoTopic", "DisplayName")} == {
            "FifoTopic": "true",
            "DisplayName": "",
        }
        assert attributes["ContentBasedDeduplication"] == "true"

    def test_a_fifo_topic_is_called_so(self, stack: Stack) -> None:
        topic = having(TOPIC, TopicName=stack.name, FifoTopic=True)
        assert stack.create({"Topic": topic}) == "ROLLBACK_COMPLETE"
        assert "Invalid parameter: Topic Name" in stack.failures()["Topic"]

    def test_a_function_has_its_runtimes_version(self, stack: Stack) -> None:
        template = {
            "Resources": {"Role": ROLE, "Function": FUNCTION},
            "Outputs": {"Name": {"Value": {"Ref": "Function"}}},
        }
        stack.create(json.dumps(template))
        lambda_ = stack.aws.client("lambda")
        told = lambda_.get_function_configuration(FunctionName=stack.outputs()["Name"])
        assert ":runtime:" in told["RuntimeVersionConfig"]["RuntimeVersionArn"]
        assert "Environment" not in told
