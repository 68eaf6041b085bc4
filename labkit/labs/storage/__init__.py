"""Object storage: storage classes and when moving pays, key prefixes and what they take."""
