"""CloudFormation, held to AWS: templates, properties, rights, states and events."""
