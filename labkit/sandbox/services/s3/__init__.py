"""S3: lifecycle rules and archived objects."""
