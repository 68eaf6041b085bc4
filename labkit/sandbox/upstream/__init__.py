"""The only place that knows MiniStack and moto."""
