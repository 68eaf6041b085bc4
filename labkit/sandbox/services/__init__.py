"""A folder for each service, by boto3's name of it."""
