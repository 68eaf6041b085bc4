"""CloudFormation: stacks that AWS would refuse are, and the others go AWS's way."""

from __future__ import annotations

from collections.abc import Awaitable

from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.cloudformation import (
    deployments,
    functions,
    resource_types,
    rolled_back,
    stabilizing,
    stack_events,
    templates,
)
from labkit.sandbox.services.provider import Hook, Provider, around, operation
from labkit.sandbox.upstream.cloudformation import (
    changesets,
    engine,
    handlers,
    provisioners,
    stacks,
)


class CloudFormation(Provider):
    """CloudFormation."""

    hooks = (
        around(changesets, "_resolve_parameters", templates.resolve_parameters),
        around(engine, "_extract_deps", deployments.needs),
        around(engine, "_validate_template_statics", templates.validate_statics),
        around(handlers, "_resolve_parameters", templates.resolve_parameters),
        Hook(provisioners, "_RESOURCE_HANDLERS", resource_types.complete),
        Hook(provisioners, "_STACK_TAG_PROPERTY", functions.tagged),
        around(stacks, "_add_event", stack_events.add_event),
        around(stacks, "_deploy_stack_async", deployments.deploy),
        around(stacks, "_runs_on_worker_thread", stabilizing.runs_on_worker_thread),
        around(stacks, "_update_resource", stack_events.update_resource),
    )

    @operation("CreateStack", "UpdateStack", "CreateChangeSet")
    def change(self, request: Request) -> Awaitable[Response]:
        """Create or change a stack, or prepare that, unless its creation was rolled back."""
        rolled_back.check(request)
        return request.forward()

    @operation("DeleteStack")
    def delete(self, request: Request) -> Awaitable[Response]:
        """Delete a stack that is not being updated."""
        rolled_back.check_deleted(request)
        return request.forward()


PROVIDER = CloudFormation()
