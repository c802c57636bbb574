"""Floor 5: the files that leave. Same arguments, same bytes: no clock, no locale, no dict order."""
