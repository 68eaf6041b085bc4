"""Prints the one file that a prepared account runs, for whoever wants to read it before."""

from labkit.resources.reaper.bundle import bundle

print(bundle(), end="")
