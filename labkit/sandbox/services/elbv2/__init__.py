"""Elastic Load Balancing."""
