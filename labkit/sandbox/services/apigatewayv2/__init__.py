"""API Gateway, version 2: HTTP and WebSocket APIs."""
