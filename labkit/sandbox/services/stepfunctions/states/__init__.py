"""What each type of state does."""
