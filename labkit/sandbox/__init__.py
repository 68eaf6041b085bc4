"""The embedded AWS: a server of its own that labkit reaches only through its endpoint."""
