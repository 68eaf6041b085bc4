"""Where a lab runs: targets (embedded sandbox or account), the guard, sessions and clients."""
