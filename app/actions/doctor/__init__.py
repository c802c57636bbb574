"""Is everything in place for texts to leave and come in? A file per capability; each says what to do."""
