"""SQS queues: parameters, quotas, cooldowns, dead letters, their redrive, metrics."""
