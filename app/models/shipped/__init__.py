"""Protocols and message wording that Touchline ships with, as data, and their loader."""
