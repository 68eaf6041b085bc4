"""MiniStack's DynamoDB."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

dynamodb = UpstreamModule(
    "ministack.services.dynamodb",
    {
        "_apply_index_projection": "(item, table, index_name)",
        "_apply_update_expression": "(item, expr, attr_values, attr_names, updated_attrs=None)",
        "_batch_get_item": "(data)",
        "_batch_write_item": "(data)",
        "_create_table": "(data)",
        "_delete_item": "(data)",
        "_delete_table": "(data)",
        "_describe_table": "(data)",
        "_emit_stream_event": "(table_name, event_name, old_item, new_item, replicate=True)",
        "_extract_key_from_item": "(table, item)",
        "_get_item": "(data)",
        "_get_item_by_key": "(table, key)",
        "_item_size_bytes": "(item)",
        "_list_tables": "(data)",
        "_list_tags": "(data)",
        "_normalize_table_name": "(value)",
        "_paginate_evaluated_items": "(items, limit, table, index_name=None)",
        "_pitr_settings": "AccountRegionScopedDict",
        "_put_item": "(data)",
        "_query": "(data)",
        "_remove_item": "(table, pk_val, sk_val)",
        "_scan": "(data)",
        "_stream_records": "AccountRegionScopedDict",
        "_tables": "AccountRegionScopedDict",
        "_tags": "AccountRegionScopedDict",
        "_transact_get_items": "(data)",
        "_transact_write_items": "(data)",
        "_ttl_settings": "AccountRegionScopedDict",
        "_update_item": "(data)",
        "_update_table": "(data)",
        "_update_ttl": "(data)",
    },
)

keywords = UpstreamModule("ministack.services._dynamodb_keywords", {"AWS_KEYWORDS": "frozenset"})
