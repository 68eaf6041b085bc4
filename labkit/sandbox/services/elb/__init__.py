"""Elastic Load Balancing, the classic API."""
