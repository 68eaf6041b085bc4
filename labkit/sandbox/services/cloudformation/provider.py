"""CloudFormation: stacks that AWS would refuse are, and the others go AWS's way."""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.cloudformation import (
    change_sets,
    conditions,
    custom_resources,
    deployments,
    descriptions,
    functions,
    inline_code,
    nested_stacks,
    resource_types,
    rolled_back,
    service_roles,
    stabilizing,
    stack_events,
    templates,
)
from labkit.sandbox.services.provider import Hook, Output, Provider, around, instead, operation
from labkit.sandbox.upstream.cloudformation import (
    changesets,
    custom_resource,
    engine,
    handlers,
    provisioners,
    stacks,
)

Members = dict[str, Any]


class CloudFormation(Provider):
    """CloudFormation."""

    hooks = (
        around(changesets, "_resolve_parameters", templates.resolve_parameters),
        around(engine, "_extract_deps", deployments.needs),
        *(
            instead(module, "_evaluate_conditions", conditions.evaluate)
            for module in (changesets, engine, handlers, stacks)
        ),
        instead(custom_resource, "invoke_custom_resource", custom_resources.invoke),
        around(changesets, "_resolve_props_for_diff", change_sets.only_made),
        around(engine, "_parse_template", nested_stacks.parse_template),
        around(engine, "_validate_template_statics", templates.validate_statics),
        around(handlers, "_resolve_parameters", templates.resolve_parameters),
        Hook(provisioners, "_RESOURCE_HANDLERS", resource_types.complete),
        Hook(provisioners, "_STACK_TAG_PROPERTY", functions.tagged),
        around(provisioners, "_zip_inline", inline_code.zip_inline),
        around(stacks, "_add_event", stack_events.add_event),
        around(stacks, "_deploy_stack_async", deployments.deploy),
        around(stacks, "_delete_resource", stack_events.delete_resource),
        around(stacks, "_provision_resource", stack_events.provision_resource),
        around(stacks, "_runs_on_worker_thread", stabilizing.runs_on_worker_thread),
        around(stacks, "_update_resource", stack_events.update_resource),
    )

    async def answer(self, request: Request) -> Output:
        """Answer a request, about whose stack the conditions of its template are evaluated."""
        name = request.form.text("StackName")
        with conditions.of_stack(conditions.named(name) if name else conditions.NOBODY):
            return await super().answer(request)

    @operation("CreateStack", "UpdateStack")
    async def change(self, request: Request) -> Response:
        """Create or change a stack, unless its creation was rolled back."""
        rolled_back.check(request)
        role = service_roles.given(request) or service_roles.of_the_stack(request)
        with service_roles.acting_as(role):
            response = await request.forward()
        if response.status == 200:
            service_roles.remember(request.form.text("StackName"), role)
        return response

    @operation("DeleteStack", "ContinueUpdateRollback", "RollbackStack")
    async def go_on(self, request: Request) -> Response:
        """Delete a stack, or lead it back, with its role's rights."""
        rolled_back.check_deleted(request)
        role = service_roles.given(request) or service_roles.of_the_stack(request)
        with service_roles.acting_as(role):
            return await request.forward()

    @operation("CreateChangeSet")
    async def create_change_set(self, request: Request) -> Members:
        """Prepare the creation or the change of a stack."""
        rolled_back.check(request)
        return await change_sets.create(request, service_roles.given(request))

    @operation("ExecuteChangeSet")
    async def execute_change_set(self, request: Request) -> Members:
        """Do what a change set has prepared."""
        return await change_sets.execute(request)

    @operation("DescribeChangeSet")
    async def describe_change_set(self, request: Request) -> Members:
        """Say what a change set would change."""
        return await change_sets.describe(request)

    @operation("ListChangeSets")
    async def list_change_sets(self, request: Request) -> Members:
        """List the change sets of a stack."""
        return await descriptions.change_sets(request)

    @operation("DescribeStacks")
    async def describe_stacks(self, request: Request) -> Members:
        """Describe stacks."""
        return await descriptions.stacks(request)

    @operation("DescribeStackEvents")
    async def describe_stack_events(self, request: Request) -> Members:
        """Tell a stack's events, the newest first."""
        return await descriptions.events(request)

    @operation("DescribeStackResources", "ListStackResources")
    async def list_resources(self, request: Request) -> Members:
        """List the resources of a stack."""
        return await descriptions.resources(request)

    @operation("DescribeStackResource")
    async def describe_stack_resource(self, request: Request) -> Members:
        """Describe one resource of a stack."""
        return await descriptions.resource(request)


PROVIDER = CloudFormation()
