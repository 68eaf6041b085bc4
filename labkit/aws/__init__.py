"""Reaching AWS: the embedded sandbox or an account, the guard before it, and boto3 clients."""
