"""Floor 5: the writes, one story per function. Actions never commit and never ask for the time."""
