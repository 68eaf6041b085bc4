"""API Gateway's control plane: what it answers, and what it refuses, in AWS's words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import error

BAD, NOT_FOUND, CONFLICT = "BadRequestException", "NotFoundException", "ConflictException"
CYCLE = "Resources cannot be cyclical."
REPLACE_ONLY = "Invalid patch operation specified. Must be one of: [replace]"


class Rest:
    """A REST API with a GET method of its root that a mock answers."""

    def __init__(self, aws: Aws, **more: Any) -> None:
        self.aws = aws
        self.gateway = aws.client("apigateway")
        self.made = self.gateway.create_rest_api(name=aws.name("api"), **more)
        self.id, self.root = self.made["id"], self.made["rootResourceId"]
        self.get = {"restApiId": self.id, "resourceId": self.root, "httpMethod": "GET"}

    def child(self, part: str, parent: str = "") -> str:
        """Return the id of a new resource."""
        given = {"restApiId": self.id, "parentId": parent or self.root, "pathPart": part}
        return str(self.gateway.create_resource(**given)["id"])

    def mocked(self, answer: str = "{}") -> None:
        """Put the method, and deploy nothing."""
        self.gateway.put_method(**self.get, authorizationType="NONE")
        template = {"application/json": '{"statusCode": 200}'}
        self.gateway.put_integration(**self.get, type="MOCK", requestTemplates=template)
        self.gateway.put_method_response(**self.get, statusCode="200")
        self.gateway.put_integration_response(
            **self.get, statusCode="200", responseTemplates={"application/json": answer}
        )

    def patched(self, operation: str, *patches: tuple[str, ...], **named: Any) -> Any:
        """Update something; return the answer."""
        call = getattr(self.gateway, operation)
        return told(call(restApiId=self.id, patchOperations=written(patches), **named))

    def refused(self, operation: str, *patches: tuple[str, ...], **named: Any) -> tuple[str, str]:
        """Return the refusal of an update."""
        call = getattr(self.gateway, operation)
        return error(call, restApiId=self.id, patchOperations=written(patches), **named)


def written(patches: tuple[tuple[str, ...], ...]) -> list[dict[str, str]]:
    """Write patches, each an operation, a path and maybe a value."""
    return [dict(zip(("op", "path", "value"), one, strict=False)) for one in patches]


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what is boto3's."""
    return {name: one for name, one in answer.items() if name != "ResponseMetadata"}


@pytest.fixture
def rest(aws: Aws) -> Rest:
    """An API of this test's own."""
    return Rest(aws)


class TestApis:
    def test_a_new_one_has_what_aws_says(self, rest: Rest) -> None:
        made = told(rest.made)
        assert made.pop("createdDate")
        assert made.pop("rootResourceId") == rest.root
        assert made == {
            "id": rest.id,
            "name": made["name"],
            "apiKeySource": "HEADER",
            "disableExecuteApiEndpoint": False,
            "endpointConfiguration": {"types": ["EDGE"], "ipAddressType": "ipv4"},
        }
        assert rest.gateway.get_rest_api(restApiId=rest.id)["tags"] == {}

    def test_begins_with_two_models(self, rest: Rest) -> None:
        models = rest.gateway.get_models(restApiId=rest.id)["items"]
        assert {one["name"]: one["description"] for one in models} == {
            "Empty": "This is a default empty schema model",
            "Error": "This is a default error schema model",
        }
        assert json.loads(models[1]["schema"])["properties"] == {"message": {"type": "string"}}

    @pytest.mark.parametrize(
        ("given", "refusal"),
        [
            ({"description": ""}, (BAD, "Description cannot be an empty string")),
            (
                {"minimumCompressionSize": -1},
                (BAD, "Invalid minimum compression size, must be between 0 and 10485760"),
            ),
            (
                {"endpointConfiguration": {"types": []}},
                (BAD, "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED."),
            ),
            (
                {"endpointConfiguration": {"types": ["EDGE", "REGIONAL"]}},
                (BAD, "Cannot create an api with multiple Endpoint Types."),
            ),
            (
                {"endpointConfiguration": {"types": ["PRIVATE"], "ipAddressType": "ipv4"}},
                (BAD, "Only dualstack ipAddressType is supported for Private APIs."),
            ),
            (
                {"endpointConfiguration": {"types": ["none"], "ipAddressType": "no"}},
                (
                    "ValidationException",
                    "2 validation errors detected: Value '[none]' at "
                    "'createRestApiInput.endpointConfiguration.types' failed to satisfy "
                    "constraint: Member must satisfy constraint: [Member must satisfy enum value "
                    "set: [PRIVATE, EDGE, REGIONAL]]; Value 'no' at "
                    "'createRestApiInput.endpointConfiguration.ipAddressType' failed to satisfy "
                    "constraint: Member must satisfy enum value set: [ipv4, dualstack]",
                ),
            ),
        ],
    )
    def test_refuses(self, aws: Aws, given: dict[str, Any], refusal: tuple[str, str]) -> None:
        create = aws.client("apigateway").create_rest_api
        assert error(create, name=aws.name("api"), **given) == refusal

    def test_binary_types_are_named_by_the_path(self, rest: Rest) -> None:
        added = ("add", "/binaryMediaTypes/image~1png"), ("add", "/binaryMediaTypes/image~1gif")
        assert rest.patched("update_rest_api", *added)["binaryMediaTypes"] == [
            "image/png",
            "image/gif",
        ]
        swap = "replace", "/binaryMediaTypes/image~1png", "image/webp"
        assert rest.patched("update_rest_api", swap)["binaryMediaTypes"] == [
            "image/gif",
            "image/webp",
        ]
        assert rest.refused("update_rest_api", ("remove", "/binaryMediaTypes")) == (
            BAD,
            "Invalid patch path /binaryMediaTypes",
        )

    def test_the_type_of_endpoint_can_change(self, rest: Rest) -> None:
        change = "replace", "/endpointConfiguration/types/EDGE", "PRIVATE"
        assert rest.patched("update_rest_api", change)["endpointConfiguration"] == {
            "types": ["PRIVATE"],
            "ipAddressType": "dualstack",
        }

    def test_patches_are_applied_all_or_none(self, rest: Rest) -> None:
        assert rest.refused(
            "update_rest_api",
            ("replace", "/description", "new"),
            ("add", "/name", "other"),
        ) == (BAD, REPLACE_ONLY)
        assert "description" not in rest.gateway.get_rest_api(restApiId=rest.id)


