"""EventBridge: buses, rules, targets, deliveries and scheduled rules."""
