"""X-Ray: traces of requests that cross services, as the services and functions send them."""
