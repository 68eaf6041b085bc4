"""Measuring: invocations, log lines, load, statistics, each as a tidy pandas frame."""
