"""CloudFormation: stacks that AWS would refuse are, and the others go AWS's way."""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.cloudformation import (
    allowed_patterns,
    change_sets,
    conditions,
    custom_resources,
    deployments,
    descriptions,
    documents,
    functions,
    inline_code,
    nested_stacks,
    resource_types,
    rolled_back,
    service_roles,
    stabilizing,
    stack_events,
    stack_names,
    stack_options,
    stack_policies,
    template_format,
    template_queries,
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

TEMPLATES = ("TemplateBody", "TemplateURL", "UsePreviousTemplate")
"""Parameters that say what template an update is to."""


class CloudFormation(Provider):
    """CloudFormation."""

    hooks = (
        around(changesets, "_resolve_parameters", templates.resolve_parameters),
        *(
            hook
            for module in (changesets, handlers)
            for hook in (
                around(module, "_parse_template", template_format.read),
                around(module, "validate_template_support", templates.validate_support),
            )
        ),
        around(engine, "_check_parameter_constraints", allowed_patterns.check),
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
        around(handlers, "_stack_has_no_updates", templates.has_no_updates),
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
        """Create or change a stack, where its state and its options allow it."""
        request = documents.with_paths(request)
        name = request.form.text("StackName")
        rolled_back.check(request)
        stack_policies.check(request)
        stack_options.check(request)
        if request.operation == "CreateStack":
            stack_names.free(name)
        elif not any(map(request.form.text, TEMPLATES)):
            raise ValidationError("Either Template URL or Template Body must be specified.")
        role = service_roles.given(request) or service_roles.of_the_stack(request)
        with service_roles.acting_as(role):
            response = await request.forward()
        if response.status == 200:
            service_roles.remember(name, role)
            stack_options.remember(name, request.parameters.get(stack_options.TOPICS))
            stack_policies.override(request, stack_names.found(name))
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
        request = documents.with_paths(request)
        rolled_back.check(request)
        stack_options.check(request)
        return await change_sets.create(request, service_roles.given(request))

    @operation("ExecuteChangeSet")
    async def execute_change_set(self, request: Request) -> Members:
        """Do what a change set has prepared."""
        return await change_sets.execute(request)

    @operation("DescribeChangeSet")
    async def describe_change_set(self, request: Request) -> Members:
        """Say what a change set would change."""
        return await change_sets.describe(request)

    @operation("DeleteChangeSet")
    async def delete_change_set(self, request: Request) -> Response:
        """Forget a change set."""
        return await change_sets.delete(request)

    @operation("SetStackPolicy")
    async def set_stack_policy(self, request: Request) -> Response:
        """Say what updates may do to a stack's resources."""
        request = documents.with_paths(request)
        stack_policies.check(request)
        return await request.forward()

    @operation("GetTemplate")
    async def get_template(self, request: Request) -> Members:
        """Tell a template's text."""
        return await template_queries.text(request)

    @operation("GetTemplateSummary")
    async def get_template_summary(self, request: Request) -> Members:
        """Tell what a template asks for."""
        return await template_queries.summary(request)

    @operation("ValidateTemplate")
    async def validate_template(self, request: Request) -> Members:
        """Tell whether a template is one."""
        return await template_queries.validate(request)

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
