"""Floor 4: reads that serve one page or file. They start from access's visible selects."""