class TestNames:
    @pytest.mark.parametrize(
        ("ask", "text"),
        [
            (lambda g: (g.get_rest_api, {"restApiId": "none"}), "Invalid API identifier specified"),
            (lambda g: (g.get_resources, {"restApiId": "none"}), "Invalid API identifier"),
            (lambda g: (g.get_stages, {"restApiId": "none"}), "Invalid API identifier"),
            (
                lambda g: (g.get_model, {"restApiId": "none", "modelName": "One"}),
                "Invalid model name specified: One",
            ),
            (
                lambda g: (g.get_request_validator, {"restApiId": "n", "requestValidatorId": "v"}),
                "Invalid Request Validator identifier specified",
            ),
            (
                lambda g: (
                    g.get_method,
                    {"restApiId": "none", "resourceId": "r", "httpMethod": "GET"},
                ),
                "Invalid Resource identifier specified",
            ),
        ],
    )
    def test_of_an_api_that_is_not_there(
        self, aws: Aws, ask: Callable[[Any], tuple[Any, dict[str, str]]], text: str
    ) -> None:
        call, given = ask(aws.client("apigateway"))
        code, said = error(call, **given)
        assert (code, said.startswith(text)) == (NOT_FOUND, True)
        if "API identifier" in text:
            assert said.endswith(":none")

    def test_of_what_a_method_lacks(self, rest: Rest) -> None:
        gateway = rest.gateway
        assert error(gateway.get_method, **rest.get) == (
            NOT_FOUND,
            "Invalid Method identifier specified",
        )
        gateway.put_method(**rest.get, authorizationType="NONE")
        assert error(gateway.get_integration, **rest.get) == (
            NOT_FOUND,
            "Invalid Integration identifier specified",
        )
        assert error(gateway.get_method_response, **rest.get, statusCode="404") == (
            NOT_FOUND,
            "Invalid Response status code specified",
        )
        assert error(gateway.get_method_response, **rest.get, statusCode="all") == (
            "ValidationException",
            "1 validation error detected: Value 'all' at 'statusCode' failed to satisfy "
            r"constraint: Member must satisfy regular expression pattern: [1-5]\d\d",
        )


class TestResources:
    def test_moves_with_what_is_below(self, rest: Rest) -> None:
        pets = rest.child("pets")
        toys = rest.child("toys", pets)
        moved = rest.patched("update_resource", ("replace", "/pathPart", "dogs"), resourceId=pets)
        assert moved == {"id": pets, "parentId": rest.root, "pathPart": "dogs", "path": "/dogs"}
        found = rest.gateway.get_resource(restApiId=rest.id, resourceId=toys)
        assert found["path"] == "/dogs/toys"
        circle = "replace", "/parentId", toys
        assert rest.refused("update_resource", circle, resourceId=pets) == (BAD, CYCLE)

    def test_goes_with_what_is_below(self, rest: Rest) -> None:
        pets = rest.child("pets")
        toys = rest.child("toys", pets)
        rest.gateway.delete_resource(restApiId=rest.id, resourceId=pets)
        given = {"restApiId": rest.id, "resourceId": toys}
        assert error(rest.gateway.delete_resource, **given)[0] == NOT_FOUND

    def test_a_greedy_variable_has_no_children_and_no_rival(self, rest: Rest) -> None:
        greedy = rest.child("{proxy+}")
        create = rest.gateway.create_resource
        assert error(create, restApiId=rest.id, parentId=greedy, pathPart="more") == (
            BAD,
            "Cannot create a child of a resource with a greedy path variable: {proxy+}",
        )
        assert error(create, restApiId=rest.id, parentId=rest.root, pathPart="{id}") == (
            BAD,
            "A sibling ({proxy+}) of this resource already has a variable path part -- only one is "
            "allowed",
        )

    def test_refuses_other_paths_and_operations(self, rest: Rest) -> None:
        pets = rest.child("pets")
        said = rest.refused("update_resource", ("replace", "/path", "x"), resourceId=pets)
        assert said == (
            BAD,
            "Invalid patch path  '/path' specified for op 'replace'. Must be one of: [/parentId, "
            "/pathPart]",
        )
        said = rest.refused("update_resource", ("add", "/pathPart", "x"), resourceId=pets)
        assert said[1].endswith("for op 'add'. Please choose supported operations")


