"""IAM: users, roles and policies."""
