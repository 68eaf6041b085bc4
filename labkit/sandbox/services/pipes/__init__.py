"""EventBridge Pipes: a pipe reads and delivers with its role, and only what that allows."""
