"""The reaper of a prepared account: what it does, and the one file that is put there."""