class TestMethods:
    @pytest.mark.parametrize(
        ("given", "text"),
        [
            (
                {"httpMethod": "FETCH"},
                "Invalid HttpMethod specified. Valid options are "
                "GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY",
            ),
            (
                {"authorizationType": "CUSTOM"},
                "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
                "COGNITO_USER_POOLS requires a valid authorizer.",
            ),
            ({"requestValidatorId": "no"}, "Invalid Request Validator identifier specified"),
            (
                {"requestModels": {"application/json": "No"}},
                "Invalid model identifier specified: No",
            ),
            (
                {
                    "requestParameters": {
                        "method.request.header.a": True,
                        "method.request.querystring.a": True,
                    }
                },
                "Parameter names must be unique across querystring, header and path",
            ),
        ],
    )
    def test_refuses(self, rest: Rest, given: dict[str, Any], text: str) -> None:
        whole = rest.get | {"authorizationType": "NONE"} | given
        assert error(rest.gateway.put_method, **whole) == (BAD, text)

    def test_updates_what_has_names(self, rest: Rest) -> None:
        rest.mocked()
        parameter = "/requestParameters/method.request.header.x"
        changed = rest.patched(
            "update_method",
            ("add", parameter, "true"),
            ("add", "/requestModels/application~1json", "Empty"),
            ("replace", "/apiKeyRequired", "true"),
            **without_api(rest.get),
        )
        assert changed["requestParameters"] == {"method.request.header.x": True}
        assert changed["requestModels"] == {"application/json": "Empty"}
        assert changed["apiKeyRequired"] is True
        removed = rest.patched("update_method", ("remove", parameter), **without_api(rest.get))
        assert "requestParameters" not in removed
        said = rest.refused("update_method", ("remove", parameter), **without_api(rest.get))
        assert said == (NOT_FOUND, "Invalid parameter name specified")

    def test_a_mock_has_neither_verb_nor_address(self, rest: Rest) -> None:
        rest.mocked()
        integration = told(rest.gateway.get_integration(**rest.get))
        integration.pop("cacheNamespace")
        assert integration == {
            "type": "MOCK",
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
            "passthroughBehavior": "WHEN_NO_MATCH",
            "timeoutInMillis": 29000,
            "cacheKeyParameters": [],
            "integrationResponses": {
                "200": {"statusCode": "200", "responseTemplates": {"application/json": "{}"}}
            },
        }

    @pytest.mark.parametrize(
        ("kind", "uri", "text"),
        [
            ("HTTP", "order", "Invalid HTTP endpoint specified for URI"),
            ("AWS", "order", "Invalid ARN specified in the request"),
            (
                "AWS",
                "arn:aws:iam::111122223333:role/order",
                "AWS ARN for integration must contain path or action",
            ),
            (
                "AWS_PROXY",
                "arn:aws:apigateway:us-east-1:sqs:path/111122223333/queue",
                "Integrations of type 'AWS_PROXY' currently only supports Lambda function and "
                "Firehose stream invocations.",
            ),
        ],
    )
    def test_addresses_that_are_none(self, rest: Rest, kind: str, uri: str, text: str) -> None:
        rest.gateway.put_method(**rest.get, authorizationType="NONE")
        given = {"type": kind, "uri": uri, "integrationHttpMethod": "POST"}
        assert error(rest.gateway.put_integration, **rest.get, **given) == (BAD, text)

    def test_a_model_in_use_stays(self, rest: Rest) -> None:
        rest.gateway.put_method(
            **rest.get, authorizationType="NONE", requestModels={"application/json": "Error"}
        )
        assert error(rest.gateway.delete_model, restApiId=rest.id, modelName="Error") == (
            CONFLICT,
            "Cannot delete model 'Error', is referenced in method request: //GET",
        )


def without_api(named: dict[str, str]) -> dict[str, str]:
    """What names a method within its API."""
    return {name: one for name, one in named.items() if name != "restApiId"}
