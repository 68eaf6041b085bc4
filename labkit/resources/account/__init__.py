"""What an instructor puts into an AWS account before a class, and the template that says so."""
