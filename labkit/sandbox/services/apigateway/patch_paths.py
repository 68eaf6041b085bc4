"""What the patch operations of each update may change, and by which operation.

Source: API Gateway API Reference, "Patch operations" (supported paths of each resource); which of
the three wordings an update has, as AWS answers it.
"""

from __future__ import annotations

from dataclasses import dataclass

REPLACE = ("replace",)
ADD_REMOVE = ("add", "remove")
ALL = ("add", "replace", "remove")

TEXT, TRUTH, NUMBER, RATE, MEMBERS, LIST = "text", "truth", "number", "rate", "members", "list"
"""The kinds of what a path leads to; members and lists are changed by the path's last part."""


@dataclass(frozen=True)
class Path:
    """A path, with ``*`` for a name, and what may be done there.

    Attributes
    ----------
    path
        For example ``/requestParameters/*``.
    operations
        What may be done there.
    kind
        What its values are.
    among
        For what has members or elements: whether it is a map or a list; empty otherwise.
    missing
        What AWS says if a member is to be replaced or removed that is not there; empty if it
        says nothing.
    """

    path: str
    operations: tuple[str, ...] = REPLACE
    kind: str = TEXT
    among: str = ""
    missing: str = ""


NAMELESS = "Invalid patch path {path}"
NAMED = "Invalid patch path  '{path}' specified for op '{op}'. {choice}"


@dataclass(frozen=True)
class Update:
    """The paths of an update.

    Attributes
    ----------
    paths
        What may be changed.
    named
        Whether a refusal names the operation and the paths that there are for it, in the order of
        `paths`.
    operations_named
        Otherwise: whether an operation that a path does not have is refused with those that it
        has, and not like a path that is not there.
    """

    paths: tuple[Path, ...]
    named: bool = False
    operations_named: bool = True


NO_PARAMETER = "Invalid parameter name specified"
NO_CONTENT_TYPE = "Content-Type specified was not found"

RESPONSES = (
    Path("/responseParameters/*", ALL, TEXT, MEMBERS, NO_PARAMETER),
    Path("/responseTemplates/*", ALL, TEXT, MEMBERS, NO_CONTENT_TYPE),
)

UPDATES = {
    "UpdateAccount": Update(
        (Path("/cloudwatchRoleArn", ALL), Path("/features", ADD_REMOVE, TEXT, LIST)),
    ),
    "UpdateApiKey": Update(
        (
            Path("/description"),
            Path("/enabled", kind=TRUTH),
            Path("/name"),
            Path("/customerId"),
        ),
        named=True,
    ),
    "UpdateAuthorizer": Update(
        (
            Path("/name"),
            Path("/type"),
            Path("/providerARNs", ADD_REMOVE, TEXT, LIST),
            Path("/authType"),
            Path("/authorizerUri"),
            Path("/authorizerCredentials"),
            Path("/identitySource"),
            Path("/identityValidationExpression"),
            Path("/authorizerResultTtlInSeconds", kind=NUMBER),
        ),
    ),
    "UpdateDeployment": Update((Path("/description"),)),
    "UpdateDocumentationPart": Update((Path("/properties"),), named=True),
    "UpdateDocumentationVersion": Update((Path("/description"),), named=True),
    "UpdateGatewayResponse": Update(
        (Path("/statusCode"), *RESPONSES),
        operations_named=False,
    ),
    "UpdateIntegration": Update(
        (
            Path("/type"),
            Path("/httpMethod"),
            Path("/uri"),
            Path("/connectionType"),
            Path("/connectionId"),
            Path("/credentials"),
            Path("/contentHandling"),
            Path("/passthroughBehavior"),
            Path("/timeoutInMillis", kind=NUMBER),
            Path("/cacheNamespace"),
            Path("/cacheKeyParameters/*", ADD_REMOVE, TEXT, LIST),
            Path("/requestParameters/*", ALL, TEXT, MEMBERS, NO_PARAMETER),
            Path("/requestTemplates/*", ALL, TEXT, MEMBERS, NO_CONTENT_TYPE),
            Path("/tlsConfig/insecureSkipVerification", kind=TRUTH),
        ),
    ),
    "UpdateIntegrationResponse": Update(
        (Path("/selectionPattern"), Path("/contentHandling"), *RESPONSES),
    ),
    "UpdateMethod": Update(
        (
            Path("/authorizationType"),
            Path("/authorizerId"),
            Path("/authorizationScopes", ADD_REMOVE, TEXT, LIST),
            Path("/apiKeyRequired", kind=TRUTH),
            Path("/operationName"),
            Path("/requestValidatorId"),
            Path("/requestParameters/*", ALL, TRUTH, MEMBERS, NO_PARAMETER),
            Path("/requestModels/*", ALL, TEXT, MEMBERS, NO_CONTENT_TYPE),
        ),
    ),
    "UpdateMethodResponse": Update(
        (
            Path("/responseParameters/*", ALL, TRUTH, MEMBERS, NO_PARAMETER),
            Path("/responseModels/*", ALL, TEXT, MEMBERS, NO_CONTENT_TYPE),
        ),
    ),
    "UpdateModel": Update((Path("/description"), Path("/schema")), named=True),
    "UpdateRequestValidator": Update(
        (
            Path("/name"),
            Path("/validateRequestParameters", kind=TRUTH),
            Path("/validateRequestBody", kind=TRUTH),
        ),
        named=True,
    ),
    "UpdateResource": Update((Path("/parentId"), Path("/pathPart")), named=True),
    "UpdateRestApi": Update(
        (
            Path("/name"),
            Path("/description", ("replace", "remove")),
            Path("/version"),
            Path("/apiKeySource"),
            Path("/policy"),
            Path("/disableExecuteApiEndpoint", kind=TRUTH),
            Path("/minimumCompressionSize", kind=NUMBER),
            Path("/binaryMediaTypes/*", ALL, TEXT, LIST),
            Path("/endpointConfiguration/ipAddressType"),
            Path("/endpointConfiguration/vpcEndpointIds", ADD_REMOVE, TEXT, LIST),
        ),
    ),
}
"""By operation; an API's type of endpoint, stages and usage plans have rules of their own."""
