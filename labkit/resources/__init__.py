"""What a run creates: remembered before it exists, removed when it is over, counted at the end."""
