"""How API Gateway says that a parameter does not keep its constraints.

Members of the body are named with the operation's input, those of the path plainly. Values are
listed in the order of the service's own sets.
Source: API Gateway API Reference ("Valid Values" of each type); the wording as AWS answers it.
"""

from __future__ import annotations

from labkit.sandbox.gateway import constraints
from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.request import Request

WORDING = constraints.Wording(
    body="{operation}Input.",
    values={
        "DocumentationPartType": (
            *("RESPONSE_BODY", "RESPONSE", "METHOD", "MODEL", "AUTHORIZER", "RESPONSE_HEADER"),
            *("RESOURCE", "PATH_PARAMETER", "REQUEST_BODY", "QUERY_PARAMETER", "API"),
            "REQUEST_HEADER",
        ),
        "EndpointType": ("PRIVATE", "EDGE", "REGIONAL"),
        "GatewayResponseType": (
            *("REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "AUTHORIZER_CONFIGURATION_ERROR"),
            *("MISSING_AUTHENTICATION_TOKEN", "BAD_REQUEST_BODY", "INVALID_SIGNATURE"),
            *("INVALID_API_KEY", "BAD_REQUEST_PARAMETERS", "AUTHORIZER_FAILURE", "UNAUTHORIZED"),
            *("INTEGRATION_TIMEOUT", "ACCESS_DENIED", "DEFAULT_4XX", "DEFAULT_5XX"),
            *("WAF_FILTERED", "QUOTA_EXCEEDED", "THROTTLED", "API_CONFIGURATION_ERROR"),
            *("UNSUPPORTED_MEDIA_TYPE", "INTEGRATION_FAILURE", "EXPIRED_TOKEN"),
        ),
        "IntegrationType": ("HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS"),
        "Op": ("add", "remove", "move", "test", "replace", "copy"),
    },
)


def check(request: Request) -> None:
    """Check that a request's parameters keep their constraints.

    Raises
    ------
    labkit.sandbox.gateway.errors.ValidationError
        If one does not.
    """
    if broken := constraints.problems(request, wording=WORDING):
        raise ValidationError(constraints.sentence(broken))
