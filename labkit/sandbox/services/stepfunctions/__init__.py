"""Step Functions: state machines, their language, their executions and histories."""
