"""MiniStack's CloudFormation."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

changesets = UpstreamModule(
    "ministack.services.cloudformation.changesets",
    {
        "_evaluate_conditions": "(template, params)",
        "_IMPORT_LOOKUPS": "dict",
        "_parse_template": "(template_body)",
        "_resolve_parameters": "(template, provided_params, previous_params=None)",
        "_resolve_props_for_diff": "(template, params, stack_name, stack_id)",
        "validate_template_support": "(template, conditions, params=None)",
    },
)

cloudformation = UpstreamModule(
    "ministack.services.cloudformation",
    {
        "_change_sets": "AccountRegionScopedDict",
        "_stack_events": "AccountRegionScopedDict",
        "_stacks": "AccountRegionScopedDict",
    },
)

custom_resource = UpstreamModule(
    "ministack.services.cloudformation.custom_resource",
    {
        "_normalise_resource_properties": "(value)",
        "_pending": "dict",
        "invoke_custom_resource": "(request_type, logical_id, props, stack_name, stack_id, "
        "resource_type, physical_id=None, old_props=None)",
        "register_token": "(token)",
    },
)

engine = UpstreamModule(
    "ministack.services.cloudformation.engine",
    {
        "_check_parameter_constraints": "(name, defn, ptype, value)",
        "_constraint_error": "(name, defn, reason)",
        "_evaluate_conditions": "(template, params)",
        "_extract_deps": "(resource_def, all_resource_names)",
        "_intrinsic_references": "(value)",
        "_NO_VALUE": "object",
        "_apply_transforms": "(template, provided_params=None, previous_params=None)",
        "_parse_template": "(template_body)",
        "_resolve_refs": "(value, resources, params, conditions, mappings, stack_name, stack_id)",
        "_validate_template_statics": "(template)",
        "declared_transforms": "(template)",
    },
)

handlers = UpstreamModule(
    "ministack.services.cloudformation.handlers",
    {
        "_evaluate_conditions": "(template, params)",
        "_parse_template": "(template_body)",
        "_resolve_parameters": "(template, provided_params, previous_params=None)",
        "_resolve_stack": "(stack_name)",
        "_stack_has_no_updates": "(stack, template, param_values, tags, "
        "use_previous_template=False, tags_given=False)",
        "validate_template_support": "(template, conditions, params=None)",
    },
)

helpers = UpstreamModule(
    "ministack.services.cloudformation.helpers",
    {
        "_resolve_document": "(params, body_key, url_key, label)",
        "_resolve_template": "(params)",
    },
)

provisioners = UpstreamModule(
    "ministack.services.cloudformation.provisioners",
    {
        "_RESOURCE_HANDLERS": "dict",
        "_STACK_TAG_PROPERTY": "dict",
        "_zip_inline": "(source, handler, runtime='python3.12')",
        "_physical_name": "(stack_name, logical_id, *, lowercase=False, max_len=128, seeded=True)",
    },
)

stacks = UpstreamModule(
    "ministack.services.cloudformation.stacks",
    {
        "_add_event": "(stack_id, stack_name, logical_id, resource_type, status, reason='', "
        "physical_id='', detailed_status='')",
        "_deploy_stack_async": "(stack_name, stack_id, template, param_values, disable_rollback, "
        "tags, is_update=False, previous_stack=None, retain_except_on_create=False, imports=None)",
        "_evaluate_conditions": "(template, params)",
        "_failed_operation": "(is_update, previous_stack, created, failed_update, "
        "failed_logical_id, replaced_ids, cancelled, template, param_values, "
        "retain_except_on_create, stack_tags, previous_tags, imports=None)",
        "_replacing_change": "(resource_type, old_props, new_props)",
        "_roll_back_operation": "(stack_name, stack_id, stack, operation, reason_override='')",
        "_delete_resource": "(resource_type, physical_id, props, stack_name=None, logical_id=None)",
        "_provision_resource": "(resource_type, logical_id, props, stack_name)",
        "_runs_on_worker_thread": "(resource_type)",
        "_update_resource": "(resource_type, physical_id, old_props, new_props, stack_name, "
        "logical_id=None, old_attrs=None)",
    },
)
