"""Execution environments: processes that are initialised once and serve one call at a time."""
