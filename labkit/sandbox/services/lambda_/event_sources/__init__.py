"""Event source mappings of SQS queues: the rules of creating one, their states, the polling."""
