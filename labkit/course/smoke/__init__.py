"""Smoke runs: whole lessons, each on a sandbox of its own, here or on a Dask cluster."""
