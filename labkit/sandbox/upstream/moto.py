"""moto: what stands behind EC2, Auto Scaling, RDS and Elastic Load Balancing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.upstream.module import UpstreamModule

CLASS = "InstanceTrackerMeta"
"""The type of moto's classes of things."""

autoscaling_models = UpstreamModule(
    "moto.autoscaling.models",
    {"FakeAutoScalingGroup": CLASS, "autoscaling_backends": "BackendDict"},
)
base_backend = UpstreamModule("moto.core.base_backend", {"BaseBackend": "type"})
ec2_core = UpstreamModule("moto.ec2.models.core", {"TaggedEC2Resource": CLASS})
ec2_exceptions = UpstreamModule("moto.ec2.exceptions", {"EC2ClientError": "type"})
ec2_models = UpstreamModule("moto.ec2.models", {"ec2_backends": "BackendDict"})
ec2_utils = UpstreamModule(
    "moto.ec2.utils", {"EC2_PREFIX_TO_RESOURCE": "dict", "get_prefix": "(resource_id)"}
)
elbv2_models = UpstreamModule(
    "moto.elbv2.models", {"FakeLoadBalancer": CLASS, "elbv2_backends": "BackendDict"}
)
nat_gateways = UpstreamModule("moto.ec2.models.nat_gateways", {"NatGateway": CLASS})
network_acls = UpstreamModule(
    "moto.ec2.models.network_acls", {"NetworkAcl": CLASS, "NetworkAclEntry": CLASS}
)
request = UpstreamModule("moto.core.request", {"Request": "type"})
route_tables = UpstreamModule("moto.ec2.models.route_tables", {"Route": CLASS})
utilities = UpstreamModule("moto.utilities.utils", {"load_resource": "(resource)"})
vpcs = UpstreamModule(
    "moto.ec2.models.vpcs",
    {
        "AWS_ENDPOINT_SERVICES": "list",
        "COVERED_ENDPOINT_SERVICES": "list",
        "DEFAULT_VPC_ENDPOINT_SERVICES": "dict",
        "VPCEndPoint": CLASS,
    },
)

URLS = {
    service: UpstreamModule(f"moto.{service}.urls", {"url_paths": "dict"})
    for service in ("autoscaling", "ec2", "elb", "rds")
}
"""The modules that map a service's one URL to a function.
`moto.elb.urls` tells the classic from the newer API by the version in the request."""


def ask(asked: Request) -> Response:
    """Ask moto, with the fields of the request's form as they are now."""
    from werkzeug.exceptions import HTTPException

    service = "elb" if asked.service == "elbv2" else asked.service
    (entry,) = URLS[service].url_paths.values()
    url = f"https://{service}.{asked.region}.amazonaws.com{asked.path or '/'}"
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "x-moto-account-id": asked.account,
        **{key: text for key, text in asked.headers.items() if key == "authorization"},
    }
    body = urlencode(asked.form).encode()
    sent = request.Request.from_primitives("POST", url, headers, body)
    try:
        status, answered, content = entry(sent, sent.raw_url, sent.headers)
    except HTTPException as error:
        status, answered, content = error.code, dict(error.get_headers()), error.get_body()
    content = content if isinstance(content, bytes) else content.encode()
    return Response(status, dict(answered), content)


def refusal(error: Exception) -> tuple[str, str] | None:
    """Return the code and the message of an error of moto's EC2; None of any other."""
    if not isinstance(error, ec2_exceptions.EC2ClientError):
        return None
    found: Any = error
    return found.code, found.message
