"""SNS: topics, subscriptions and deliveries."""
