"""STS: tokens of identity providers, and how long a session of a role may last."""
