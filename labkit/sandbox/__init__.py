"""The embedded AWS: a server of its own that labkit launches and reaches only through its endpoint."""
