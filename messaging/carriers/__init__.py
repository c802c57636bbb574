"""Carriers: how a text is handed over and how a carrier's reports are read.

Import the module you need (`base`, `twilio`, `sandbox`, `signature`); this file imports nothing.
"""
