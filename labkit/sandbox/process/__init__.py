"""How the sandbox starts, is watched, and leaves nothing behind."""
