"""CloudWatch Logs: events, filters, Logs Insights."""
