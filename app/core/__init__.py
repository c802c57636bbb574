"""Floor 1: settings, clock, database, effects, errors, log, ids and crypto."""
