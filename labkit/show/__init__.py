"""Showing: figures and tables in one colour-safe style, with alt text."""
