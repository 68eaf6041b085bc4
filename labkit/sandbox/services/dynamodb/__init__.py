"""DynamoDB: expressions, updates, table states, expiry, capacity and metrics."""
