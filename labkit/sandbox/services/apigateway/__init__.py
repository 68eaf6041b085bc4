"""API Gateway REST APIs: deployments, integrations, permissions and timeouts, the Test."""
