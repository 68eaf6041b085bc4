"""The course: building notebooks from lessons, exercises and their checks, smoke runs."""
