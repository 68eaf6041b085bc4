"""SNS: topics, subscriptions, filter policies and deliveries."""
