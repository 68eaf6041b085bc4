"""MiniStack's EventBridge."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

eventbridge = UpstreamModule(
    "ministack.services.eventbridge",
    {
        "_dispatch_to_api_destination": "(spec, payload, target)",
        "_dispatch_to_event_bus": "(spec, event, rule, event_path, target_input_payload=None)",
        "_dispatch_to_stepfunctions": "(arn, payload)",
        "_ensure_default_bus": "()",
        "_event_bus_policies": "AccountRegionScopedDict",
        "_event_buses": "AccountRegionScopedDict",
        "_event_pattern_error": "(pattern_str)",
        "_events_log_list": "()",
        "_invoke_target": "(target, event, rule, view=None)",
        "_matches_pattern_view": "(pattern_str, view, owner='rule')",
        "_now_ts": "()",
        "_opaque_offset_decode": "(token)",
        "_opaque_offset_encode": "(offset)",
        "_pattern_event_view": "(event)",
        "_put_events": "(data, allow_aws_source=False)",
        "_resolve_http_parameters": "(parameters, event)",
        "_rule_key": "(rule_name, bus_name)",
        "_rules": "AccountRegionScopedDict",
        "_targets": "AccountRegionScopedDict",
    },
)
