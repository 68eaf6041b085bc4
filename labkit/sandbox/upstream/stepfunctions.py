"""MiniStack's Step Functions: what it keeps of machines and executions, and its integrations."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

stepfunctions = UpstreamModule(
    "ministack.services.stepfunctions",
    {
        "_AWS_SDK_ERROR_PREFIX": "dict",
        "_ExecutionError": "type",
        "_activities": "AccountRegionScopedDict",
        "_activity_tasks": "AccountRegionScopedDict",
        "_create_state_machine": "(data)",
        "_emit_execution_status_event": "(execution)",
        "_executions": "AccountRegionScopedDict",
        "_invoke_nested_start_execution": "(resource, input_data)",
        "_invoke_resource": "(resource, input_data)",
        "_map_runs": "AccountRegionScopedDict",
        "_publish_state_machine_version": "(data)",
        "_read_map_items": "(reader, effective, ctx)",
        "_resolve_state_machine_arn": "(arn)",
        "_run_execution": "(exec_arn)",
        "_state_machine_aliases": "AccountRegionScopedDict",
        "_state_machine_versions": "AccountRegionScopedDict",
        "_state_machines": "AccountRegionScopedDict",
        "_task_tokens": "AccountRegionScopedDict",
        "_validate_definition_jsonata": "(definition_str)",
        "now_iso": "()",
    },
)
