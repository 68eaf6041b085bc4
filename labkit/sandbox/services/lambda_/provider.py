"""Lambda: functions in environments of their own, called, logged, measured and limited as on AWS.

| where | what |
|---|---|
| `api.py`, `rules.py` | operations on functions, and what they refuse |
| `express.py` | the short way of a synchronous Invoke |
| `invocation.py` | every call, whatever way it came: limits, environment, log, metrics |
| `environments/` | the processes: pool, INIT and calls, CPU share, memory, runtimes |
| `report.py`, `report_json.py` | the lines of a log that Lambda itself writes, REPORT among them |
| `asynchronous.py` | retries, destinations, dead letters |
| `event_sources/` | mappings of queues and their polling |
| `existence.py`, `publishing.py`, `stored_code.py`, `revisions.py`, `tags.py` | the API |
| `invoke_configs.py`, `url_configs.py`, `policies.py` | what belongs to a function |
| `provisioned.py`, `concurrency.py`, `aliases.py`, `updates.py`, `urls.py` | what they are called |
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from labkit.sandbox.gateway import constraints
from labkit.sandbox.gateway.errors import Unsupported, ValidationError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.lambda_ import (
    aliases,
    answers,
    api,
    asynchronous,
    concurrency,
    existence,
    invocation,
    invoke_configs,
    metrics,
    names,
    policies,
    provisioned,
    publishing,
    reach,
    retention,
    settings,
    stored_code,
    tags,
    updates,
    url_configs,
    urls,
    usage,
)
from labkit.sandbox.services.lambda_.environments import cpu_share
from labkit.sandbox.services.lambda_.event_sources import mappings, poller
from labkit.sandbox.services.provider import Output, Provider, around, instead, operation
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.cloudwatch import cloudwatch
from labkit.sandbox.upstream.lambda_ import lambda_svc
from labkit.sandbox.upstream.logs import cloudwatch_logs


def invalidate(
    func_name: str,
    qualifier: str | None = None,
    account: str | None = None,
    region: str | None = None,
) -> None:
    """End a deleted function's environments; an update's are replaced when it is done."""
    if qualifier != "$LATEST":
        place = account or responses.get_account_id(), region or responses.get_region(), func_name
        updates.forget(*place)
        invocation.the_invoker().pool.discard(*place, qualifier)


def execute(func: dict[str, object], event: object) -> dict[str, object]:
    """Run one call for a thread that waits for it."""
    return invocation.the_invoker().execute(func, event)


WORDING = constraints.Wording(
    values={
        "InvokeMode": ("RESPONSE_STREAM", "BUFFERED"),
        "RecursiveLoop": ("Terminate", "Allow"),
    },
    of_elements=("Member must not be null",),
)

RULED = ("MemorySize", "Runtime", "Timeout")
"""Settings that `rules.py` has the words for."""


class Lambda(Provider):
    """Lambda."""

    hooks = (
        instead(lambda_svc, "_ACCOUNT_CONCURRENCY_CAP", concurrency.account_limit()),
        instead(lambda_svc, "_LAMBDA_STATE_TRANSITION_DELAY", settings.TRANSITION_SECONDS),
        instead(lambda_svc, "_emit_lambda_metrics", metrics.nothing),
        instead(lambda_svc, "_execute_function", execute),
        instead(lambda_svc, "_inbound_invoke_depth", invocation.inbound_depth),
        instead(lambda_svc, "_poll_sqs", poller.poll),
        instead(lambda_svc, "_vpc_config_with_id", reach.vpc_config),
        instead(lambda_svc, "invalidate_worker", invalidate),
        instead(lambda_svc, "invoke_async_with_retry", asynchronous.begin),
        around(lambda_svc, "_create_alias", aliases.create),
        around(lambda_svc, "_create_esm", mappings.create),
        around(lambda_svc, "_delete_esm", mappings.delete),
        around(lambda_svc, "_delete_provisioned_concurrency", provisioned.delete),
        around(lambda_svc, "_effective_func_record_for_qualifier", aliases.look_up),
        around(lambda_svc, "_get_esm", mappings.settled),
        around(lambda_svc, "_get_provisioned_concurrency", provisioned.get),
        around(lambda_svc, "_list_esms", mappings.settled),
        around(lambda_svc, "_put_provisioned_concurrency", provisioned.put),
        around(lambda_svc, "_update_alias", provisioned.update_alias),
        around(lambda_svc, "_update_esm", mappings.update),
        around(lambda_svc, "handle_function_url_request", urls.serve),
        around(cloudwatch_logs, "_append_log_events", retention.append),
        instead(cloudwatch, "_metric_bucket", retention.values_of),
    )

    def __init__(self) -> None:
        cpu_share.say_if_missing()

    async def answer(self, request: Request) -> Output:
        """Answer a request whose parameters keep their constraints, with AWS's members."""
        if broken := constraints.problems(request, without=RULED, wording=WORDING):
            raise ValidationError(constraints.sentence(broken))
        request = names.plainly(request)
        existence.check(request)
        output = await super().answer(request)
        return answers.as_aws(request, output) if isinstance(output, Response) else output

    @operation("CreateFunction")
    async def create_function(self, request: Request) -> Response:
        """Create a function."""
        return await api.create(request)

    @operation(
        "CreateCodeSigningConfig", "PutFunctionCodeSigningConfig", "InvokeWithResponseStream"
    )
    def refuse(self, request: Request) -> None:
        """Refuse what the sandbox has not; MiniStack would say yes, or answer in one piece."""
        text = f"The embedded sandbox has no {request.operation} of lambda. Nothing was done."
        raise Unsupported(text)

    @operation("Invoke", "InvokeAsync")
    async def invoke(self, request: Request) -> Response:
        """Call a function."""
        return await api.invoke(request)

    @operation("UpdateFunctionCode", "UpdateFunctionConfiguration")
    async def update_function(self, request: Request) -> Response:
        """Update a function."""
        return await api.update(request)

    @operation("PutFunctionConcurrency")
    async def put_function_concurrency(self, request: Request) -> Response:
        """Reserve concurrency."""
        return await api.reserve(request)

    @operation("PublishVersion")
    async def publish_version(self, request: Request) -> Response:
        """Publish the code that the caller has seen."""
        return await publishing.publish(request)

    @operation("DeleteFunction", "DeleteAlias")
    async def delete(self, request: Request) -> Response:
        """Delete a function, a version or an alias; the last two may be gone already."""
        return Response(204, {}, b"") if existence.is_gone(request) else await request.forward()

    @operation("GetAlias")
    def get_alias(self, request: Request) -> Awaitable[Response]:
        """Describe an alias."""
        existence.check_alias(request)
        return request.forward()

    @operation("TagResource", "UntagResource")
    async def change_tags(self, request: Request) -> Response:
        """Put tags on something, or take them off."""
        tags.check(request)
        answer = await request.forward()
        if answer.status < 400:
            tags.changed(request)
        return answer

    @operation("GetAccountSettings")
    async def account(self, request: Request) -> Response:
        """Say what the account may use, and what it does."""
        return await usage.answer(request)

    @operation("PublishLayerVersion")
    def publish_layer_version(self, request: Request) -> Awaitable[Response]:
        """Publish a version of a layer."""
        stored_code.check(request.parameters["Content"])
        return request.forward()

    @operation("AddPermission")
    async def add_permission(self, request: Request) -> Response:
        """Add a statement to a policy."""
        return await policies.add(request)

    @operation("RemovePermission")
    def remove_permission(self, request: Request) -> None:
        """Remove a statement from a policy."""
        policies.remove(request)

    @operation("GetPolicy")
    def get_policy(self, request: Request) -> dict[str, Any]:
        """Describe a policy."""
        return policies.get(request)

    @operation("CreateFunctionUrlConfig")
    async def create_url(self, request: Request) -> Response:
        """Make a URL."""
        return await url_configs.create(request)

    @operation("UpdateFunctionUrlConfig")
    async def update_url(self, request: Request) -> Response:
        """Change a URL."""
        return await url_configs.update(request)

    @operation("GetFunctionUrlConfig", "DeleteFunctionUrlConfig")
    def url(self, request: Request) -> Awaitable[Response]:
        """Describe or delete a URL."""
        url_configs.check(request)
        return request.forward()

    @operation("ListFunctionUrlConfigs")
    def list_urls(self, request: Request) -> dict[str, Any]:
        """List the URLs of a function."""
        return url_configs.listed(request)

    @operation("PutFunctionEventInvokeConfig")
    def put_invoke_config(self, request: Request) -> dict[str, Any]:
        """Set what becomes of asynchronous calls."""
        return invoke_configs.put(request)

    @operation("UpdateFunctionEventInvokeConfig")
    def update_invoke_config(self, request: Request) -> dict[str, Any]:
        """Change what becomes of asynchronous calls."""
        return invoke_configs.update(request)

    @operation("GetFunctionEventInvokeConfig")
    def get_invoke_config(self, request: Request) -> dict[str, Any]:
        """Say what becomes of asynchronous calls."""
        return invoke_configs.get(request)

    @operation("ListFunctionEventInvokeConfigs")
    def list_invoke_configs(self, request: Request) -> dict[str, Any]:
        """List what becomes of the asynchronous calls of a function's versions and aliases."""
        return invoke_configs.listed(request)

    @operation("DeleteFunctionEventInvokeConfig")
    def delete_invoke_config(self, request: Request) -> None:
        """Forget what was to become of asynchronous calls."""
        invoke_configs.delete(request)


PROVIDER = Lambda()
