"""EventBridge Scheduler: schedules, their times, and the calls that they make."""
