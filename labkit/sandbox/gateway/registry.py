"""The services that the sandbox knows, by boto's names, and where the provider of each is.

A provider is loaded when its service is first asked for something, or when a module of upstream in
which it takes a place is loaded. The order of the table means nothing.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.sandbox.upstream.app import app
from labkit.sandbox.upstream.when_loaded import TAKING, when_loaded

if TYPE_CHECKING:
    from labkit.sandbox.gateway.request import Request
    from labkit.sandbox.services.provider import Provider


PROVIDER = "_provider"
"""Where a service keeps its provider."""


@dataclass(frozen=True)
class Service:
    """A service.

    Attributes
    ----------
    name
        boto's name.
    upstream
        MiniStack's name.
    folder
        The folder of its provider under `services/`; empty if upstream answers everything.
    takes
        The modules of upstream in which the provider takes places.
    ours_alone
        Whether upstream has nothing of the service: its provider answers all that is answered.
    """

    name: str
    upstream: str
    folder: str = ""
    takes: tuple[str, ...] = ()
    ours_alone: bool = False

    @property
    def provider(self) -> Provider:
        """Its provider, which has taken its places and begins its work when it is first asked for.

        Several threads may be the first to ask: one of them has it loaded, the others wait.
        """
        provider: Provider | None = self.__dict__.get(PROVIDER)
        if provider is not None:
            return provider
        with TAKING:
            provider = self.__dict__.get(PROVIDER)
            is_first = provider is None
            if provider is None:
                provider = self._loaded()
                for hook in provider.hooks:
                    hook.install()
                self.__dict__[PROVIDER] = provider
        if is_first:
            provider.begin()
        return provider

    def _loaded(self) -> Provider:
        from labkit.sandbox.services.provider import Provider

        if not self.folder:
            return Provider()
        found: Any = importlib.import_module(f"labkit.sandbox.services.{self.folder}.provider")
        provider: Provider = found.PROVIDER
        return provider


SERVICES = (
    Service("apigateway", "apigateway", "apigateway", ("ministack.services.apigateway_v1",)),
    Service("apigatewayv2", "apigateway", "apigatewayv2", ("ministack.services.apigateway",)),
    Service("autoscaling", "autoscaling", "autoscaling", ("moto.autoscaling.models",)),
    Service(
        "cloudformation",
        "cloudformation",
        "cloudformation",
        (
            "ministack.services.cloudformation.changesets",
            "ministack.services.cloudformation.custom_resource",
            "ministack.services.cloudformation.engine",
            "ministack.services.cloudformation.handlers",
            "ministack.services.cloudformation.provisioners",
            "ministack.services.cloudformation.stacks",
        ),
    ),
    Service("cloudwatch", "monitoring", "cloudwatch", ("ministack.services.cloudwatch",)),
    Service("codebuild", "codebuild", "codebuild"),
    Service("codedeploy", "codedeploy", "codedeploy", ours_alone=True),
    Service("codepipeline", "codepipeline", "codepipeline", ours_alone=True),
    Service("dynamodb", "dynamodb", "dynamodb", ("ministack.services.dynamodb",)),
    Service(
        "ec2",
        "ec2",
        "ec2",
        (
            "moto.ec2.models.core",
            "moto.ec2.models.nat_gateways",
            "moto.ec2.models.network_acls",
            "moto.ec2.models.route_tables",
            "moto.ec2.models.vpcs",
            "moto.utilities.utils",
        ),
    ),
    Service("elb", "elasticloadbalancing", "elb"),
    Service("elbv2", "elasticloadbalancing", "elbv2", ("moto.elbv2.models",)),
    Service("events", "events", "events", ("ministack.services.eventbridge",)),
    Service("iam", "iam", "iam", ("ministack.core.iam_actions", "ministack.core.iam_evaluator")),
    Service("kinesis", "kinesis", "kinesis", ("ministack.services.kinesis",)),
    Service(
        "lambda",
        "lambda",
        "lambda_",
        (
            "ministack.services.cloudwatch",
            "ministack.services.cloudwatch_logs",
            "ministack.services.lambda_svc",
        ),
    ),
    Service("logs", "logs", "logs", ("ministack.services.cloudwatch_logs",)),
    Service("rds", "rds", "rds"),
    Service(
        "resourcegroupstaggingapi",
        "tagging",
        "resourcegroupstaggingapi",
        ("ministack.services.tagging",),
    ),
    Service("scheduler", "scheduler", "scheduler", ("ministack.services.scheduler",)),
    Service("secretsmanager", "secretsmanager"),
    Service("sns", "sns", "sns", ("ministack.services.sns",)),
    Service("sqs", "sqs", "sqs", ("ministack.services.sqs",)),
    Service("ssm", "ssm"),
    Service("stepfunctions", "states", "stepfunctions", ("ministack.services.stepfunctions",)),
    Service("sts", "sts", "sts"),
    Service("xray", "xray", "xray", ("ministack.services.sqs",), ours_alone=True),
)
"""Every service whose requests go through the whole pipeline."""

BESIDE = (
    Service("pipes", "pipes", "pipes", ("ministack.services.pipes",)),
    Service("s3", "s3", "s3", ("ministack.services.s3", "ministack.services.sns")),
)
"""Services whose requests MiniStack's application answers: no operation of theirs is answered here,
but their providers take places in them."""

CLASSIC_LOAD_BALANCING = "2012-06-01"
"""The version that a request to the older of the two services of one name bears."""

Handler = Callable[..., Awaitable[Any]]


@functools.cache
def by_name(name: str) -> Service:
    """Return the service of boto's name.

    Raises
    ------
    KeyError
        If the sandbox knows none.
    """
    return {service.name: service for service in SERVICES}[name]


def find(upstream: str, request: Request) -> Service | None:
    """Return the service of MiniStack's name; where two share it, the one that a request is for."""
    found = _by_upstream().get(upstream, ())
    if len(found) < 2:
        return found[0] if found else None
    if upstream == "apigateway":
        return by_name("apigatewayv2" if request.path.startswith("/v2/") else "apigateway")
    is_classic = request.form.get("Version") == CLASSIC_LOAD_BALANCING
    return by_name("elb" if is_classic else "elbv2")


def upstream_names() -> set[str]:
    """Return MiniStack's names of all services in the table that it has, too."""
    return {service.upstream for service in SERVICES if not service.ours_alone}


def is_ours(upstream: str) -> bool:
    """Tell whether a service of MiniStack's name is in the table."""
    return upstream in _by_upstream()


def is_known_upstream(name: str) -> bool:
    """Tell whether MiniStack has a service of this name at all."""
    return name in app.SERVICE_HANDLERS


def install() -> None:
    """Have each provider loaded with the modules in which it takes places."""
    for service in (*SERVICES, *BESIDE):
        for module in service.takes:
            when_loaded(module, functools.partial(getattr, service, "provider"))


@functools.cache
def _by_upstream() -> dict[str, tuple[Service, ...]]:
    found: dict[str, tuple[Service, ...]] = {}
    for service in SERVICES:
        found[service.upstream] = (*found.get(service.upstream, ()), service)
    return found
