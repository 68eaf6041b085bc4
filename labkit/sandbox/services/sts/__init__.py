"""STS: how long a session of a role may last."""
