"""Sweeps and the processes that run them."""
