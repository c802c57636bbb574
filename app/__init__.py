"""Touchline's application: records, reads, writes and edges, on the floors drawn in ARCHITECTURE.md."""
