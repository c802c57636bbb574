"""Gunicorn for both sides of a measurement: quiet, and nothing but the web process."""

loglevel = "error"
keepalive = 75
worker_connections = 200
graceful_timeout = 5
control_socket_disable = True
