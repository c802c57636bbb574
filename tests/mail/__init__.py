"""A mail server for tests that shares no code with the product."""
